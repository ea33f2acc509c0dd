import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { aComment, startWorld, turns, type World, type WorldOptions } from '../support/world.ts'
import { aWire } from './wire.ts'

const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000]

describe('a delivery under the standard rule', () => {
  const delays = [5 * secondMs, 5 * minuteMs, 30 * minuteMs, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hourMs)]
  it.each([
    ['never early, without chance', 0, 1],
    ['up to a fifth later, by chance', 1 - 1e-12, 1.2],
  ])('is tried ten times, %s, and is then dead', async (_, fraction, factor) => {
    const { wire, world } = await wired({ random: { uuid: () => crypto.randomUUID(), fraction: () => fraction } })
    wire.answer(405)
    await world.comment()
    for (const [n, delayMs] of delays.entries()) {
      expect(wire.started).toHaveLength(n + 1)
      await later(world, delayMs * factor - 1)
      expect(wire.started).toHaveLength(n + 1)
      await later(world, 1)
    }
    expect(wire.started).toHaveLength(10)
    expect((await world.hookward.log('bot'))[0]).toMatchObject({ attempt: 10, became: 'dead' })
    expect(await world.hookward.explain('bot')).toMatchObject({ evidence: { rule: 'dead-delivery' } })
  })

  it.each([400, 413, 422])(
    'that is answered %i is dead after its third attempt, and its health is as before',
    async (status) => {
      const { wire, world } = await wired()
      wire.answer(status)
      await world.comment()
      await later(world, 6 * secondMs)
      expect((await world.hookward.log('bot'))[0]).toMatchObject({ attempt: 2, became: 'waiting' })
      await later(world, 6 * minuteMs)
      expect((await world.hookward.log('bot'))[0]).toMatchObject({ attempt: 3, became: 'dead' })
      expect(await world.hookward.explain('bot')).toMatchObject({ state: 'healthy' })
    },
  )

  it('counts with the third that was refused so: its integration is broken', async () => {
    const { wire, world } = await wired()
    wire.answer(422)
    for (const n of [1, 2, 3]) {
      await world.comment(String(n))
      for (const ms of [6 * secondMs, 6 * minuteMs]) await later(world, ms)
      expect((await world.hookward.explain('bot')).state).toBe(n < 3 ? 'healthy' : 'broken')
    }
  })

  it('waits a minute at the least where it is throttled without a word of how long', async () => {
    const { receiver, clock, hookward, register, comment } = await startWorld({ policy: 'standard' })
    await register()
    receiver.answer(429)
    await comment()
    clock.advanceBy(minuteMs - 1)
    await hookward.idle()
    expect(receiver.requests).toHaveLength(1)
    clock.advanceBy(1)
    await hookward.idle()
    expect(receiver.requests).toHaveLength(2)
  })

  it('waits no longer than 24 hours, whatever it is asked for', async () => {
    const { receiver, clock, hookward, register, comment } = await startWorld({ policy: 'standard' })
    await register()
    receiver.answer({ status: 503, headers: { 'retry-after': '999999' } })
    await comment()
    clock.advanceBy(24 * hourMs - 1)
    await hookward.idle()
    expect(receiver.requests).toHaveLength(1)
    clock.advanceBy(1)
    await hookward.idle()
    expect(receiver.requests).toHaveLength(2)
  })
})

describe('an address that is blocked', () => {
  const steps = async ({ hookward }: World) => (await hookward.notices('bot')).map(({ notice }) => notice.step)

  it('is told to the owners at the third attempt in a row, and not at the second', async () => {
    const { wire, world } = await wired()
    wire.answer('blocked')
    await world.comment()
    await world.comment()
    expect(await steps(world)).toEqual([])
    await world.comment()
    expect(await steps(world)).toEqual(['blocked'])
    expect(await world.hookward.explain('bot')).toMatchObject({
      state: 'healthy',
      evidence: { rule: 'no-clause-holds' },
    })
  })

  it('is not told while something else comes between', async () => {
    const { wire, world } = await wired()
    for (const answer of ['blocked', 'blocked', 200, 'blocked', 'blocked', 500, 'blocked', 'blocked'] as const) {
      wire.answer(answer)
      await world.comment()
    }
    expect(await steps(world)).toEqual([])
  })
})

describe('the lane under the standard rule', () => {
  it('has four in flight, healthy and degraded alike', async () => {
    const { wire, world } = await wired()
    const { hookward, events } = world
    const emit = async () => {
      await Promise.all(Array.from({ length: 6 }, () => hookward.notifyComment(aComment())))
      await turns()
    }
    await emit()
    expect(wire.started).toHaveLength(4)
    wire.answer(500)
    await hookward.idle()
    await later(world, 30 * secondMs)
    await world.comment()
    expect(await hookward.explain('bot')).toMatchObject({ state: 'degraded' })
    expect(events.filter(({ type }) => type === 'degraded')).toHaveLength(1)
    const made = wire.started.length
    wire.hang()
    await emit()
    expect(wire.started.length - made).toBe(4)
    wire.answer(200)
  })
})

it('has sixteen in flight to one origin, whichever integrations they are of', async () => {
  const { wire, world } = await wired()
  for (let n = 1; n < 5; n += 1) await world.register({ slug: `bot-${n}` })
  for (let n = 0; n < 4; n += 1) await world.hookward.notifyComment(aComment())
  await turns()
  expect(wire.started).toHaveLength(16)
  expect(new Set(wire.started.map(({ url }) => new URL(url).origin)).size).toBe(1)
  wire.answer(200)
  await world.hookward.idle()
  expect(wire.started).toHaveLength(20)
})

async function wired(options: WorldOptions = {}) {
  const wire = aWire()
  const world = await startWorld({ policy: 'standard', transport: wire, store: memoryStore(), ...options })
  await world.register()
  return { wire, world }
}

async function later({ hookward, clock }: World, ms: number): Promise<void> {
  clock.advanceBy(ms)
  await hookward.idle()
}
