import { expect, it } from 'vitest'
import { systemRandom } from '../../src/adapters/system-clock.ts'
import { Activity } from '../../src/engine/activity.ts'
import { Backlog } from '../../src/engine/backlog.ts'
import { Writes } from '../../src/engine/writes.ts'
import { HookwardError, type Recovered } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { aComment, anIntegration, startWorld, turns, until } from '../support/world.ts'
import { tapped, type Write } from './tap.ts'
import { aWire } from './wire.ts'

it('rejects every call that waits, and tells it once', async () => {
  const { hookward, store, events, register } = await world()
  await register()
  const held = store.holdFrom(() => true)
  const waiting = [
    hookward.notifyComment(aComment()),
    hookward.integrations.put({ ...anIntegration('http://127.0.0.1:49152'), slug: 'other' }),
    hookward.integrations.put({ ...anIntegration('http://127.0.0.1:49152'), slug: 'other' }),
    hookward.integrations.pause('bot'),
  ]
  await held
  const results = Promise.allSettled([...waiting, hookward.explain('bot'), hookward.integrations.disable('bot')])
  store.failFrom(() => true)
  store.release()
  for (const result of await results) expect(result).toMatchObject({ reason: { code: 'ENGINE_FAILED' } })
  expect(events.filter(({ type }) => type === 'store.failed')).toMatchObject([{ error: { code: 'ENGINE_FAILED' } }])
})

it.each<[string, (write: Write) => boolean]>([
  ['a commit', ({ kind }) => kind === 'commit'],
  ['an event', ({ kind }) => kind === 'append'],
  ['a registration', ({ kind }) => kind === 'configure'],
])('refuses every later call once %s could not be written', async (_, isIt) => {
  const { hookward, store, register } = await world()
  await register()
  store.failFrom(isIt)
  await Promise.allSettled([
    hookward.notifyComment(aComment()),
    hookward.integrations.put({ ...anIntegration('http://127.0.0.1:49152'), slug: 'other' }),
  ])
  await expect(hookward.idle()).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
  for (const call of laterCalls(hookward)) await expect(call).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
})

it('says what has failed, and where, to callers, to listeners and in the log', async () => {
  const lines: string[] = []
  const note = (fields: object, fact: string) => void lines.push(`${fact} ${JSON.stringify(fields)}`)
  const cause = new HookwardError('STORE_FAILED', 'writing journal/0000000001.jsonl failed (ENOSPC)')
  const full = () => Promise.reject(cause)
  const { hookward, events } = await startWorld({
    store: { ...tapped(), append: full, configure: full },
    logger: { info: note, warn: note, error: note },
  })
  const told = /ENGINE_FAILED: .*STORE_FAILED: writing journal\/0000000001\.jsonl failed \(ENOSPC\)/
  await expect(hookward.integrations.put(anIntegration('http://127.0.0.1:49152'))).rejects.toThrow(told)
  await expect(hookward.explain('bot')).rejects.toThrow(told)
  expect(events).toMatchObject([{ type: 'store.failed', error: { message: expect.stringMatching(told) as string } }])
  expect(lines.filter((line) => told.test(line))).toHaveLength(1)
})

it('starts no attempt any more, and drops what its timers were set for', async () => {
  const transport = aWire()
  const policy = sentry({ retriesMs: [1_000] })
  const { hookward, store, clock, register, comment } = await world({ policy, transport })
  await register()
  transport.answer(500)
  await comment('waits for its second attempt')
  transport.hang()
  await Promise.all(Array.from({ length: 6 }, () => hookward.notifyComment(aComment())))
  await turns()
  expect(transport.started).toHaveLength(5)
  store.failFrom(({ kind }) => kind === 'configure')
  await expect(register({ name: 'Changed' })).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
  transport.answer(200)
  await turns()
  clock.advanceBy(10_000)
  await turns()
  expect(transport.started).toHaveLength(5)
})

it('stops as well when a part of the engine fails, and then takes nothing for durable', async () => {
  let isFaulty = false
  const fraction = () => {
    if (isFaulty) throw new Error('no chance')
    return 0
  }
  const { hookward, store, events, register } = await world({ random: { ...systemRandom, fraction } })
  await register()
  const pausing = store.holdFrom(({ kind }) => kind === 'commit')
  const emitted = hookward.notifyComment(aComment())
  isFaulty = true
  await emitted
  const paused = hookward.integrations.pause('bot')
  await pausing
  await until(() => events.some(({ type }) => type === 'store.failed'))
  store.release()
  await expect(paused).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
  await expect(hookward.explain('bot')).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
})

it('answers in the order of the calls, in whatever order the store has done them', async () => {
  const ends: (() => void)[] = []
  const store = { ...tapped(), commit: () => new Promise<void>((resolve) => ends.push(resolve)) }
  const writes = new Writes({
    store,
    backlog: new Backlog(),
    activity: new Activity(),
    onFailure: () => undefined,
    onMoved: () => undefined,
    onTurn: () => undefined,
  })
  const told: string[] = []
  const change = { at: 0, integrationId: 'bot' }
  const calls = ['first', 'second'].map((name) => writes.commit(change).then(() => told.push(name)))
  ends[1]?.()
  await turns()
  expect(told).toEqual([])
  ends[0]?.()
  await Promise.all(calls)
  expect(told).toEqual(['first', 'second'])
})

it('loses nothing: the next engine on the store goes on', async () => {
  const { hookward, store, receiver, again, register } = await world()
  await register()
  const { eventId } = await hookward.notifyComment(aComment())
  await hookward.idle()
  store.failFrom(({ kind }) => kind === 'commit')
  const second = await hookward.notifyComment(aComment('second'))
  await expect(hookward.idle()).rejects.toThrow()
  await hookward.stop()
  const next = await again({ store: await store.crash() })
  await next.idle()
  const delivered = (await next.log('bot')).map((entry) => [entry.eventId, entry.became])
  expect(delivered).toEqual([
    [second.eventId, 'delivered'],
    [eventId, 'delivered'],
  ])
  const [, before, after] = receiver.requests
  expect(after?.body.equals(before?.body ?? Buffer.of())).toBe(true)
  expect(after?.headers['idempotency-key']).toBe(before?.headers['idempotency-key'])
})

it('frees everything when it is stopped after it failed', async () => {
  const { hookward, store, receiver, again, register } = await world()
  await register()
  store.failFrom(() => true)
  await expect(hookward.notifyComment(aComment())).rejects.toThrow()
  await hookward.stop()
  await receiver.until(() => receiver.open() === 0)
  await expect(again()).resolves.toBeDefined()
})

it('takes no success of a write for true that came after one that failed', async () => {
  const store = tapped()
  const { hookward, register } = await startWorld({ store: forgettingItFailed(store) })
  await register()
  const first = hookward.integrations.put({ ...anIntegration('http://127.0.0.1:49152'), slug: 'first' })
  const second = hookward.integrations.put({ ...anIntegration('http://127.0.0.1:49152'), slug: 'second' })
  await expect(first).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
  await expect(second).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
})

it('lets nothing run of an engine that could not be made', async () => {
  const transport = aWire()
  const { hookward, store, clock, again, register, comment } = await world({ policy: sentry(), transport })
  await register()
  transport.answer(500)
  await comment()
  await register({ slug: 'second' })
  await comment()
  await hookward.stop()
  const [made, written] = [transport.started.length, store.asked.length]
  const damaged = { ...store, open: () => store.open().then(withoutUrl) }
  await expect(again({ store: damaged })).rejects.toThrow('Invalid URL')
  clock.advanceBy(300_000)
  await turns()
  expect([transport.started.length, store.asked.length]).toEqual([made, written])
})

it('goes on after a refusal of the store', async () => {
  const { hookward, events, comment, register } = await startWorld({ backlogBytesMax: 400 })
  await register()
  await expect(hookward.notifyComment(aComment('x'.repeat(500)))).rejects.toMatchObject({ code: 'STORE_BACKLOG_FULL' })
  await comment()
  expect(events).toMatchObject([{ type: 'delivered' }])
})

async function world(options: Parameters<typeof startWorld>[0] = {}) {
  const store = tapped()
  return { store, ...(await startWorld({ store, ...options })) }
}

function withoutUrl(recovered: Recovered): Recovered {
  return { ...recovered, integrations: recovered.integrations.map((one) => ({ ...one, url: 'nowhere' })) }
}

type Engine = Awaited<ReturnType<typeof startWorld>>['hookward']

function laterCalls({ integrations, installations, ...hookward }: Engine): readonly Promise<unknown>[] {
  return [
    hookward.notifyComment(aComment()),
    hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: {} }),
    hookward.explain('bot'),
    hookward.log('bot'),
    integrations.pause('bot'),
    integrations.put(anIntegration('http://127.0.0.1:49152')),
    integrations.remove('bot'),
    installations.uninstall({ integration: 'bot', organization: 'acme' }),
  ]
}

/** A store that goes on as if nothing had happened after the write of `first` has failed. */
function forgettingItFailed(store: ReturnType<typeof tapped>): typeof store {
  return {
    ...store,
    configure: (entry) =>
      entry.kind === 'integration' && entry.integration.id === 'first'
        ? Promise.reject(new Error('the disk is gone'))
        : store.configure(entry),
  }
}
