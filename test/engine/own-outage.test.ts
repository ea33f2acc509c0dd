import { afterEach, describe, expect, it } from 'vitest'
import { createHookward, memoryStore, type Hookward, type Store, type Transport } from '../../src/index.ts'
import { manualClock } from '../../src/testing.ts'

const [minuteMs, hourMs] = [60_000, 3_600_000]
const dayMs = 24 * hourMs
const engines: Hookward[] = []

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()))
})

describe.each([2, 5, 100])('an outage of our own over %i hosts', (hosts) => {
  it('disables nobody, mails nobody, stops the time and ends with the first host that is reached', async () => {
    const net = await aNet(hosts)
    await net.pass(hourMs)
    net.isDown = true
    await net.pass(hosts > 10 ? 2 * dayMs : 8 * dayMs, hosts > 10 ? 2 * hourMs : 30 * minuteMs)
    const during = await net.hookward.explain('bot-0')
    // Fewer than five are believed for a day only.
    if (hosts >= 5) {
      expect(during.state).not.toBe('disabled')
      expect(during.frozenAt).toBeDefined()
      expect(during.sentence).toContain('Our own side is down since')
      expect(net.mails).toEqual([])
      net.isDown = false
      await net.pass(3 * hourMs)
    }
    expect(net.events.filter((name) => name === 'frozen')).toHaveLength(1)
    expect(net.events.filter((name) => name === 'thawed')).toHaveLength(1)
    if (hosts < 5) return
    for (let n = 0; n < hosts; n += 1)
      expect(await net.hookward.explain(`bot-${n}`)).toMatchObject({ state: 'healthy' })
    expect(net.events).not.toContain('disabled')
    expect(net.events).not.toContain('delivery.dead')
  }, 60_000)
})

it('believes two hosts for a day, and then judges them like any other until they are reached', async () => {
  const net = await aNet(2)
  await net.pass(hourMs)
  net.isDown = true
  await net.pass(23 * hourMs)
  expect(net.events).toContain('frozen')
  expect(net.events).not.toContain('thawed')
  expect(net.events).not.toContain('broken')
  await net.pass(2 * hourMs)
  expect(net.events).toContain('thawed')
  await net.pass(6 * dayMs, 30 * minuteMs)
  expect(net.events.filter((name) => name === 'frozen')).toHaveLength(1)
  expect(net.events).toContain('disabled')
}, 60_000)

it('says who is to blame where others are reached: two dead hosts among ten are disabled', async () => {
  const net = await aNet(10)
  await net.pass(hourMs)
  net.dead.add('https://host-0.example').add('https://host-1.example')
  await net.pass(8 * dayMs, 30 * minuteMs)
  expect(net.events).not.toContain('frozen')
  expect(await net.hookward.explain('bot-0')).toMatchObject({ state: 'disabled' })
  expect(await net.hookward.explain('bot-2')).toMatchObject({ state: 'healthy' })
}, 60_000)

it('takes half of all hosts that began to fail together for our own trouble, and lets go when they are back', async () => {
  const net = await aNet(8)
  await net.pass(hourMs)
  for (let n = 0; n < 4; n += 1) net.dead.add(`https://host-${n}.example`)
  await net.pass(2 * hourMs)
  expect(net.events).toContain('frozen')
  expect(net.events).not.toContain('broken')
  net.dead.clear()
  await net.pass(hourMs)
  expect(net.events).toContain('thawed')
  expect(await net.hookward.explain('bot-0')).toMatchObject({ state: 'healthy' })
})

it('is not tripped by hosts that were dead long before a restart', async () => {
  const store = memoryStore()
  const net = await aNet(10, store)
  await net.pass(hourMs)
  for (let n = 0; n < 9; n += 1) net.dead.add(`https://host-${n}.example`)
  // One after the other, so that they are to blame themselves.
  await net.pass(25 * hourMs, 30 * minuteMs)
  expect(net.events).toContain('thawed')
  await net.hookward.stop()
  const events = net.events.length
  await net.start(store)
  await net.pass(6 * hourMs)
  expect(net.events.slice(events)).not.toContain('frozen')
}, 60_000)

it('finds an outage that is going on again after a restart', async () => {
  const store = memoryStore()
  const net = await aNet(6, store)
  await net.pass(hourMs)
  net.isDown = true
  await net.pass(hourMs)
  await net.hookward.stop()
  await net.start(store)
  await net.pass(7 * dayMs, 30 * minuteMs)
  expect((await net.hookward.overview()).outage).toMatchObject({ hosts: 6 })
  expect(net.events).not.toContain('thawed')
  expect(net.events).not.toContain('disabled')
  expect(net.mails).toEqual([])
}, 60_000)

it('takes an attempt during which we stood still for our own trouble', async () => {
  const net = await aNet(1)
  await net.pass(minuteMs)
  net.isDown = true
  net.stallMs = hourMs
  await net.emit()
  const [entry] = await net.hookward.log('bot-0')
  expect(entry).toMatchObject({ outcome: { kind: 'local', code: 'STOOD_STILL' }, became: 'waiting' })
})

interface Net {
  hookward: Hookward
  isDown: boolean
  stallMs: number
  readonly dead: Set<string>
  readonly events: string[]
  readonly mails: string[]
  start(store: Store): Promise<void>
  emit(): Promise<void>
  /** Time passes, with an event every ten minutes for everybody. */
  pass(spanMs: number, stepMs?: number): Promise<void>
}

/** So many integrations, each on a host of its own, behind one line of ours. */
async function aNet(hosts: number, store: Store = memoryStore()): Promise<Net> {
  let setByMs = 0
  const manual = manualClock()
  const clock = {
    now: () => manual.now() + setByMs,
    at: (atMs: number, fn: () => void) => manual.at(atMs - setByMs, fn),
  }
  const net: Net = {
    hookward: undefined as never,
    isDown: false,
    stallMs: 0,
    dead: new Set(),
    events: [],
    mails: [],
    start: async (from) => {
      net.hookward = await createHookward({ policy: 'standard', store: from, clock, transport, mailer })
      engines.push(net.hookward)
      net.hookward.on('*', ({ type }) => void net.events.push(type))
    },
    emit: async () => {
      await net.hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: {} })
      await net.hookward.idle()
    },
    pass: async (spanMs, stepMs = 10 * minuteMs) => {
      for (let passedMs = 0; passedMs < spanMs; passedMs += stepMs) {
        manual.advanceBy(stepMs)
        await net.hookward.idle()
        await net.emit()
      }
    },
  }
  const mailer = {
    send: ({ subject }: { subject: string }) => {
      net.mails.push(subject)
      return Promise.resolve({ kind: 'sent' } as const)
    },
    close: () => Promise.resolve(),
  }
  const answered = { phase: 'body', durationMs: 1, body: '', bodyBytes: 0, truncated: false, headers: {} } as const
  const transport: Transport = {
    attempt: ({ url }) => {
      setByMs += net.stallMs
      const isGone = net.isDown || net.dead.has(new URL(url).origin)
      return Promise.resolve(
        isGone
          ? { ...answered, kind: 'unreachable', status: 0, code: 'ECONNREFUSED' }
          : { ...answered, kind: 'ok', status: 200, code: 'HTTP_200' },
      )
    },
    close: () => Promise.resolve(),
  }
  await net.start(store)
  for (let n = 0; n < hosts; n += 1) {
    const about = { organization: 'acme', topics: ['invoice'], owners: [{ email: 'ops@acme.example' }] }
    const secret = 'a secret of many characters'
    await net.hookward.integrations.put({ ...about, slug: `bot-${n}`, url: `https://host-${n}.example/hook`, secret })
    await net.hookward.installations.install({ integration: `bot-${n}`, organization: 'acme' })
  }
  return net
}
