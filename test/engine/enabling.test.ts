import { expect, it } from 'vitest'
import { oneDayMs, startWorld, type World } from '../support/world.ts'

it('is off as a state with a reason and a moment, and keeps its topics: unlike one that hears nothing', async () => {
  const world = await disabled()
  await world.register({ slug: 'deaf', topics: [] })
  const { hookward, clock } = world
  expect(hookward.integrations.get('bot').topics).toEqual(['issue', 'comment'])
  expect(await hookward.explain('bot')).toMatchObject({
    ...{ state: 'disabled', since: clock.now() },
    evidence: { rule: 'failing-days', facts: { failingDays: 2 } },
    incident: { startedAt: clock.now() - oneDayMs, cause: { outcome: { code: 'HTTP_404' } } },
  })
  expect(await hookward.explain('deaf')).toMatchObject({ state: 'healthy', incident: null })
})

it('counts from zero once it is enabled: what failed before weighs nothing any more', async () => {
  const { hookward, comment, events } = await disabled()
  expect(await hookward.integrations.enable('bot', { by: 'ada', reason: 'mended' })).toMatchObject({
    ...{ state: 'healthy', incident: null },
    evidence: { facts: { days: [] } },
  })
  await comment()
  expect(await hookward.explain('bot')).toMatchObject({
    state: 'degraded',
    evidence: { facts: { days: [{ error: 1 }], failingDays: 1 } },
  })
  expect(events.filter(({ type }) => type === 'disabled')).toHaveLength(1)
})

it('is sent no event of any kind while it is off, alerts of the host included', async () => {
  const { hookward, receiver, register } = await disabled()
  await register({ topics: ['comment', 'error', 'event_alert', 'metric_alert', 'invoice'] })
  const before = receiver.requests.length
  const topics = ['error.created', 'event_alert.triggered', 'metric_alert.critical', 'invoice.paid']
  for (const topic of topics) await hookward.emit({ topic, organization: 'acme', data: {} })
  await hookward.idle()
  expect(receiver.requests).toHaveLength(before)
  expect((await hookward.explain('bot')).held).toEqual({ disabled: topics.length })
})

/** Two days in a row failed: the rule has switched it off. */
async function disabled(): Promise<World> {
  const world = await startWorld()
  await world.register()
  world.receiver.answer(404)
  await world.comment()
  world.clock.advanceBy(oneDayMs)
  await world.comment()
  return world
}
