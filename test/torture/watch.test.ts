import { expect, it } from 'vitest'
import type { Transport } from '../../src/ports.ts'
import { Watch } from './watch.ts'

/** An engine's parts with the watch around them. */
function aWatch(isReady = true) {
  const breaches: string[] = []
  const watch = new Watch((breach) => breaches.push(breach))
  if (isReady) watch.found(new Map())
  let ids = 0
  const random = watch.random({ uuid: () => `0-${(ids += 1)}`, fraction: () => 0 })
  const pending: (() => void)[] = []
  const inner: Transport = {
    attempt: () => new Promise((resolve) => pending.push(() => resolve(undefined as never))),
    close: () => Promise.resolve(),
  }
  const transport = watch.transport(inner)
  let keys = 0
  const begin = () => random.uuid().replaceAll('-', '')
  const send = (requestId: string, { key = `key-${(keys += 1)}`, resource = 'load' } = {}) => {
    const headers = { 'Idempotency-Key': key, 'Request-ID': requestId, 'Sentry-Hook-Resource': resource }
    void transport.attempt({ url: 'http://127.0.0.1/bot', headers, body: new Uint8Array(), deadlineMs: 1 })
  }
  /** Everything that is in flight has ended. */
  const answered = async () => {
    for (const end of pending.splice(0)) end()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { watch, breaches, begin, send, answered }
}

it('reports an attempt that began after a disablement was told, and none that began before', () => {
  const { watch, breaches, begin, send } = aWatch()
  const before = begin()
  watch.disabled('bot')
  send(before)
  expect(breaches).toEqual([])
  send(begin())
  expect(breaches).toEqual(['disabled'])
})

it('allows one probe by hand, what is said of an installation, and all after a recovery', () => {
  const { watch, breaches, begin, send } = aWatch()
  watch.disabled('bot')
  send(begin(), { resource: 'installation' })
  watch.asked('bot')
  send(begin())
  expect(breaches).toEqual([])
  send(begin())
  expect(breaches).toEqual(['disabled'])
  watch.asked('bot')
  watch.answered('bot')
  send(begin())
  expect(breaches).toEqual(['disabled', 'disabled'])
  watch.recovered('bot')
  send(begin())
  expect(breaches).toHaveLength(2)
})

it('reports what began at a start after the moment since when it is off', () => {
  const { watch, breaches, begin, send } = aWatch(false)
  send(begin())
  watch.found(new Map([['bot', Date.now() + 60_000]]))
  expect(breaches).toEqual([])
  send(begin())
  expect(breaches).toEqual(['disabled'])
  const late = aWatch(false)
  late.send(late.begin())
  late.watch.found(new Map([['bot', 0]]))
  expect(late.breaches).toEqual(['disabled at start'])
})

it('reports two probes at once, and none that follows another', async () => {
  const { watch, breaches, begin, send, answered } = aWatch()
  const before = begin()
  watch.broken('bot')
  send(before)
  send(begin())
  await answered()
  send(begin())
  expect(breaches).toEqual([])
  send(begin())
  expect(breaches).toEqual(['probes'])
})

it('reports two attempts of one delivery at once, and none that follows another', async () => {
  const { breaches, begin, send, answered } = aWatch()
  send(begin(), { key: 'a' })
  await answered()
  send(begin(), { key: 'a' })
  expect(breaches).toEqual([])
  send(begin(), { key: 'a' })
  expect(breaches).toEqual(['twice at once'])
})
