import { expect, it } from 'vitest'
import type { Policy } from '../../src/policy/index.ts'
import { breaker, breakerRule, dryRun, failOpen } from '../support/breaker-policy.ts'
import { startWorld, type World } from '../support/world.ts'

const { floor, windowMs, brokenMs } = breakerRule
const policy = breaker() as Policy

it('stays closed below the floor, though every attempt fails', async () => {
  const world = await aWorld()
  await failing(world, floor - 1)
  expect(await world.hookward.explain('bot')).toMatchObject({
    state: 'healthy',
    evidence: { summary: '4 of 4 failed' },
  })
  await failing(world, 1)
  expect(await world.hookward.explain('bot')).toMatchObject({
    state: 'broken',
    evidence: { summary: '5 of 5 failed' },
  })
})

it('stays closed below the rate, however many fail', async () => {
  const world = await aWorld()
  for (let n = 0; n < 7; n += 1) await world.comment()
  await failing(world, 6)
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'healthy', evidence: { rule: 'floor-and-rate' } })
  await failing(world, 1)
  expect(await world.hookward.explain('bot')).toMatchObject({
    state: 'broken',
    evidence: { facts: { failed: 7, total: 14 } },
  })
})

it('forgets what is older than its window', async () => {
  const world = await aWorld()
  await failing(world, floor - 1)
  world.clock.advanceBy(windowMs)
  await failing(world, floor - 1)
  expect(await world.hookward.explain('bot')).toMatchObject({
    state: 'healthy',
    evidence: { summary: '4 of 4 failed' },
  })
})

it('parks what comes while it is open, probes one at a time, and sends all of it once it has recovered', async () => {
  const world = await aWorld()
  const { hookward, receiver, clock, comment, events } = world
  await failing(world, floor)
  for (const text of ['parked 1', 'parked 2', 'parked 3']) await comment(text)
  expect(receiver.requests).toHaveLength(floor)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'broken', held: { broken: floor + 3 } })

  clock.advanceBy(brokenMs - 1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(floor)
  clock.advanceBy(1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(floor + 1)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'broken', held: { broken: floor + 3 } })

  receiver.answer(200)
  clock.advanceBy(brokenMs)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(floor + 2)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'broken' })
  clock.advanceBy(10_000)
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation', incident: null })

  clock.advanceBy(86_400_000)
  await hookward.idle()
  const arrived = (await hookward.log('bot')).filter(({ became }) => became === 'delivered')
  expect(new Set(arrived.map(({ deliveryId }) => deliveryId)).size).toBe(floor + 3)
  expect(events.filter(({ type }) => type === 'delivery.dead')).toEqual([])
  expect(events.map(({ type }) => type).filter((type) => type === 'broken' || type === 'recovered')).toEqual([
    'broken',
    'recovered',
  ])
})

it('opens for one receiver and leaves its neighbour alone', async () => {
  const world = await aWorld()
  await world.register({ slug: 'other', url: `${world.receiver.url}/other` })
  world.receiver.answer(({ path }) => (path === '/hook' ? 500 : 200))
  for (let n = 0; n < floor + 2; n += 1) await world.comment()
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken', held: { broken: floor + 2 } })
  expect(await world.hookward.explain('other')).toMatchObject({ state: 'healthy' })
  expect(world.receiver.requests.filter(({ path }) => path === '/other')).toHaveLength(floor + 2)
})

it('only watches in a dry run: everything is sent, and explain shows what it would have done', async () => {
  const world = await aWorld(dryRun(policy))
  await failing(world, floor + 5)
  expect(world.receiver.requests).toHaveLength(floor + 5)
  expect(await world.hookward.explain('bot')).toMatchObject({
    state: 'healthy',
    evidence: { rule: 'dry-run', summary: 'would be broken: 10 of 10 failed', facts: { would: 'broken' } },
  })
  expect(await world.hookward.transitions('bot')).toEqual([])
})

it('fails open where the host wraps it so: while the rule throws, everything is sent', async () => {
  const faulty: Policy = {
    ...policy,
    judge: () => {
      throw new Error('the counters cannot be reached')
    },
  }
  const world = await aWorld(failOpen(faulty))
  await failing(world, 2 * floor)
  expect(world.receiver.requests).toHaveLength(2 * floor)
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'healthy', evidence: { rule: 'fail-open' } })
})

async function aWorld(rule = policy): Promise<World> {
  const world = await startWorld({ policy: rule })
  await world.register()
  return world
}

async function failing({ receiver, comment }: World, times: number): Promise<void> {
  receiver.answer(500)
  for (let n = 0; n < times; n += 1) await comment(`fails ${n}`)
}
