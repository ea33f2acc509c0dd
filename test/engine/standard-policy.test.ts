import { expect, it } from 'vitest'
import { pass, startWorld, type World } from '../support/world.ts'

const [minuteMs, hourMs] = [60_000, 3_600_000]

const stateOf = async ({ hookward }: World) => (await hookward.explain('bot')).chartState

it.each([
  ['where none is given', undefined],
  ['by its name', 'standard'],
] as const)('is chosen %s, tries again within seconds and forgives a failure', async (_, policy) => {
  const world = await startWorld({ policy })
  await world.register({ status: 'published' })
  world.receiver.answer(500)
  await world.comment()
  world.receiver.answer(200)
  await pass(world, 6_000, 1_000)
  expect(world.receiver.requests).toHaveLength(2)
  expect(await world.hookward.explain('bot')).toMatchObject({
    state: 'healthy',
    policy: { name: 'standard', version: 1 },
    evidence: { summary: '1 of 2 failed in the last 10 min, 0 in a row' },
  })
})

it.each(['internal', 'unpublished', 'published'] as const)(
  'disables an integration that is %s and answers 410',
  async (status) => {
    const world = await startWorld({ policy: 'standard' })
    await world.register({ status })
    world.receiver.answer(410)
    await world.comment()
    expect(await stateOf(world)).toBe('disabled')
  },
)

it('holds what a quiet integration would lose, and sends it when it is back: on probation for a day', async () => {
  const world = await startWorld({ policy: 'standard' })
  await world.register()
  world.receiver.answer(404)
  await world.comment()
  await pass(world, 3.5 * hourMs, 5 * minuteMs)
  expect(await stateOf(world)).toBe('broken.holding')
  expect((await world.hookward.explain('bot')).evidence.rule).toBe('nothing-succeeds')
  world.receiver.answer(200)
  await pass(world, hourMs, minuteMs)
  await world.comment()
  await pass(world, hourMs, minuteMs)
  expect(await stateOf(world)).toBe('healthy.probation')
  expect(world.events.filter(({ type }) => type === 'delivered')).toHaveLength(2)
  await pass(world, 24 * hourMs, hourMs)
  expect(await stateOf(world)).toBe('healthy.steady')
})

it('disables after 120 hours without a success, and has told the owners so three times before', async () => {
  const world = await startWorld({ policy: 'standard' })
  await world.register()
  world.receiver.answer(404)
  const began = world.clock.now()
  await world.comment()
  await pass(world, 100 * hourMs, 30 * minuteMs)
  const { state, next } = await world.hookward.explain('bot')
  expect([state, next]).toEqual([
    'broken',
    { to: 'disabled', at: began + 120 * hourMs, unless: 'a delivery or a probe succeeds' },
  ])
  await pass(world, 20 * hourMs, 30 * minuteMs)
  const { state: ended, since, evidence } = await world.hookward.explain('bot')
  expect([ended, since, evidence.rule]).toEqual(['disabled', began + 120 * hourMs, 'no-success-for-long'])
  const steps = (await world.hookward.notices('bot')).map(({ notice }) => notice.step)
  expect(steps).toEqual(['broken', 'warning-1', 'warning-2', 'disabled'])
  // One of each for each of its two owners.
  expect(world.smtp.mails).toHaveLength(8)
})
