import type { LedgerCounts } from '../domain/ledger.ts'
import type { Policy } from './health/policy.ts'
import type { Cause, ChartState, Evidence, Explanation, HealthContext, HealthState } from '../domain/health.ts'

/** What an explanation may be made from besides. */
export interface ExplanationParts {
  /** Its actor is not to be woken. */
  readonly quarantine?: { readonly since: number; readonly evidence: Evidence } | undefined
  /** Says why not. */
  readonly policy?: Pick<Policy, 'whyNot'>
  /** Our own side is down since then. */
  readonly frozenAt?: number | undefined
}

/** The verdict on one integration as data, from its record and the ledger's counts. */
export function explanation(
  chartState: ChartState,
  context: HealthContext,
  ledger: LedgerCounts,
  { quarantine, policy, frozenAt }: ExplanationParts = {},
): Explanation {
  const { integrationId, incident, verdict } = context
  const { name, version } = context.policy
  const state = quarantine === undefined ? (chartState.split('.')[0] as HealthState) : 'quarantined'
  // While it is broken, each probe enters a state of its own: it is broken since it broke.
  const brokenAt = state === 'broken' ? incident?.brokenAt : undefined
  const { evidence, since } = quarantine ?? { evidence: verdict.evidence, since: brokenAt ?? context.since }
  const { next } = verdict
  const facts = { integration: integrationId, state, chartState, since, policy: { name, version }, evidence, incident }
  const isStill = state === 'disabled' || state === 'paused' || state === 'quarantined'
  const forecast = next === undefined || isStill ? {} : { next }
  const explained = {
    ...facts,
    ...forecast,
    ...(chartState === 'broken.holding' && !isStill ? { probeAt: context.probes.dueAt } : {}),
    wouldChange: byHandAlone[state] ?? verdict.wouldChange,
    whyNot: isStill ? [] : (policy?.whyNot?.(context.policy.memory, context.at) ?? []),
    held: ledger.held,
    dead: ledger.dead,
    ...(frozenAt === undefined ? {} : { frozenAt }),
  }
  return { ...explained, sentence: sentenceOf(explained) }
}

const byHandAlone: Readonly<Partial<Record<HealthState, string>>> = {
  paused: 'resuming it by hand',
  quarantined: 'enabling it by hand, or another start of the engine',
}

function sentenceOf(explained: Omit<Explanation, 'sentence'>): string {
  const { integration, state, since, evidence, incident, next, probeAt, whyNot, frozenAt, wouldChange } = explained
  const [worse] = whyNot
  const [held, dead] = [sumOf(explained.held), sumOf(explained.dead)]
  return [
    `${integration} is ${state} since ${timeText(since)}${state === 'paused' ? ', by hand; before that' : ''}: ${evidence.summary}.`,
    incident === null ? '' : `It began at ${timeText(incident.startedAt)} with ${causeText(incident.cause)}.`,
    held === 0 ? '' : `${held} ${held === 1 ? 'delivery is' : 'deliveries are'} held.`,
    dead === 0 ? '' : `${dead} dead ${dead === 1 ? 'letter waits' : 'letters wait'} for a replay.`,
    frozenAt === undefined
      ? ''
      : `Our own side is down since ${timeText(frozenAt)}: nothing is judged, no time counts.`,
    next === undefined ? '' : `It becomes ${next.to} at ${timeText(next.at)} unless ${next.unless}.`,
    probeAt === undefined ? '' : `It is probed next at ${timeText(probeAt)}.`,
    worse === undefined ? '' : `It is not ${worse.level}: ${worse.because}.`,
    `What would change it: ${wouldChange}.`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0)
}

function causeText({ signal, outcome, topic, by, reason }: Cause): string {
  if (outcome !== undefined) return `${outcome.code} to ${topic ?? 'a delivery'}`
  return by === undefined ? signal : `${signal} by ${by}: ${reason ?? 'no reason given'}`
}

function timeText(at: number): string {
  return new Date(at).toISOString()
}
