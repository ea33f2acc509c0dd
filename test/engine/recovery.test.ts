import { expect, it } from 'vitest'
import { standard } from '../../src/policy/index.ts'
import type { ReceivedRequest } from '../support/receiver.ts'
import { streak } from '../support/streak-policy.ts'
import { aComment, startWorld, type World, type WorldOptions } from '../support/world.ts'

const secondMs = 1_000
const policy = streak({ retriesMs: [100_000], ramp: { perSecond: 1, doublesEveryMs: 10_000 } })

it('sends the ledger at 1 a second, doubling every 10 s', async () => {
  const world = await disabledWith(100)
  await world.hookward.integrations.enable('bot')
  await world.hookward.idle()
  expect(world.receiver.requests).toHaveLength(1)
  const counts: number[] = []
  for (let n = 0; n < 5; n += 1) {
    const before = world.receiver.requests.length
    await pass(world, 10 * secondMs)
    counts.push(world.receiver.requests.length - before)
  }
  expect(counts.slice(0, 3)).toEqual([10, 20, 40])
  expect(texts(world)).toEqual(numbered(100))
})

it('has what is accepted meanwhile join its tail, until it is empty', async () => {
  const world = await disabledWith(3)
  await world.hookward.integrations.enable('bot')
  await world.comment('new')
  expect(texts(world)).toEqual(['0'])
  expect((await world.hookward.explain('bot')).held).toEqual({ disabled: 2, recovering: 1 })
  await pass(world, 4 * secondMs)
  expect(texts(world)).toEqual(['0', '1', '2', 'new'])
  await world.comment('at once')
  expect(texts(world).at(-1)).toBe('at once')
})

it('is slower after a failure', async () => {
  const world = await disabledWith(60, { policy: standard({ rampPerSecond: 1, rampDoublesMs: 5_000 }) })
  await world.hookward.integrations.enable('bot')
  await pass(world, 10 * secondMs)
  const made = world.receiver.requests.length
  world.receiver.answer(500, 200)
  await pass(world, secondMs)
  const inTheSecondOfTheFailure = world.receiver.requests.length
  await pass(world, secondMs)
  expect(world.receiver.requests.length - inTheSecondOfTheFailure).toBeLessThan(4)
  expect(inTheSecondOfTheFailure).toBeGreaterThan(made)
})

it.each(['restart', 'crash'] as const)('goes on after a %s, and sends each delivery once, in order', async (how) => {
  const world = await disabledWith(12, { ordered: { by: 'integration' } })
  await world.hookward.integrations.enable('bot')
  await pass(world, 3 * secondMs)
  const made = world.receiver.requests.length
  expect(made).toBeLessThan(6)
  await world.hookward.stop(how === 'crash' ? { graceMs: 0 } : {})
  const hookward = await world.again()
  await pass({ ...world, hookward }, 20 * secondMs)
  expect(texts(world)).toEqual(numbered(12))
})

it('stops when the lane is closed, and holds what is left', async () => {
  const { hookward, receiver, clock } = await disabledWith(5)
  await hookward.integrations.enable('bot')
  await hookward.idle()
  await hookward.integrations.pause('bot')
  clock.advanceBy(10 * secondMs)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  expect((await hookward.explain('bot')).held).toEqual({ paused: 4 })
})

it('begins again when it is resumed on probation', async () => {
  const world = await disabledWith(3)
  await world.hookward.integrations.enable('bot')
  await world.hookward.integrations.pause('bot')
  await world.hookward.integrations.resume('bot')
  await world.hookward.idle()
  expect(world.receiver.requests).toHaveLength(2)
  await pass(world, 2 * secondMs)
  expect(texts(world)).toEqual(numbered(3))
})

it('takes no ramp where the policy asks for none: all is sent at once', async () => {
  const world = await disabledWith(20, { policy: 'sentry' })
  await world.hookward.integrations.enable('bot')
  await world.hookward.idle()
  expect(world.receiver.requests).toHaveLength(20)
})

it('comes after probes as well: what two of them leave is sent slowly', async () => {
  const world = await startWorld({ policy })
  await world.register()
  world.receiver.answer(500)
  for (const text of ['0', '1', '2', '3', '4']) await world.comment(text)
  world.receiver.answer(200)
  world.clock.advanceBy(60 * secondMs)
  await world.hookward.idle()
  world.clock.advanceBy(10 * secondMs)
  await world.hookward.idle()
  expect(texts(world).slice(2)).toEqual(['0', '1', '2'])
  await pass(world, 2 * secondMs)
  expect(texts(world).slice(2)).toEqual(numbered(5))
  expect((await world.hookward.explain('bot')).held).toEqual({})
})

/** An integration that was switched off, and so many comments that wait for it. */
async function disabledWith(count: number, { ordered, ...options }: WorldOptions & Ordered = {}): Promise<World> {
  const world = await startWorld({ policy, ...options })
  await world.register(ordered === undefined ? {} : { ordered })
  await world.hookward.integrations.disable('bot')
  for (const text of numbered(count)) await world.hookward.notifyComment(aComment(text))
  await world.hookward.idle()
  return world
}

type Ordered = { readonly ordered?: { readonly by: 'integration' } }

/** Moves the clock on in steps, so that everything that falls due in between is done in its turn. */
async function pass({ hookward, clock }: World, spanMs: number, stepMs = 125): Promise<void> {
  for (let passedMs = 0; passedMs < spanMs; passedMs += stepMs) {
    clock.advanceBy(stepMs)
    await hookward.idle()
  }
}

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => String(n))
}

function texts({ receiver }: World): readonly string[] {
  return receiver.requests.map(textOf)
}

function textOf({ body }: ReceivedRequest): string {
  return (JSON.parse(body.toString()) as { readonly data: { readonly comment: string } }).data.comment
}
