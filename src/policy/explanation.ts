import type { HoldReason } from '../domain/delivery.ts'
import type { Cause, ChartState, Explanation, HealthContext, HealthState } from '../domain/health.ts'

/** The verdict on one integration as data, from its record and the ledger's counts. */
export function explanation(
  chartState: ChartState,
  context: HealthContext,
  held: Readonly<Partial<Record<HoldReason, number>>>,
): Explanation {
  const { integrationId, since, incident, verdict } = context
  const { name, version } = context.policy
  const state = chartState.split('.')[0] as HealthState
  const { evidence, next, wouldChange } = verdict
  const facts = { integration: integrationId, state, chartState, since, policy: { name, version }, evidence, incident }
  const forecast = next === undefined || state === 'disabled' || state === 'paused' ? {} : { next }
  const explained = {
    ...facts,
    ...forecast,
    wouldChange: state === 'paused' ? 'resuming it by hand' : wouldChange,
    held,
  }
  return { ...explained, sentence: sentenceOf(explained) }
}

function sentenceOf(explained: Omit<Explanation, 'sentence'>): string {
  const { integration, state, since, evidence, incident, next, held, wouldChange } = explained
  const waiting = Object.values(held).reduce((sum, n) => sum + n, 0)
  return [
    `${integration} is ${state} since ${timeText(since)}: ${evidence.summary}.`,
    incident === null ? '' : `It began at ${timeText(incident.startedAt)} with ${causeText(incident.cause)}.`,
    waiting === 0 ? '' : `${waiting} ${waiting === 1 ? 'delivery is' : 'deliveries are'} held.`,
    next === undefined ? '' : `It becomes ${next.to} at ${timeText(next.at)} unless ${next.unless}.`,
    `What would change it: ${wouldChange}.`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function causeText({ signal, outcome, topic, by, reason }: Cause): string {
  if (outcome !== undefined) return `${outcome.code} to ${topic ?? 'a delivery'}`
  return by === undefined ? signal : `${signal} by ${by}: ${reason ?? 'no reason given'}`
}

function timeText(at: number): string {
  return new Date(at).toISOString()
}
