import { HookwardError } from '../../domain/errors.ts'
import type { Evidence, Level, Verdict } from '../../domain/health.ts'
import type { OutcomeKind } from '../../domain/outcome.ts'
import type { Topic } from '../../domain/topic.ts'
import { dayOf, dayText, isTimeZone, startOfDay, type Day } from './calendar.ts'
import type { CountedSignal, OutcomeRule, OutcomeTable, Policy } from './policy.ts'

/** The numbers of the documents' rule; each default is the documents' own (spec 6.12, 8 and 12). */
export interface SentryParams {
  /** This many timeouts on one calendar day disable. @default 1000 */
  readonly timeoutsPerDay?: number
  /** Days in the window; a failing day on each of them disables. @default 7 */
  readonly windowDays?: number
  /** Whose calendar days. @default 'UTC' */
  readonly timeZone?: string
  /** Delays between attempts. @default [300_000, 300_000, 300_000] */
  readonly retriesMs?: readonly number[]
  /** One deadline over a whole attempt. @default 1_000 */
  readonly deadlineMs?: number
  /** Attempts in flight at once for one integration. @default 4 */
  readonly inFlightMax?: number
  /** Topics and resources that never count. @default ['event_alert', 'metric_alert', 'activity_alert'] */
  readonly ignoreTopics?: readonly Topic[]
}

/** One calendar day's counters. */
type DayCount = { readonly day: Day; readonly success: number; readonly error: number; readonly timeout: number }

/** Newest day first, never more than the window; `failed`: the last signal was a failure. */
export type SentryMemory = { readonly days: readonly DayCount[]; readonly failed: boolean }

type Label = 'timeout' | 'error' | 'none'
type Numbers = Required<SentryParams>

const timeoutKinds: readonly OutcomeKind[] = ['timeout', 'unreachable', 'protocol']

/**
 * The documents' rule, exactly: counters per calendar day, every attempt counts, and an integration is disabled when
 * one day of the window has `timeoutsPerDay` timeouts, or each of its days had errors and no success.
 * Judges internal integrations only. 5xx, 429 and redirects count nowhere. The check runs on failures only.
 * @throws HookwardError `POLICY_INVALID` when a number is impossible.
 */
export function sentry(params: SentryParams = {}): Policy<SentryMemory> {
  const numbers = checked(params)
  return {
    name: 'sentry',
    version: 1,
    params: { ...numbers },
    outcomes,
    schedule: { retriesMs: numbers.retriesMs, jitter: 0, probesMs: [300_000], probesToRecover: 1, probationMs: 0 },
    lane: { inFlightMax: numbers.inFlightMax },
    deadlineMs: numbers.deadlineMs,
    ignoreTopics: numbers.ignoreTopics,
    empty: () => ({ days: [], failed: false }),
    observe: (memory, signal) => (signal.status === 'internal' ? observed(memory, signal, numbers) : memory),
    judge: (memory, at) => judged(memory, at, numbers),
    foldable: (memory) => memory.days.every((count) => labelOf(count, numbers) === 'none'),
    bucketOf: (at) => dayOf(at, numbers.timeZone),
    migrate: () => null,
  }
}

const good: OutcomeRule = { settles: 'delivered', counts: 'ok' }
const refused: OutcomeRule = { settles: 'dead', counts: 'failed' }
const unanswered: OutcomeRule = { settles: 'retry', counts: 'failed' }

/** Spec section 7, the documents' era. A redirect is not followed and taken as delivered. */
const outcomes: OutcomeTable = {
  kinds: {
    ok: good,
    redirect: { settles: 'delivered', counts: 'none' },
    gone: refused,
    rejected: refused,
    throttled: { settles: 'dead', counts: 'none' },
    server: { settles: 'retry', counts: 'none' },
    timeout: unanswered,
    unreachable: unanswered,
    protocol: unanswered,
    blocked: { settles: 'dead', counts: 'none' },
    local: { settles: 'later', counts: 'none' },
  },
  statuses: { 503: { settles: 'retry', counts: 'none' } },
}

function observed(memory: SentryMemory, signal: CountedSignal, numbers: Numbers): SentryMemory {
  const today = dayOf(signal.at, numbers.timeZone)
  const before = memory.days.find((count) => count.day === today) ?? { day: today, success: 0, error: 0, timeout: 0 }
  const others = memory.days.filter((count) => count.day !== today)
  const newest = Math.max(today, ...others.map((count) => count.day))
  const days = [...others, counted(before, signal)]
    .filter((count) => count.day > newest - numbers.windowDays)
    .sort((a, b) => b.day - a.day)
  return { days, failed: !isSuccess(signal) }
}

function counted(count: DayCount, signal: CountedSignal): DayCount {
  if (signal.type === 'delivery.ok') return { ...count, success: count.success + signal.n }
  if (signal.type === 'probe.ok') return { ...count, success: count.success + 1 }
  if (timeoutKinds.includes(signal.outcome.kind)) return { ...count, timeout: count.timeout + 1 }
  return { ...count, error: count.error + 1 }
}

function isSuccess(signal: CountedSignal): boolean {
  return signal.type === 'delivery.ok' || signal.type === 'probe.ok'
}

/** Each day gets at most one label, the timeouts first (spec 8.4). The fatal label belongs to chat integrations only. */
function labelOf(count: DayCount, numbers: Numbers): Label {
  if (count.timeout >= numbers.timeoutsPerDay) return 'timeout'
  return count.error > 0 && count.success === 0 ? 'error' : 'none'
}

function judged(memory: SentryMemory, at: number, numbers: Numbers): Verdict {
  const today = dayOf(at, numbers.timeZone)
  const window = memory.days.filter((count) => count.day <= today && count.day > today - numbers.windowDays)
  const failing = window.filter((count) => labelOf(count, numbers) === 'error')
  const timedOut = window.find((count) => labelOf(count, numbers) === 'timeout')
  const isBroken = memory.failed && (timedOut !== undefined || failing.length >= numbers.windowDays)
  const level: Level = isBroken ? 'disabled' : failing.length > 0 || timedOut !== undefined ? 'degraded' : 'healthy'
  const evidence = evidenceOf(level, window, failing, timedOut, numbers)
  const newest = window.find((count) => labelOf(count, numbers) !== 'none')
  if (level !== 'degraded' || newest === undefined) return { level, evidence, wouldChange: change[level] }
  const leavesAt = startOfDay(newest.day + numbers.windowDays, numbers.timeZone)
  return {
    level,
    evidence,
    next: { to: 'healthy', at: leavesAt, unless: 'another day passes with errors and no success' },
    wouldChange: change.degraded,
  }
}

const change: Readonly<Record<Level, string>> = {
  healthy: 'a day with errors and no success makes it degraded; enough timeouts on one day disable it',
  degraded: 'one success on a failing day clears that day; a failing day on every day of the window disables it',
  broken: 'it passes on to disabled at once',
  disabled: 'only enabling it by hand; counting then starts from zero',
}

function evidenceOf(
  level: Level,
  window: readonly DayCount[],
  failing: readonly DayCount[],
  timedOut: DayCount | undefined,
  numbers: Numbers,
): Evidence {
  const days = window.map((count) => ({ ...count, day: dayText(count.day), label: labelOf(count, numbers) }))
  const { windowDays, timeoutsPerDay, timeZone } = numbers
  const facts = { windowDays, timeoutsPerDay, timeZone, days }
  if (timedOut !== undefined) {
    const summary = `${timedOut.timeout} attempts timed out on ${dayText(timedOut.day)}; the limit is ${timeoutsPerDay} a day`
    return { rule: 'timeouts-in-a-day', summary, facts }
  }
  if (level === 'healthy')
    return { rule: 'no-failing-day', summary: `none of the last ${windowDays} days had errors and no success`, facts }
  const which = level === 'disabled' ? `each of the last ${windowDays}` : `${failing.length} of the last ${windowDays}`
  return { rule: 'failing-days', summary: `${which} days had errors and no success`, facts }
}

function checked(params: SentryParams): Numbers {
  const numbers: Numbers = {
    timeoutsPerDay: params.timeoutsPerDay ?? 1_000,
    windowDays: params.windowDays ?? 7,
    timeZone: params.timeZone ?? 'UTC',
    retriesMs: params.retriesMs ?? [300_000, 300_000, 300_000],
    deadlineMs: params.deadlineMs ?? 1_000,
    inFlightMax: params.inFlightMax ?? 4,
    ignoreTopics: params.ignoreTopics ?? ['event_alert', 'metric_alert', 'activity_alert'],
  }
  const unknown = Object.keys(params).find((name) => !(name in numbers))
  if (unknown !== undefined) throw invalid(`sentry has no parameter ${unknown}`)
  wholeNumber('timeoutsPerDay', numbers.timeoutsPerDay, 1, 1_000_000_000)
  wholeNumber('windowDays', numbers.windowDays, 1, 31)
  wholeNumber('deadlineMs', numbers.deadlineMs, 1, 60_000)
  wholeNumber('inFlightMax', numbers.inFlightMax, 1, 512)
  if (numbers.retriesMs.length > 20) throw invalid('retriesMs lists more than 20 delays')
  numbers.retriesMs.forEach((delayMs, i) => wholeNumber(`retriesMs[${i}]`, delayMs, 0, 30 * 86_400_000))
  if (!isTimeZone(numbers.timeZone)) throw invalid(`timeZone ${numbers.timeZone} is not known here`)
  return numbers
}

function wholeNumber(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw invalid(`${name} is ${value}, not a whole number from ${least} to ${most}`)
}

function invalid(fact: string): HookwardError {
  return new HookwardError('POLICY_INVALID', fact)
}
