import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, it, onTestFinished } from 'vitest'
import type { AnyEvent } from '../../src/index.ts'
import { streak } from '../support/streak-policy.ts'
import { oneDayMs, startWorld } from '../support/world.ts'

const minuteMs = 60_000

it('publishes each event on the channel of its kind, for whoever watches the process', async () => {
  const heard = ['delivery', 'health', 'mail', 'engine'].map((name) => [name, channel(`hookward:${name}`)] as const)
  const { clock, comment, events, receiver, register } = await startWorld()
  await register()
  await comment()
  receiver.answer(404)
  for (let day = 0; day < 2; day += 1) {
    clock.advanceBy(oneDayMs)
    await comment()
  }
  const told = Object.fromEntries(heard.map(([name, all]) => [name, all.map(({ type }) => type)]))
  expect(told).toEqual({
    delivery: ['delivered', 'delivery.failed', 'delivery.dead', 'delivery.failed', 'delivery.dead'],
    health: ['degraded', 'broken', 'disabled'],
    mail: ['notice.sent', 'notice.sent'],
    engine: [],
  })
  expect(heard.flatMap(([, all]) => all).sort(byTime)).toEqual([...events].sort(byTime))
})

it('publishes nothing for one who has left', async () => {
  const heard = channel('hookward:delivery')
  const { comment, register } = await startWorld()
  await register()
  await comment()
  heard.leave()
  await comment()
  expect(heard).toHaveLength(1)
})

it('tells of each letter that left, that is tried again and that was given up', async () => {
  const { clock, events, hookward, register, smtp } = await startWorld()
  await register({ owners: [{ email: 'ada@acme.example' }] })
  const letters = () => events.filter(({ type }) => type.startsWith('notice.'))
  smtp.refuse(451, 'come again')
  await hookward.integrations.disable('bot')
  await hookward.idle()
  const about = { integration: 'bot', channel: 'mail', to: 'ada@acme.example' }
  const dueAt = clock.now() + minuteMs
  const error = expect.stringContaining('come again') as string
  expect(letters()).toMatchObject([{ type: 'notice.delayed', ...about, tries: 1, dueAt, error }])
  smtp.accept()
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(letters()[1]).toMatchObject({ type: 'notice.sent', ...about, tries: 2 })
  await hookward.integrations.enable('bot', { force: true, reason: 'so that it can be disabled again' })
  smtp.refuse(550, 'no such user')
  await hookward.integrations.disable('bot')
  await hookward.idle()
  expect(letters().slice(2)).toMatchObject([{ type: 'notice.failed', ...about }])
})

it('tells with an attempt how long it took, under the id that stands in the header, the log and the letter', async () => {
  const { comment, events, hookward, receiver, register, smtp } = await startWorld({ policy: streak() })
  await register({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
  receiver.answer(404)
  await comment()
  await hookward.integrations.disable('bot')
  await hookward.idle()
  const [failed] = events.filter(({ type }) => type === 'delivery.failed') as Extract<
    AnyEvent,
    { type: 'delivery.failed' }
  >[]
  const entries = await hookward.log('bot')
  const { id } = failed?.delivery ?? { id: 'none was told' }
  const own = entries.find(({ deliveryId }) => deliveryId === id)
  expect(own?.durationMs).toBe(failed?.durationMs)
  expect(receiver.requests[0]?.headers['webhook-id']).toBe(id)
  expect(smtp.mails[0]?.text).toContain(`delivery ${id}`)
})

it('tells in the overview when the next delivery that waits is due', async () => {
  const { clock, comment, hookward, receiver, register } = await startWorld({
    policy: streak({ retriesMs: [2 * minuteMs] }),
  })
  await register()
  const standing = async () => (await hookward.overview()).integrations[0]
  expect(await standing()).not.toHaveProperty('dueAt')
  receiver.answer(500)
  await comment()
  expect(await standing()).toMatchObject({ waiting: 1, dueAt: clock.now() + 2 * minuteMs })
})

/** What is published on a channel from now on. */
function channel(name: string) {
  const heard: AnyEvent[] & { leave: () => void } = Object.assign([] as AnyEvent[], { leave: () => undefined as void })
  const hear = (message: unknown) => void heard.push(message as AnyEvent)
  subscribe(name, hear)
  heard.leave = () => void unsubscribe(name, hear)
  onTestFinished(heard.leave)
  return heard
}

function byTime(a: AnyEvent, b: AnyEvent): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
}
