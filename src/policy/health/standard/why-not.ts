import type { WhyNot } from '../../../domain/health.ts'
import { limitsAt } from './clauses.ts'
import { judged, percent, spanText } from './evidence.ts'
import type { StandardMemory } from './memory.ts'
import type { Numbers } from './params.ts'
import { missing } from './run.ts'
import { shareOf } from './window.ts'

/** For each level worse than the one it stands at: how far its clauses are from holding. */
export function whyNot(memory: StandardMemory, at: number, numbers: Numbers): readonly WhyNot[] {
  const limits = limitsAt(memory, at, numbers)
  const degraded = `${rowText(memory, limits.degradedFailures, limits.degradedSpanMs)}; ${shareText(memory, at, numbers)}, and it takes ${percent(numbers.degradedShare)} of at least ${limits.degradedOf}`
  const broken = `${rowText(memory, limits.brokenFailures, limits.brokenSpanMs)}; ${shareText(memory, at, numbers)}, and it takes ${percent(numbers.brokenShare)} of at least ${limits.brokenOf}; ${runText(memory, limits.quietAttempts, limits.quietSpanMs)}`
  const worse: readonly WhyNot[] = [
    { level: 'degraded', because: degraded },
    { level: 'broken', because: broken },
    { level: 'disabled', because: disabledText(memory, at, numbers) },
  ]
  return worse.slice(['healthy', 'degraded', 'broken', 'disabled'].indexOf(judged(memory, at, numbers).level))
}

function rowText({ streak }: StandardMemory, limit: number, limitMs: number): string {
  const { n, firstAt, lastAt } = streak ?? { n: 0, firstAt: 0, lastAt: 0 }
  return `${n} of ${limit} failures in a row, over ${spanText(lastAt - firstAt)} of ${spanText(limitMs)}`
}

function shareText({ window }: StandardMemory, at: number, { windowMs }: Numbers): string {
  const { failed, total } = shareOf(window, at, windowMs)
  return `${failed} of ${total} failed in the last ${spanText(windowMs)}`
}

function runText({ run }: StandardMemory, limit: number, limitMs: number): string {
  if (run === null) return 'nothing has failed since the last success'
  const spanMs = run.lastAt - run.firstAt
  return `${run.attempts} of ${limit} attempts without a success, over ${spanText(spanMs)} of ${spanText(limitMs)}`
}

function disabledText({ run, status }: StandardMemory, at: number, numbers: Numbers): string {
  if (status === 'published') return 'a published integration is disabled by hand or by its receiver only'
  if (run === null) return 'nothing has failed since the last success'
  const passed = `${spanText(Math.max(at - run.firstAt, 0))} of ${spanText(numbers.disabledMs)} have passed without a success`
  const rest = missing(run, numbers)
  return rest.length === 0 ? passed : `${passed}, and it takes ${rest.join(' and ')}`
}
