import { expect, it } from 'vitest'
import { longestHealedMs } from '../../src/engine/ladder.ts'
import { memoryStore, type Transition } from '../../src/index.ts'
import { standard } from '../../src/policy/index.ts'
import { startWorld, type World } from '../support/world.ts'
import { aWire } from './wire.ts'

const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000]

it('holds what waits for its retry at once when it breaks', async () => {
  const { wire, world } = await wired()
  wire.answer(500)
  for (let n = 0; n < 9; n += 1) {
    await world.comment(String(n))
    await later(world, 40 * secondMs)
  }
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'degraded', held: {} })
  await world.comment('tenth')
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken', held: { broken: 10 } })
  const made = wire.started.length
  await later(world, minuteMs - 1)
  expect(wire.started).toHaveLength(made)
  await later(world, 1)
  expect(wire.started).toHaveLength(made + 1)
})

it('probes again ten seconds after a success, and takes two in a row', async () => {
  const { wire, world } = await broken()
  const made = wire.started.length
  wire.answer(200)
  await later(world, minuteMs)
  await later(world, 10 * secondMs - 1)
  expect(wire.started).toHaveLength(made + 1)
  wire.answer(500)
  await later(world, 1)
  expect(wire.started).toHaveLength(made + 2)
  wire.answer(200)
  await later(world, 2 * minuteMs)
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken' })
  await later(world, 10 * secondMs)
  expect(await world.hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation' })
})

it('is on probation for 24 hours, and for 48 after another incident', async () => {
  const { wire, world } = await broken()
  for (const hours of [24, 48]) {
    wire.answer(200)
    await recover(world)
    await later(world, hours * hourMs - 1)
    expect(await world.hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation' })
    await later(world, 1)
    expect(await world.hookward.explain('bot')).toMatchObject({ chartState: 'healthy.steady' })
    await breakIt({ wire, world })
  }
})

it('is disabled after 120 hours without a success, and not a moment before', async () => {
  const { wire, world } = await wired()
  wire.answer(404)
  await world.comment()
  for (let n = 0; n < 119; n += 1) await later(world, hourMs)
  await later(world, hourMs - 1)
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken', next: { to: 'disabled' } })
  await later(world, 1)
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'disabled' })
})

it('holds a delivery for 30 days, and not a moment longer', async () => {
  const { world } = await wired()
  await world.hookward.integrations.pause('bot')
  await world.comment()
  await later(world, 30 * dayMs - 1)
  expect(await world.hookward.held('bot')).toMatchObject({ count: 1 })
  await later(world, 1)
  expect(await world.hookward.held('bot')).toMatchObject({ count: 0 })
  expect((await world.hookward.log('bot'))[0]).toMatchObject({ became: 'expired', outcome: { code: 'LEDGER_AGED' } })
})

it('looks back seven days for incidents that healed', () => {
  const step = (at: number, from: Transition['from'], to: Transition['to']): Transition => {
    const evidence = { rule: 'r', summary: 's', facts: {} }
    return { at, integrationId: 'bot', from, to, signal: 'probe.ok', evidence, incidentId: 'inc_1' }
  }
  const now = 100 * dayMs
  const since = now - (standard().notices?.healedMs ?? 0)
  const healed = (agoMs: number) => [
    step(now - agoMs, 'broken.probing', 'healthy.probation'),
    step(now - agoMs - 3 * hourMs, 'healthy.steady', 'degraded'),
  ]
  expect(longestHealedMs(healed(7 * dayMs), since)).toBe(3 * hourMs)
  expect(longestHealedMs(healed(7 * dayMs + 1), since)).toBe(0)
})

async function wired() {
  const wire = aWire()
  const random = { uuid: () => crypto.randomUUID(), fraction: () => 0 }
  const world = await startWorld({ policy: 'standard', transport: wire, store: memoryStore(), random })
  await world.register()
  return { wire, world }
}

type Wired = Awaited<ReturnType<typeof wired>>

async function broken(): Promise<Wired> {
  const both = await wired()
  await breakIt(both)
  return both
}

/** Ten failures in a row over more than five minutes; on the way in, half of it is enough. */
async function breakIt({ wire, world }: Wired): Promise<void> {
  wire.answer(500)
  for (let n = 0; n < 10; n += 1) {
    await world.comment(String(n))
    if (n < 9) await later(world, 40 * secondMs)
  }
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken' })
}

async function recover(world: World): Promise<void> {
  await later(world, minuteMs)
  await later(world, 10 * secondMs)
  expect(await world.hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation' })
}

async function later({ hookward, clock }: World, ms: number): Promise<void> {
  clock.advanceBy(ms)
  await hookward.idle()
}
