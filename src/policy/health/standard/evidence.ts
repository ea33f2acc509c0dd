import type { Evidence, Forecast, Verdict } from '../../../domain/health.ts'
import { limitsAt } from './clauses.ts'
import type { Entry, StandardMemory } from './memory.ts'
import type { Numbers } from './params.ts'
import { missing, type Run } from './run.ts'
import { shareOf } from './window.ts'

/** The conclusion at a moment. Time alone changes one thing: what is left of the way to disabled. */
export function judged(memory: StandardMemory, at: number, numbers: Numbers): Verdict {
  const { run, level } = memory
  const forecast = run === null ? undefined : forecastOf(memory, run, numbers)
  if (run !== null && forecast !== undefined && at >= forecast.at)
    return { level: 'disabled', evidence: disabledBy(run, at, numbers), wouldChange: 'only enabling it by hand' }
  const verdict = { level, evidence: evidenceOf(memory, at, numbers), wouldChange: changeOf(memory, at, numbers) }
  return forecast === undefined ? verdict : { ...verdict, next: forecast }
}

/** When time alone disables: everything else holds already. Published integrations rest in broken. */
function forecastOf({ status }: StandardMemory, run: Run, numbers: Numbers): Forecast | undefined {
  if (status === 'published' || missing(run, numbers).length > 0) return undefined
  return { to: 'disabled', at: run.firstAt + numbers.disabledMs, unless: 'a delivery or a probe succeeds' }
}

function disabledBy(run: Run, at: number, numbers: Numbers): Evidence {
  const summary = `nothing has succeeded for ${spanText(at - run.firstAt)}, over ${run.attempts} attempts and probes on ${run.days} UTC days; the limits are ${spanText(numbers.disabledMs)}, ${numbers.disabledAttempts} and ${numbers.disabledDays}`
  return { rule: 'no-success-for-long', summary, facts: runFacts(run) }
}

function evidenceOf(memory: StandardMemory, at: number, numbers: Numbers): Evidence {
  const { entry, run, trustedAt } = memory
  const { failed, total } = shareOf(memory.window, at, numbers.windowMs)
  const now = { failed, total, inARow: memory.streak?.n ?? 0 }
  const facts = {
    window: { ...now, windowMs: numbers.windowMs },
    ...(entry === null ? {} : { entered: entry.facts, enteredAt: entry.at }),
    ...(run === null ? {} : { sinceSuccess: runFacts(run) }),
    ...(at < trustedAt ? { probationUntil: trustedAt } : {}),
  }
  if (entry !== null) return { rule: entry.rule, summary: `${entryText(entry)}${runText(run, at)}`, facts }
  const recent = `${failed} of ${total} failed in the last ${spanText(numbers.windowMs)}, ${now.inARow} in a row`
  return { rule: 'no-clause-holds', summary: recent, facts }
}

function runFacts(run: Run): Evidence['facts'] {
  const { firstAt, attempts, days, ids, absent, timeouts, server, throttled, other } = run
  return { firstAt, attempts, days, deliveries: ids.length, absent, timeouts, server, throttled, other }
}

function runText(run: Run | null, at: number): string {
  if (run === null) return '; a success followed'
  return at - run.firstAt < 1_000 ? '' : `; nothing has succeeded for ${spanText(at - run.firstAt)}`
}

type Facts = Readonly<Record<string, number>>

function entryText({ rule, facts }: Entry): string {
  const { failures, failed, total, attempts, spanMs = 0, share = 0, limit, limitMs = 0 } = facts as Facts
  switch (rule) {
    case 'failures-in-a-row':
      return `${failures} failures in a row over ${spanText(spanMs)}; the limit is ${limit} over ${spanText(limitMs)}`
    case 'share-of-window':
      return `${failed} of ${total} failed; the limit is ${percent(share)} of ${limit}${limitMs > 0 ? `, over ${spanText(limitMs)}` : ''}`
    case 'nothing-succeeds':
      return `${attempts} attempts over ${spanText(spanMs)} without a success, all such as a receiver that is gone gives; the limit is ${limit} over ${spanText(limitMs)}`
    case 'dead-delivery':
      return `a delivery was given up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}, and nothing had succeeded since it was accepted`
    case 'other-policy':
      return 'another policy left it so'
  }
}

function changeOf(memory: StandardMemory, at: number, numbers: Numbers): string {
  const limits = limitsAt(memory, at, numbers)
  switch (memory.level) {
    case 'healthy':
      return `${limits.degradedFailures} failures in a row over ${spanText(limits.degradedSpanMs)}, or ${percent(numbers.degradedShare)} of ${limits.degradedOf} in ${spanText(numbers.windowMs)}, make it degraded; ${limits.quietAttempts} attempts over ${spanText(limits.quietSpanMs)} with nothing else make it broken`
    case 'degraded':
      return `a success when less than ${percent(numbers.healthyShare)} of the last ${spanText(numbers.windowMs)} failed, or ${numbers.healthySuccesses} in a row, make it healthy; ${limits.brokenFailures} failures in a row over ${spanText(limits.brokenSpanMs)}, or ${percent(numbers.brokenShare)} of ${limits.brokenOf} in ${spanText(numbers.windowMs)}, make it broken`
    case 'broken':
      return `${numbers.probesToRecover} good probes in a row bring it back; ${disablingText(memory, numbers)}`
  }
}

function disablingText({ run, status }: StandardMemory, numbers: Numbers): string {
  if (status === 'published') return 'a published integration is never disabled but by hand or by its receiver'
  if (run === null) return `it is disabled ${spanText(numbers.disabledMs)} after the next failure at the earliest`
  const rest = missing(run, numbers)
  if (rest.length === 0) return `otherwise it is disabled when nothing succeeds for ${spanText(numbers.disabledMs)}`
  return `disabling it takes ${rest.join(', ')}, and ${spanText(numbers.disabledMs)} without a success`
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

const units = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const

/** `120 h`, `1.5 min`, `30 s`. */
export function spanText(ms: number): string {
  const [unitMs, unit] = units.find(([length]) => ms >= length) ?? [1, 'ms']
  return `${Math.floor((ms / unitMs) * 10) / 10} ${unit}`
}
