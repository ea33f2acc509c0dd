import { expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { aboutHealth, aComment, startWorld, turns, type World } from '../support/world.ts'
import { aWire } from './wire.ts'

/** The first 4xx disables. */
const rule = { windowDays: 1, retriesMs: [] }

it('disables once when two hundred deliveries fail at the moment the rule becomes true', async () => {
  const { hookward, receiver, smtp, events, register } = await startWorld({
    policy: sentry({ ...rule, inFlightMax: 16 }),
  })
  await register()
  receiver.answer('hang')
  const emitted = Promise.all(Array.from({ length: 200 }, () => hookward.notifyComment(aComment())))
  await receiver.received(16)
  receiver.answer(404)
  receiver.release(404)
  expect((await emitted).reduce((sum, { deliveries }) => sum + deliveries, 0)).toBe(200)
  await hookward.idle()
  expect(count(events, 'disabled')).toBe(1)
  expect(aboutHealth(await hookward.audit('bot'))).toHaveLength(1)
  expect((await hookward.notices('bot')).map(({ letters }) => letters.length)).toEqual([2])
  expect(smtp.mails.flatMap(({ to }) => to).sort()).toEqual(['ada@acme.example', 'grace@acme.example'])
  const { held } = await hookward.explain('bot')
  expect(count(events, 'delivery.dead') + (held.disabled ?? 0)).toBe(200)
  expect(receiver.requests).toHaveLength(count(events, 'delivery.dead'))
})

it('starts no attempt after the verdict, at whichever integration of an origin', async () => {
  const transport = aWire()
  const { hookward, receiver, register } = await startWorld({ policy: sentry(rule), transport })
  const slugs = ['one', 'two', 'three', 'four', 'five', 'six']
  for (const slug of slugs) await register({ slug, url: `${receiver.url}/${slug}` })
  await Promise.all(Array.from({ length: 10 }, () => hookward.notifyComment(aComment())))
  await turns()
  expect(transport.started).toHaveLength(16)
  transport.answer(404)
  await hookward.idle()
  const explained = await Promise.all(slugs.map((slug) => hookward.explain(slug)))
  const held = explained.reduce((sum, explanation) => sum + (explanation.held.disabled ?? 0), 0)
  expect(held + transport.started.length).toBe(60)
  for (const slug of slugs)
    expect(transport.started.filter(({ url }) => url.endsWith(slug)).length).toBeLessThanOrEqual(4)
})

function count(events: World['events'], type: string): number {
  return events.filter((event) => event.type === type).length
}
