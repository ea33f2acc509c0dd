import { expect, it } from 'vitest'
import type { HealthContext } from '../../src/domain/health.ts'
import { explanation } from '../../src/policy/explanation.ts'

const at = Date.UTC(2024, 5, 1, 12)
const evidence = { rule: 'failing-days', summary: '1 of the last 7 days had errors and no success', facts: { days: 1 } }
const next = { to: 'healthy', at: at + 86_400_000, unless: 'another day fails' } as const
const outcome = { kind: 'rejected', status: 404, code: 'HTTP_404' } as const
const cause = { at, signal: 'delivery.failed', outcome, topic: 'issue.assigned', deliveryId: 'dlv_1' } as const

const nothing = { held: {}, dead: {} }
const context: HealthContext = {
  ...{ integrationId: 'bot', at, since: at, gate: 'open', epoch: 0, probationUntil: 0, resumeTo: null, walked: [] },
  policy: { name: 'sentry', version: 1, params: { windowDays: 7 }, memory: { days: [] } },
  verdict: { level: 'degraded', evidence, next, wouldChange: 'one success clears the day' },
  incident: { id: 'inc_1', startedAt: at, cause },
  probes: { failed: 0, ok: 0, dueAt: 0 },
}

it('says what happened, by which rule and numbers, and what comes next', () => {
  expect(explanation('degraded', context, { held: { broken: 2 }, dead: { refused: 1, exhausted: 2 } })).toEqual({
    ...{
      integration: 'bot',
      state: 'degraded',
      chartState: 'degraded',
      since: at,
      evidence,
      next,
      held: { broken: 2 },
      dead: { refused: 1, exhausted: 2 },
    },
    policy: { name: 'sentry', version: 1 },
    incident: context.incident,
    wouldChange: 'one success clears the day',
    whyNot: [],
    sentence:
      'bot is degraded since 2024-06-01T12:00:00.000Z: 1 of the last 7 days had errors and no success. ' +
      'It began at 2024-06-01T12:00:00.000Z with HTTP_404 to issue.assigned. 2 deliveries are held. 3 dead letters wait for a replay. ' +
      'It becomes healthy at 2024-06-02T12:00:00.000Z unless another day fails. ' +
      'What would change it: one success clears the day.',
  })
})

it('says it in one sentence when nothing is wrong', () => {
  const { next: _none, ...verdict } = context.verdict
  const well = { ...context, verdict: { ...verdict, level: 'healthy' }, incident: null } as const
  expect(explanation('healthy.steady', well, nothing).sentence).toBe(
    'bot is healthy since 2024-06-01T12:00:00.000Z: 1 of the last 7 days had errors and no success. ' +
      'What would change it: one success clears the day.',
  )
})

it.each([
  ['broken.holding', 'broken'],
  ['broken.condemned', 'broken'],
  ['healthy.probation', 'healthy'],
  ['paused', 'paused'],
] as const)('shows %s under its public name', (chartState, state) => {
  expect(explanation(chartState, context, nothing)).toMatchObject({ chartState, state })
})

it.each(['disabled', 'paused'] as const)('foretells nothing while it is %s', (state) => {
  const explained = explanation(state, context, nothing)
  expect(explained).not.toHaveProperty('next')
  expect(explained.sentence).not.toContain('It becomes')
})

it('says that a pause ends by hand only', () => {
  expect(explanation('paused', context, nothing).wouldChange).toBe('resuming it by hand')
})

it('counts one held delivery as one, and one dead letter', () => {
  expect(explanation('paused', context, { held: { paused: 1 }, dead: { refused: 1 } }).sentence).toContain(
    '1 delivery is held. 1 dead letter waits for a replay.',
  )
})

it.each([
  [{ at, signal: 'admin.disable', by: 'ada', reason: 'noisy' }, 'with admin.disable by ada: noisy.'],
  [{ at, signal: 'admin.disable', by: 'ada' }, 'with admin.disable by ada: no reason given.'],
  [{ at, signal: 'timer.due' }, 'with timer.due.'],
  [{ at, signal: 'probe.failed', outcome }, 'with HTTP_404 to a delivery.'],
] as const)('names the first cause: %j', (first, text) => {
  const told = explanation('degraded', { ...context, incident: { id: 'inc_1', startedAt: at, cause: first } }, nothing)
  expect(told.sentence).toContain(text)
})

it('says what is missing for each worse level, and the next of them in its sentence', () => {
  const because = '1 of 7 days failed, and it takes all'
  const whyNot = () => [{ level: 'disabled', because }] as const
  const told = explanation('degraded', context, nothing, { policy: { whyNot } })
  expect(told.whyNot).toEqual(whyNot())
  expect(told.sentence).toContain(`It is not disabled: ${because}. What would change it`)
  expect(explanation('paused', context, nothing, { policy: { whyNot } }).whyNot).toEqual([])
})

it('says since when it is broken, however often it was probed meanwhile, and when it is probed next', () => {
  const incident = { id: 'inc_1', startedAt: at, cause, brokenAt: at + 60_000 }
  const broken = { ...context, since: at + 600_000, incident, probes: { failed: 3, ok: 0, dueAt: at + 900_000 } }
  const told = explanation('broken.holding', broken, nothing)
  expect(told).toMatchObject({ since: at + 60_000, probeAt: at + 900_000 })
  expect(told.sentence).toContain('It is probed next at 2024-06-01T12:15:00.000Z.')
  expect(explanation('broken.probing', broken, nothing)).not.toHaveProperty('probeAt')
})
