import type { Evidence, Level, Verdict, WhyNot } from '../../domain/health.ts'
import type { OutcomeKind } from '../../domain/outcome.ts'
import { dayOf, dayText, startOfDay, type Day } from './calendar.ts'
import type { CountedSignal, OutcomeRule, OutcomeTable, Policy } from './policy.ts'
import { checked, type Numbers, type SentryParams } from './sentry-params.ts'

/** One calendar day's counters, as stored: short, because each record holds one for each day of the window. */
type DayRow = readonly [day: Day, success: number, error: number, timeout: number]
type DayCount = { readonly day: Day; readonly success: number; readonly error: number; readonly timeout: number }

/** Newest day first, never more than the window; `failed`: the last signal that counted was a failure. */
export type SentryMemory = { readonly days: readonly DayRow[]; readonly failed: boolean }

type Label = 'timeout' | 'error' | 'none'

/** What of the window the rule looks at. */
interface Findings {
  readonly window: readonly DayCount[]
  readonly failing: readonly DayCount[]
  readonly timedOut: DayCount | undefined
}

/**
 * The documents' rule, exactly: counters per calendar day, every attempt counts, and an integration is disabled when
 * one day of the window has `timeoutsPerDay` timeouts, or each of its days had errors and no success.
 * Judges internal integrations only. 5xx, 429 and redirects count nowhere. The check runs on failures only.
 * @throws HookwardError `POLICY_INVALID` when a number is impossible.
 * @example
 * createHookward({ policy: sentry({ timeoutsPerDay: 3, timeZone: 'Europe/Vienna' }), ...rest })
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
    whyNot: (memory, at) => whyNot(memory, at, numbers),
    foldable: (memory) => countsOf(memory).every((count) => labelOf(count, numbers) === 'none'),
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
  // With a Retry-After it is `throttled` elsewhere; the documents look at the status alone.
  statuses: { 503: { settles: 'retry', counts: 'none' } },
}

/** Successes are no outcome; of the failures, those that the table counts, one counter each. */
const counters: Readonly<Partial<Record<OutcomeKind, 'error' | 'timeout'>>> = {
  gone: 'error',
  rejected: 'error',
  timeout: 'timeout',
  unreachable: 'timeout',
  protocol: 'timeout',
}

function observed(memory: SentryMemory, signal: CountedSignal, numbers: Numbers): SentryMemory {
  const counter = isSuccess(signal) ? 'success' : counters[signal.outcome.kind]
  if (counter === undefined) return memory
  const today = dayOf(signal.at, numbers.timeZone)
  const counts = countsOf(memory)
  const before = counts.find(({ day }) => day === today) ?? { day: today, success: 0, error: 0, timeout: 0 }
  const now = { ...before, [counter]: before[counter] + (signal.type === 'delivery.ok' ? signal.n : 1) }
  const days = [now, ...counts.filter(({ day }) => day !== today)].sort((a, b) => b.day - a.day)
  // A day that has not come yet was counted by a clock that ran ahead: it must not push the real ones out.
  const isInWindow = ({ day }: DayCount) => day <= today && day > today - numbers.windowDays
  return { days: days.filter(isInWindow).map(rowOf), failed: counter !== 'success' }
}

function countsOf({ days }: SentryMemory): readonly DayCount[] {
  return days.map(([day, success, error, timeout]) => ({ day, success, error, timeout }))
}

function rowOf({ day, success, error, timeout }: DayCount): DayRow {
  return [day, success, error, timeout]
}

function isSuccess(signal: CountedSignal): signal is Extract<CountedSignal, { type: 'delivery.ok' | 'probe.ok' }> {
  return signal.type === 'delivery.ok' || signal.type === 'probe.ok'
}

/** Each day gets at most one label, the timeouts first (spec 8.4). The fatal label belongs to chat integrations only. */
function labelOf(count: DayCount, numbers: Numbers): Label {
  if (count.timeout >= numbers.timeoutsPerDay) return 'timeout'
  return count.error > 0 && count.success === 0 ? 'error' : 'none'
}

function judged(memory: SentryMemory, at: number, numbers: Numbers): Verdict {
  const found = findingsOf(memory, dayOf(at, numbers.timeZone), numbers)
  const level = levelOf(memory, found, numbers)
  const verdict = { level, evidence: evidenceOf(level, found, numbers), wouldChange: change[level] }
  return level === 'degraded' ? { ...verdict, next: forecast(found, numbers) } : verdict
}

function findingsOf(memory: SentryMemory, today: Day, numbers: Numbers): Findings {
  const window = countsOf(memory).filter(({ day }) => day <= today && day > today - numbers.windowDays)
  const labelled = (label: Label) => window.filter((count) => labelOf(count, numbers) === label)
  return { window, failing: labelled('error'), timedOut: labelled('timeout')[0] }
}

function levelOf({ failed }: SentryMemory, { failing, timedOut }: Findings, { windowDays }: Numbers): Level {
  if (failed && (timedOut !== undefined || failing.length >= windowDays)) return 'disabled'
  return failing.length > 0 || timedOut !== undefined ? 'degraded' : 'healthy'
}

/** It passes through broken at once, so that level is never the one to ask about. */
function whyNot(memory: SentryMemory, at: number, numbers: Numbers): readonly WhyNot[] {
  const found = findingsOf(memory, dayOf(at, numbers.timeZone), numbers)
  const level = levelOf(memory, found, numbers)
  if (level === 'disabled') return []
  const most = Math.max(0, ...found.window.map(({ timeout }) => timeout))
  const { windowDays, timeoutsPerDay } = numbers
  const because = `${found.failing.length} of the last ${windowDays} days had errors and no success, and it takes all; at most ${most} attempts timed out on one of them, and it takes ${timeoutsPerDay}`
  const disabled: WhyNot = { level: 'disabled', because }
  if (level === 'degraded') return [disabled]
  return [{ level: 'degraded', because: `no day of the last ${windowDays} had errors and no success` }, disabled]
}

/** By time alone the newest day with a label leaves the window. */
function forecast({ failing, timedOut }: Findings, { windowDays, timeZone }: Numbers): NonNullable<Verdict['next']> {
  const newest = Math.max(failing[0]?.day ?? -Infinity, timedOut?.day ?? -Infinity)
  const unless = 'another day passes with errors and no success'
  return { to: 'healthy', at: startOfDay(newest + windowDays, timeZone), unless }
}

const change: Readonly<Record<Level, string>> = {
  healthy: 'a day with errors and no success makes it degraded; enough timeouts on one day disable it',
  degraded: 'one success on a failing day clears that day; a failing day on every day of the window disables it',
  broken: 'it passes on to disabled at once',
  disabled: 'only enabling it by hand; counting then starts from zero',
}

function evidenceOf(level: Level, { window, failing, timedOut }: Findings, numbers: Numbers): Evidence {
  const { windowDays, timeoutsPerDay, timeZone } = numbers
  const rows = window.map((count) => ({ ...count, day: dayText(count.day), label: labelOf(count, numbers) }))
  const facts = { windowDays, timeoutsPerDay, timeZone, failingDays: failing.length, days: rows.slice(0, daysShownMax) }
  if (timedOut !== undefined) {
    const summary = `${timedOut.timeout} attempts timed out on ${dayText(timedOut.day)}; the limit is ${timeoutsPerDay} a day`
    return { rule: 'timeouts-in-a-day', summary, facts }
  }
  if (level === 'healthy')
    return { rule: 'no-failing-day', summary: `none of the last ${windowDays} days had errors and no success`, facts }
  const which = level === 'disabled' ? `each of the last ${windowDays}` : `${failing.length} of the last ${windowDays}`
  return { rule: 'failing-days', summary: `${which} days had errors and no success`, facts }
}

/** The newest days of a longer window; evidence stands in every record and is bounded. */
const daysShownMax = 7
