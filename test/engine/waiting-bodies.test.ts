import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { lowdbStore } from '../../src/adapters/lowdb/store.ts'
import { Engine } from '../../src/engine/engine.ts'
import { FreshBodies } from '../../src/engine/fresh-bodies.ts'
import { readOptions } from '../../src/engine/options.ts'
import { memoryStore, type Store } from '../../src/index.ts'
import { Lanes } from '../../src/machines/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { manualClock } from '../../src/testing.ts'
import { aFolder, turns } from '../support/world.ts'
import { aWire } from './wire.ts'

const inFlightMax = 4
const secondMs = 1_000

describe('the bodies of deliveries that wait', () => {
  it('do not stand in line with them', async () => {
    const add = vi.spyOn(Lanes.prototype, 'add')
    onTestFinished(() => add.mockRestore())
    const { emit } = await anEngine(memoryStore())
    for (let n = 0; n < 10; n += 1) await emit(n, 'planted')
    await turns()
    expect(add).toHaveBeenCalledTimes(10)
    expect(JSON.stringify(add.mock.calls)).not.toContain('planted')
    for (const [job] of add.mock.calls) expect(Object.keys(job)).toEqual(['delivery', 'attempts', 'unspent', 'origin'])
  })

  it('are read back once they are more than the newest 16 MiB, as they were accepted, whatever was cleaned meanwhile', async () => {
    const dir = await aFolder()
    const { engine, wire, emit, reads } = await anEngine(
      lowdbStore({ dir, segmentBytesMax: 2 ** 20, checkpointMs: 0, durability: 'process' }),
    )
    const [count, text] = [100, 'x'.repeat(200_000)]
    for (let n = 0; n < count; n += 1) await emit(n, text)
    const bytes = wire.started[0]?.body.byteLength ?? 0
    expect(wire.started).toHaveLength(inFlightMax)
    expect(reads).toEqual([])
    wire.answer(200)
    await engine.idle()
    const sent = wire.started.map(({ body }) => Buffer.from(body).toString()).sort()
    expect(sent.map((body) => (JSON.parse(body) as { data: object }).data)).toEqual(
      Array.from({ length: count }, (_, n) => ({ n: n + 1_000, text })),
    )
    expect(reads).toHaveLength(count - inFlightMax - Math.floor(2 ** 24 / bytes))
    await engine.stop(0)
  })

  it('that cannot be read are read again later, and no attempt is spent', async () => {
    const { engine, clock, wire, emit, reads } = await anEngine(memoryStore(), 1)
    wire.answer(500)
    await emit(1, 'planted')
    await engine.idle()
    clock.advanceBy(secondMs)
    await engine.idle()
    expect([reads.length, wire.started.length]).toEqual([1, 1])
    clock.advanceBy(secondMs)
    await engine.idle()
    expect(reads).toHaveLength(2)
    const [first, second] = wire.started.map(({ body }) => Buffer.from(body))
    expect(second).toEqual(first)
    const log = await engine.parts.store.log({ integrationId: 'bot' })
    expect(log.map(({ attempt, outcome }) => [attempt, outcome.code])).toEqual([
      [2, 'HTTP_500'],
      [2, 'NOT_SENT'],
      [1, 'HTTP_500'],
    ])
  })
})

describe('fresh bodies', () => {
  it('are the newest up to so many bytes, each taken once', () => {
    const fresh = new FreshBodies(10)
    for (const id of ['a', 'b', 'c']) fresh.keep(id, new Uint8Array(4))
    expect([fresh.take('a'), fresh.take('b')?.length, fresh.take('b')]).toEqual([undefined, 4, undefined])
    expect(fresh.bytes).toBe(4)
  })

  it('count a body that is kept again once, and keep none that is too large', () => {
    const fresh = new FreshBodies(10)
    for (let n = 0; n < 5; n += 1) fresh.keep('a', new Uint8Array(4))
    expect(fresh.bytes).toBe(4)
    fresh.keep('b', new Uint8Array(11))
    expect([fresh.bytes, fresh.take('a'), fresh.take('b')]).toEqual([0, undefined, undefined])
  })
})

/** An integration whose receiver hangs, on a store of which `unreadable` reads fail at first. */
async function anEngine(store: Store, unreadable = 0) {
  const clock = manualClock()
  const wire = aWire()
  const reads: string[] = []
  const read = store.body.bind(store)
  Object.assign(store, {
    body: (id: string) => (reads.push(id) > unreadable ? read(id) : Promise.reject(new Error('the disk is slow'))),
  })
  const policy = sentry({ inFlightMax, retriesMs: [secondMs, secondMs] })
  const engine = new Engine(readOptions({ policy, store, clock, transport: wire }))
  engine.recover(await store.open())
  onTestFinished(() => engine.stop(0))
  const secret = 'a secret of many characters'
  const url = 'https://hooks.example.com/'
  await engine.registration.put({ slug: 'bot', organization: 'acme', url, secret, topics: ['invoice'] })
  await engine.installing.install({ integration: 'bot', organization: 'acme' }, { announce: false })
  const emit = (n: number, text: string) =>
    engine.intake.accept({ topic: 'invoice.paid', organization: 'acme', data: { n: n + 1_000, text } })
  return { engine, clock, wire, emit, reads }
}
