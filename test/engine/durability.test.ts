import { expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { aComment, startWorld, turns } from '../support/world.ts'
import { streak } from '../support/streak-policy.ts'
import { recordIn, tapped } from './tap.ts'

/** The first 4xx disables. */
const policy = sentry({ windowDays: 1, retriesMs: [] })

it('starts nothing more on a lane once the verdict fell, before its commit is durable', async () => {
  const { hookward, store, receiver, register } = await world()
  await register()
  receiver.answer('hang')
  await Promise.all(Array.from({ length: 9 }, () => hookward.notifyComment(aComment())))
  await receiver.received(4)
  const condemned = store.holdFrom(recordIn('broken.condemned'))
  receiver.release(404)
  await condemned
  receiver.release(404)
  const fourSettled = () => store.asked.filter((write) => write.kind === 'commit').length >= 4
  if (!fourSettled()) await store.until(fourSettled)
  store.release()
  await hookward.idle()
  expect(receiver.requests).toHaveLength(4)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled', held: { disabled: 5 } })
})

it('holds what is accepted after the verdict, before its commit is durable', async () => {
  const { hookward, store, receiver, register } = await world()
  await register()
  receiver.answer(404)
  const condemned = store.holdFrom(recordIn('broken.condemned'))
  await hookward.notifyComment(aComment())
  await condemned
  const late = hookward.notifyComment(aComment())
  store.release()
  await late
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  expect((await hookward.explain('bot')).held).toEqual({ disabled: 1 })
})

it('tells listeners, owners and callers nothing before it is durable', async () => {
  const { hookward, store, receiver, smtp, events, register } = await world()
  await register()
  receiver.answer(404)
  const condemned = store.holdFrom(recordIn('broken.condemned'))
  await hookward.notifyComment(aComment())
  await condemned
  const told: string[] = []
  const explained = hookward.explain('bot').then(({ state }) => told.push(state))
  const paused = hookward.integrations.disable('bot').then(({ state }) => told.push(state))
  await turns()
  expect([events, told, smtp.connections()]).toEqual([[], [], 0])
  store.release()
  await Promise.all([explained, paused])
  await hookward.idle()
  expect(told).toEqual(['disabled', 'disabled'])
  expect(smtp.mails).toHaveLength(2)
  expect(events.map(({ type }) => type)).toEqual([
    'degraded',
    'broken',
    'delivery.failed',
    'delivery.dead',
    'disabled',
    'notice.sent',
    'notice.sent',
  ])
})

it('rests in condemned until the verdict and its notice are durable', async () => {
  const { hookward, store, receiver, register } = await world()
  await register()
  receiver.answer(404)
  const condemned = store.holdFrom(recordIn('broken.condemned'))
  await hookward.notifyComment(aComment())
  await condemned
  await turns()
  expect(store.asked.filter(recordIn('disabled'))).toEqual([])
  store.release()
  await hookward.idle()
  expect(store.durable.filter(recordIn('disabled'))).toHaveLength(1)
})

it('opens a lane only when that is durable', async () => {
  const { hookward, store, receiver, register } = await world()
  await register()
  await hookward.integrations.pause('bot')
  await hookward.notifyComment(aComment())
  const opening = store.holdFrom(recordIn('healthy.steady'))
  const resumed = hookward.integrations.resume('bot')
  await opening
  await turns()
  expect(receiver.connections()).toBe(0)
  store.release()
  await resumed
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
})

it('sets the timer of the next verdict only when that is durable', async () => {
  const { hookward, store, receiver, clock, register } = await world({ policy: streak({ retriesMs: [] }) })
  await register()
  receiver.answer(500)
  const degraded = store.holdFrom(recordIn('degraded'))
  await hookward.notifyComment(aComment())
  await degraded
  clock.advanceBy(1_000_000)
  await turns()
  expect(store.asked.filter(recordIn('broken.condemned'))).toEqual([])
  store.release()
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled' })
})

it('sends a delivery only when it is durable', async () => {
  const { hookward, store, receiver, register } = await world()
  await register()
  const accepted = store.holdFrom(({ kind }) => kind === 'append')
  const emitted = hookward.notifyComment(aComment())
  await accepted
  await turns()
  expect(receiver.connections()).toBe(0)
  store.release()
  expect(await emitted).toMatchObject({ deliveries: 1 })
  await receiver.received(1)
})

async function world(options: Parameters<typeof startWorld>[0] = {}) {
  const store = tapped()
  return { store, ...(await startWorld({ policy, store, ...options })) }
}
