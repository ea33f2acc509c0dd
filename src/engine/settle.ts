import { stateAfter, type Attempt, type LogEntry, type Next, type PendingDelivery } from '../domain/delivery.ts'
import type { Signal } from '../domain/health.ts'
import type { IntegrationStatus } from '../domain/integration.ts'
import type { Outcome, OutcomeFacts } from '../domain/outcome.ts'
import { isLifecycle } from '../domain/topic.ts'
import type { Writable } from '../domain/writable.ts'
import type { Started, View } from '../machines/index.ts'
import { retryDelayMs } from '../policy/backoff.ts'
import { countsForHealth, ruleFor, type OutcomeRule, type Patience, type Policy } from '../policy/health/policy.ts'
import { retryAfterMs } from '../policy/outcome.ts'

/** What an ended attempt means, before the chart has spoken. */
export interface Settlement {
  readonly rule: OutcomeRule
  /** Where the delivery goes while its lane is open. */
  readonly next: Next
  /** What health hears of it, if anything. */
  readonly signal?: Signal
  /** The receiver asked to wait: until then its whole lane rests. */
  readonly restUntil?: number
}

/** What is judged of an attempt that was started. */
export type Tried = Pick<Started, 'attempts' | 'unspent' | 'isProbe'> & {
  readonly delivery: Pick<Started['delivery'], 'id' | 'topic' | 'acceptedAt'>
}

/** What is judged of how it ended. */
export interface Ended {
  readonly at: number
  readonly outcome: OutcomeFacts & Pick<Outcome, 'headers'>
}

/** What only the caller can know. */
export interface Circumstances {
  readonly status: IntegrationStatus
  /** From 0 to 1: jitter. */
  readonly chance: number
  /** When the lane has rested, should this be our own trouble. */
  readonly restedAt: number
  /** Nothing else is held that might still succeed, should this be a probe. @default false */
  readonly isLast?: boolean
  /** What waiting costs, should the receiver have asked for it. @default an attempt */
  readonly patience?: Patience | undefined
}

/** Judges one ended attempt by the policy: pure, shared by every runtime. */
export function settle(policy: Policy, started: Tried, attempt: Ended, known: Circumstances): Settlement {
  const rule = ruleFor(policy, attempt.outcome)
  const next = nextOf(policy, rule, started, attempt, known)
  const signal = signalOf(policy, rule, started, attempt, known, next === 'dead')
  const settlement = signal === undefined ? { rule, next } : { rule, next, signal }
  return rule.settles === 'wait' ? { ...settlement, restUntil: attempt.at + askedMs(attempt, known) } : settlement
}

/** What waiting costs an integration that stands so, where the receiver asked for it. */
export function patienceOf(
  policy: Policy,
  { context }: Pick<View, 'context'>,
  { at, outcome }: Pick<Ended, 'at'> & { readonly outcome: OutcomeFacts },
): Pick<Circumstances, 'patience'> {
  if (policy.patience === undefined || ruleFor(policy, outcome).settles !== 'wait') return {}
  return { patience: policy.patience(context.policy.memory, at) }
}

/** Which attempt of its delivery it was, counted from 1: those that were not spent are counted, too. */
export function tryOf({ attempts, unspent = 0 }: Pick<Started, 'attempts' | 'unspent'>): number {
  return attempts + unspent + 1
}

function nextOf(policy: Policy, rule: OutcomeRule, started: Tried, attempt: Ended, known: Circumstances): Next {
  const { at } = attempt
  if (rule.settles === 'later') return afterRest(started, known.restedAt)
  if (started.isProbe && rule.settles !== 'delivered') return { hold: 'broken', attempts: started.attempts }
  if (rule.settles === 'wait') return afterWait(policy, started, attempt, known)
  if (rule.settles !== 'retry') return rule.settles
  const attempts = started.attempts + 1
  const delayMs = retryDelayMs(policy.schedule, attempts, known.chance)
  if (delayMs === undefined || attempts >= (rule.attemptsMax ?? Infinity)) return 'dead'
  return { attempts, dueAt: at + Math.max(delayMs, rule.waitMsMin ?? 0) }
}

/** Not before the receiver asked for, nor before the schedule; while there is patience no attempt is spent. */
function afterWait(policy: Policy, { attempts, unspent = 0 }: Tried, attempt: Ended, known: Circumstances): Next {
  const spends = known.patience?.spends ?? true
  const delayMs = retryDelayMs(policy.schedule, attempts + 1, known.chance)
  if (spends && delayMs === undefined) return 'dead'
  const dueAt = attempt.at + Math.max(delayMs ?? 0, askedMs(attempt, known))
  return spends ? { attempts: attempts + 1, dueAt } : { attempts, dueAt, unspent: unspent + 1 }
}

/** How long the receiver asks to be left alone, or how long it is to be because it has asked so often. */
function askedMs({ at, outcome }: Ended, { patience }: Circumstances): number {
  return Math.max(retryAfterMs(outcome.headers['retry-after'], at) ?? 0, patience?.waitMs ?? 0)
}

/** Our own trouble spends no attempt. */
function afterRest({ attempts, isProbe }: Tried, dueAt: number): Next {
  return isProbe ? { hold: 'broken', attempts } : { attempts, dueAt }
}

function signalOf(
  policy: Policy,
  rule: OutcomeRule,
  started: Tried,
  attempt: Ended,
  known: Circumstances,
  final: boolean,
): Signal | undefined {
  const { delivery, isProbe } = started
  const { at } = attempt
  const { status } = known
  if (rule.settles === 'later' || isLifecycle(delivery.topic)) return undefined
  if (isProbe && rule.counts !== 'disable') {
    const type = rule.counts === 'ok' ? 'probe.ok' : 'probe.failed'
    return { type, ...countedOf(rule, started, attempt, known, final), isLast: known.isLast === true }
  }
  // A probe counts whatever its topic: without a signal the chart would wait for it for ever.
  if (rule.counts === 'none' || !(isProbe || countsForHealth(policy, delivery.topic))) return undefined
  if (rule.counts === 'ok') return { type: 'delivery.ok', n: 1, firstAt: at, lastAt: at, at, status }
  const type = rule.counts === 'disable' ? 'receiver.disable' : 'delivery.failed'
  return { type, ...countedOf(rule, started, attempt, known, final) }
}

function countedOf(
  rule: OutcomeRule,
  started: Tried,
  attempt: Ended,
  known: Circumstances,
  final: boolean,
): Omit<Extract<Signal, { type: 'delivery.failed' }>, 'type'> {
  const { id: deliveryId, topic, acceptedAt } = started.delivery
  const { status, chance } = known
  const { at, outcome } = attempt
  const which = tryOf(started)
  const counted = {
    at,
    status,
    topic,
    deliveryId,
    acceptedAt,
    outcome: factsOf(outcome),
    attempt: which,
    final,
    chance,
  }
  return rule.settles === 'wait' ? { ...counted, notBefore: at + askedMs(attempt, known) } : counted
}

/** The part of an outcome that may travel up. */
export function factsOf({ kind, status, code, asks }: OutcomeFacts): OutcomeFacts {
  return asks === undefined ? { kind, status, code } : { kind, status, code, asks }
}

/** The request log's line for an attempt (spec 10.3 to 10.5); bodies are kept for failures only. */
export function logEntryOf(started: Started, attempt: Attempt, next: Next): LogEntry {
  const { outcome, requestId, url, at } = attempt
  const { id: deliveryId, integrationId, eventId, topic, organization, subject, replays } = started.delivery
  const { durationMs, phase, status } = outcome
  // One literal: of every delivery there is one, and an object that grows part by part costs several times as much.
  const entry: Writable<LogEntry> = {
    at,
    integrationId,
    deliveryId,
    eventId,
    topic,
    organization,
    attempt: tryOf(started),
    requestId,
    outcome: factsOf(outcome),
    responseCode: status,
    webhookUrl: url,
    durationMs,
    phase,
    became: stateAfter(next),
  }
  if (subject !== undefined) entry.subject = subject
  if (replays !== undefined) entry.replays = replays
  if (outcome.phasesMs !== undefined) entry.phasesMs = phasesOf(outcome.phasesMs)
  if (outcome.headers['sentry-hook-error'] !== undefined) Object.assign(entry, receiverError(outcome))
  if (status >= 400 || status === 0) Object.assign(entry, failureParts(attempt))
  return entry
}

/** The request log's line for a delivery that ends without another attempt. */
export function unsentEntryOf(
  waiting: Pick<PendingDelivery, 'delivery' | 'attempts' | 'unspent'>,
  code: string,
  next: Next,
  url: string,
  at: number,
): LogEntry {
  const { id: deliveryId, integrationId, eventId, topic, organization, subject, replays } = waiting.delivery
  return {
    at,
    integrationId,
    deliveryId,
    eventId,
    topic,
    organization,
    ...(subject === undefined ? {} : { subject }),
    ...(replays === undefined ? {} : { replays }),
    attempt: tryOf(waiting) - 1,
    outcome: { kind: 'local', status: 0, code },
    responseCode: 0,
    webhookUrl: url,
    became: stateAfter(next),
  }
}

function failureParts({ headers, body, outcome }: Attempt): Partial<LogEntry> {
  const answered = outcome.status === 0 ? {} : { responseBody: outcome.body }
  return { requestHeaders: headers, requestBody: Buffer.from(body).toString('utf8'), ...answered }
}

/** Only what belongs there, whatever else a transport of the host's may say. */
function phasesOf({ dns, connect, tls, send, head, body }: NonNullable<Outcome['phasesMs']>) {
  return { dns, connect, tls, send, head, body }
}

/** Both headers or neither, and the project in digits (spec 10.3). */
function receiverError({ headers }: Outcome): Partial<LogEntry> {
  const errorId = headers['sentry-hook-error']
  const projectId = headers['sentry-hook-project']
  if (errorId === undefined || projectId === undefined || !/^\d+$/.test(projectId)) return {}
  return { errorId, projectId }
}
