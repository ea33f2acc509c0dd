import { expect, it } from 'vitest'
import { streak } from '../support/streak-policy.ts'
import { aComment, startWorld, turns, type WorldOptions } from '../support/world.ts'
import { recordIn, tapped } from './tap.ts'

const minuteMs = 60_000
const policy = streak({ retriesMs: [100_000] })

it('holds everything while it is broken, and probes with the oldest', async () => {
  const { hookward, receiver, clock } = await broken()
  await hookward.notifyComment(aComment('third'))
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.holding', held: { broken: 3 } })
  receiver.answer('hang')
  clock.advanceBy(minuteMs)
  await receiver.received(3)
  await turns()
  expect(receiver.requests.map(textOf)).toEqual(['first', 'second', 'first'])
  receiver.release()
  await hookward.idle()
})

it('has one probe under way at a time, whatever is accepted meanwhile', async () => {
  const { hookward, receiver, clock } = await broken()
  receiver.answer('hang')
  clock.advanceBy(minuteMs)
  await receiver.received(3)
  await hookward.notifyComment(aComment('new'))
  await turns()
  expect(receiver.requests).toHaveLength(3)
  expect((await hookward.explain('bot')).held).toEqual({ broken: 2 })
  receiver.release(500)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(3)
})

it('spends no attempt on a probe', async () => {
  const { hookward, receiver, clock } = await broken()
  clock.advanceBy(minuteMs)
  await hookward.idle()
  clock.advanceBy(2 * minuteMs)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(4)
  expect((await hookward.log('bot')).map(({ attempt }) => attempt)).toEqual([2, 2, 1, 1])
})

it('recovers after two good probes, ten seconds apart, and sends what is held', async () => {
  const { hookward, receiver, clock, events } = await broken()
  await hookward.notifyComment(aComment('third'))
  receiver.answer(200)
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.holding', held: { broken: 2 } })
  clock.advanceBy(10_000)
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation', held: {}, incident: null })
  expect(events.map(({ type }) => type)).toContain('recovered')
  clock.advanceBy(100_000)
  await hookward.idle()
  expect(receiver.requests.slice(2).map(textOf).sort()).toEqual(['first', 'second', 'third'])
  expect((await hookward.log('bot')).filter(({ became }) => became === 'delivered')).toHaveLength(3)
})

it('goes on probing after a restart', async () => {
  const { hookward, receiver, clock, again } = await broken()
  await hookward.stop()
  const next = await again()
  receiver.answer(200)
  clock.advanceBy(minuteMs)
  await next.idle()
  clock.advanceBy(10_000)
  await next.idle()
  expect(await next.explain('bot')).toMatchObject({ state: 'healthy' })
})

it('probes again after a restart that cut the probe off', async () => {
  const { hookward, receiver, clock, again } = await broken()
  receiver.answer('hang')
  clock.advanceBy(minuteMs)
  await receiver.received(3)
  await hookward.stop({ graceMs: 0 })
  receiver.answer(200)
  const next = await again()
  await next.idle()
  expect(receiver.requests.slice(2).map(textOf)).toEqual(['first', 'first'])
})

it('stays broken when it is resumed, and holds on', async () => {
  const { hookward, receiver } = await broken()
  await hookward.integrations.pause('bot')
  expect((await hookward.explain('bot')).held).toEqual({ paused: 2 })
  expect(await hookward.integrations.resume('bot')).toMatchObject({ state: 'broken', held: { broken: 2 } })
  await hookward.idle()
  expect(receiver.requests).toHaveLength(2)
})

it('closes the lane at once even when the first probe is due at once', async () => {
  const store = tapped()
  const atOnce = streak({ retriesMs: [100_000], probesMs: [0] })
  const { hookward, receiver, register } = await startWorld({ policy: atOnce, store })
  await register()
  receiver.answer('hang')
  await Promise.all(Array.from({ length: 9 }, () => hookward.notifyComment(aComment())))
  await receiver.received(4)
  const probing = store.holdFrom(recordIn('broken.probing'))
  receiver.answer('hang')
  receiver.release(500)
  await probing
  await turns()
  // Of the four that failed, the second closed the lane; what ended in a turn before that left room for others.
  const before = receiver.requests.length
  expect(before).toBeLessThan(8)
  receiver.release(200)
  store.release()
  await receiver.received(before + 1)
  receiver.answer(200)
  receiver.release(200)
  await hookward.idle()
})

it('is disabled by time alone, with everything still held', async () => {
  const { hookward, clock, events } = await broken()
  clock.advanceBy(1_000_000)
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled', held: { disabled: 2 } })
  expect(events.filter(({ type }) => type === 'disabled')).toHaveLength(1)
})

/** Two deliveries failed, and both wait in the ledger. */
async function broken() {
  const world = await aWorld()
  await world.register()
  world.receiver.answer(500)
  await world.comment('first')
  await world.comment('second')
  return world
}

async function aWorld(options: WorldOptions = {}) {
  const store = tapped()
  return { store, ...(await startWorld({ policy, store, ...options })) }
}

function textOf({ body }: { readonly body: Buffer }): string {
  return (JSON.parse(body.toString()) as { readonly data: { readonly comment: string } }).data.comment
}
