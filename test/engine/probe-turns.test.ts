import { expect, it } from 'vitest'
import { standard } from '../../src/policy/index.ts'
import type { ReceivedRequest } from '../support/receiver.ts'
import { streak } from '../support/streak-policy.ts'
import { aComment, startWorld, type World, type WorldOptions } from '../support/world.ts'

const minuteMs = 60_000
const policy = streak({ retriesMs: [100_000, 100_000] })

it('probes with each held delivery in its turn', async () => {
  const { hookward, receiver, clock } = await broken({ policy: untiring })
  await hookward.notifyComment(aComment('third'))
  for (let n = 0; n < 4; n += 1) {
    clock.advanceBy(2 * minuteMs)
    await hookward.idle()
  }
  expect(receiver.requests.slice(2).map(textOf)).toEqual(['first', 'second', 'third', 'first'])
})

it('goes on with the turns after a restart, however often there is one', async () => {
  const world = await broken({ policy: untiring })
  let { hookward } = world
  await hookward.notifyComment(aComment('third'))
  for (let n = 0; n < 5; n += 1) {
    world.clock.advanceBy(2 * minuteMs)
    await hookward.idle()
    await hookward.stop()
    hookward = await world.again()
  }
  expect(world.receiver.requests.slice(2).map(textOf)).toEqual(['first', 'second', 'third', 'first', 'second'])
})

it('holds an order up by its head no longer after a restart than before', async () => {
  const ordered = { by: 'integration', blockingMaxMs: 3 * minuteMs } as const
  const world = await broken({ policy: untiring, ordered })
  world.clock.advanceBy(2 * minuteMs)
  await world.hookward.idle()
  await world.hookward.stop()
  const next = await world.again()
  world.clock.advanceBy(2 * minuteMs)
  await next.idle()
  expect(world.receiver.requests.slice(2).map(textOf)).toEqual(['first', 'second'])
})

it.each([0, 1])('is not kept broken by a payload that no receiver could take, %i places from the head', async (at) => {
  const { hookward, receiver, clock, events } = await broken({ policy: untiring })
  const poison = ['first', 'second'][at]
  receiver.answer((request) => (textOf(request) === poison ? 500 : 200))
  for (let n = 0; n < 6; n += 1) {
    clock.advanceBy(2 * minuteMs)
    await hookward.idle()
  }
  expect((await hookward.explain('bot')).state).toBe('broken')
  await hookward.notifyComment(aComment('third'))
  clock.advanceBy(2 * minuteMs)
  await hookward.idle()
  expect(events.map(({ type }) => type)).toContain('recovered')
  expect(receiver.requests.filter((request) => textOf(request) === 'third')).toHaveLength(1)
})

it('recovers after one good probe when nothing else is held', async () => {
  const { hookward, receiver, clock, register } = await startWorld({ policy: standard({ jitter: 0 }) })
  await register()
  receiver.answer(500)
  await hookward.notifyComment(aComment('only'))
  for (let n = 0; n < 300; n += 1) {
    clock.advanceBy(5 * minuteMs)
    await hookward.idle()
  }
  expect((await hookward.explain('bot')).state).toBe('broken')
  receiver.answer(200)
  clock.advanceBy(60 * minuteMs)
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', held: {} })
})

it('probes in order with the head alone, until that has held up the others for long enough', async () => {
  const { hookward, receiver, clock } = await broken({
    policy: untiring,
    ordered: { by: 'integration', blockingMaxMs: 7 * minuteMs },
  })
  for (let n = 0; n < 5; n += 1) {
    clock.advanceBy(2 * minuteMs)
    await hookward.idle()
  }
  expect(receiver.requests.slice(2).map(textOf)).toEqual(['first', 'first', 'second', 'first', 'second'])
})

it('waits up to a fifth longer between probes, by chance, and never less', async () => {
  const random = { uuid: () => crypto.randomUUID(), fraction: () => 0.999_999_999 }
  const { hookward, receiver, clock } = await broken({ policy: { ...policy, schedule: jittered }, random })
  clock.advanceBy(1.2 * minuteMs - 1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(2)
  clock.advanceBy(1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(3)
  clock.advanceBy(2.4 * minuteMs - 1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(3)
  clock.advanceBy(1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(4)
})

it('does not probe before the moment the receiver asked for', async () => {
  const kinds = { ...policy.outcomes.kinds, throttled: { settles: 'wait', counts: 'failed' } } as const
  const { hookward, receiver, clock } = await broken({ policy: { ...policy, outcomes: { kinds } } })
  receiver.answer({ status: 429, headers: { 'retry-after': '600' } }, 200)
  clock.advanceBy(minuteMs)
  await hookward.idle()
  clock.advanceBy(10 * minuteMs - 1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(3)
  clock.advanceBy(1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(4)
})

/** Broken for as long as nothing succeeds: it takes more than probes to disable it. */
const untiring = untired()
const jittered = { ...policy.schedule, jitter: 0.2 }

/** Two deliveries failed, and both wait in the ledger. */
async function broken({
  ordered,
  ...options
}: WorldOptions & { ordered?: { by: 'integration'; blockingMaxMs: number } }) {
  const world: World = await startWorld(options)
  await world.register(ordered === undefined ? {} : { ordered })
  world.receiver.answer(500)
  await world.comment('first')
  await world.comment('second')
  if (ordered !== undefined) {
    world.clock.advanceBy(100_000)
    await world.hookward.idle()
  }
  return world
}

function untired(): typeof policy {
  return {
    ...policy,
    judge: (memory, at) => {
      const verdict = policy.judge(memory, at)
      return verdict.level === 'disabled' ? { ...verdict, level: 'broken' } : verdict
    },
  }
}

function textOf({ body }: Pick<ReceivedRequest, 'body'>): string {
  return (JSON.parse(body.toString()) as { readonly data: { readonly comment: string } }).data.comment
}
