import type { Numbers } from './params.ts'
import type { Entry, StandardMemory } from './memory.ts'
import { isOutOfPatience, type Failure, type Run } from './run.ts'
import { shareOf } from './window.ts'

/** The numbers of degraded and broken as they hold at one moment: smaller in probation. */
export type Limits = Pick<
  Numbers,
  | 'degradedFailures'
  | 'degradedSpanMs'
  | 'degradedOf'
  | 'brokenFailures'
  | 'brokenSpanMs'
  | 'brokenOf'
  | 'brokenShareSpanMs'
  | 'quietAttempts'
  | 'quietSpanMs'
  | 'quietServerSpanMs'
>

/**
 * The limits at a moment. In probation counts (rounded up) and spans are multiplied by `probationFactor`; how many
 * different deliveries a clause asks for stays as it is, because one delivery must not stand for the whole integration.
 */
export function limitsAt({ trustedAt }: StandardMemory, at: number, numbers: Numbers): Limits {
  if (at >= trustedAt) return numbers
  const count = (n: number) => Math.ceil(n * numbers.probationFactor)
  const span = (ms: number) => ms * numbers.probationFactor
  return {
    degradedFailures: count(numbers.degradedFailures),
    degradedSpanMs: span(numbers.degradedSpanMs),
    degradedOf: count(numbers.degradedOf),
    brokenFailures: count(numbers.brokenFailures),
    brokenSpanMs: span(numbers.brokenSpanMs),
    brokenOf: count(numbers.brokenOf),
    brokenShareSpanMs: span(numbers.brokenShareSpanMs),
    quietAttempts: count(numbers.quietAttempts),
    quietSpanMs: span(numbers.quietSpanMs),
    quietServerSpanMs: span(numbers.quietServerSpanMs),
  }
}

/** The first clause of broken that holds after a failure; `isCounted`: the failure counts. */
export function brokenBy(
  memory: StandardMemory,
  signal: Failure,
  isCounted: boolean,
  numbers: Numbers,
): Entry | undefined {
  const limits = limitsAt(memory, signal.at, numbers)
  const counted = isCounted
    ? (rowOf(memory, signal.at, limits.brokenFailures, limits.brokenSpanMs) ??
      shareBy(memory, signal.at, limits.brokenOf, numbers.brokenShare, limits.brokenShareSpanMs, numbers) ??
      deadBy(memory, signal, numbers))
    : undefined
  return counted ?? quietBy(memory.run, signal.at, limits, numbers)
}

/** The first clause of degraded that holds after a failure that counts. */
export function degradedBy(memory: StandardMemory, at: number, numbers: Numbers): Entry | undefined {
  const limits = limitsAt(memory, at, numbers)
  return (
    rowOf(memory, at, limits.degradedFailures, limits.degradedSpanMs) ??
    shareBy(memory, at, limits.degradedOf, numbers.degradedShare, 0, numbers)
  )
}

/** Whether a success leaves degraded. No clause of degraded holds then: the row is over, and the share is below it. */
export function isWellAgain(memory: StandardMemory, at: number, numbers: Numbers): boolean {
  const { ok, failed, total } = shareOf(memory.window, at, numbers.windowMs)
  if (ok >= numbers.healthySuccesses && failed < atLeast(numbers.healthyShare, total)) return true
  return memory.oks >= numbers.healthySuccesses && total < limitsAt(memory, at, numbers).degradedOf
}

/** A share of a count, without what a product of fractions has too much. */
function atLeast(share: number, total: number): number {
  return Math.round(share * total * 1e6) / 1e6
}

function rowOf({ streak }: StandardMemory, at: number, limit: number, limitMs: number): Entry | undefined {
  if (streak === null || streak.n < limit) return undefined
  const spanMs = streak.lastAt - streak.firstAt
  if (spanMs < limitMs) return undefined
  return { rule: 'failures-in-a-row', at, facts: { failures: streak.n, spanMs, limit, limitMs } }
}

function shareBy(
  { window }: StandardMemory,
  at: number,
  limit: number,
  share: number,
  limitMs: number,
  { windowMs }: Numbers,
): Entry | undefined {
  const { failed, total, failedForMs: spanMs } = shareOf(window, at, windowMs)
  if (total < limit || failed < atLeast(share, total) || spanMs < limitMs) return undefined
  return { rule: 'share-of-window', at, facts: { failed, total, spanMs, share, limit, limitMs } }
}

function deadBy({ okAt }: StandardMemory, signal: Failure, { brokenByDead }: Numbers): Entry | undefined {
  const { acceptedAt, at, attempt, final, outcome } = signal
  if (!brokenByDead || !final || okAt > acceptedAt) return undefined
  return { rule: 'dead-delivery', at, facts: { attempts: attempt, acceptedAt, code: outcome.code.slice(0, 64) } }
}

/** Every attempt since the last success such as a receiver that is gone gives, for long enough. */
function quietBy(run: Run | null, at: number, limits: Limits, numbers: Numbers): Entry | undefined {
  if (run === null || run.attempts < limits.quietAttempts || run.other > 0) return undefined
  const spanMs = run.lastAt - run.firstAt
  if (spanMs < limits.quietSpanMs) return undefined
  const isOne = run.serverIds.length < numbers.quietServerDeliveries
  if (run.server > 0 && isOne && run.serverLastAt - run.serverAt < limits.quietServerSpanMs) return undefined
  if (run.throttled > 0 && !isOutOfPatience(run, run.lastAt, numbers)) return undefined
  const { attempts, absent, timeouts, server, throttled } = run
  const { quietAttempts: limit, quietSpanMs: limitMs } = limits
  return {
    rule: 'nothing-succeeds',
    at,
    facts: { attempts, spanMs, absent, timeouts, server, throttled, limit, limitMs },
  }
}
