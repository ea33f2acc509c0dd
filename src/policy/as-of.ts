import type { ChartState, HealthContext } from '../domain/health.ts'
import type { Policy } from './health/policy.ts'

/** A moment, and how much of all time until then is not health time. */
export interface Moment {
  readonly at: number
  readonly lostMs: number
}

type Judging = Pick<Policy, 'judge' | 'skip'>

/**
 * The context as it is to be told at a moment later than its record: the same level, with the numbers of that moment.
 * What was decided stays as it was decided: what stands still, another level, and a rule that throws.
 */
export function asOf(
  policy: Judging,
  state: ChartState,
  context: HealthContext,
  { at, lostMs }: Moment,
): HealthContext {
  if (state === 'paused' || state === 'disabled' || state === 'broken.condemned') return context
  const pendingMs = policy.skip === undefined ? 0 : lostMs - (context.lostMs ?? 0)
  return judgedAgain(policy, context, at, pendingMs) ?? later(context, pendingMs)
}

function judgedAgain(
  policy: Judging,
  context: HealthContext,
  at: number,
  pendingMs: number,
): HealthContext | undefined {
  const { policy: record, verdict } = context
  try {
    const memory = pendingMs === 0 ? record.memory : (policy.skip?.(record.memory, pendingMs) ?? record.memory)
    const now = policy.judge(memory, at)
    return now.level === verdict.level ? { ...context, at, policy: { ...record, memory }, verdict: now } : undefined
  } catch {
    return undefined
  }
}

/** As it was decided; what time alone brings moves with the time that was lost. */
function later(context: HealthContext, ms: number): HealthContext {
  const { next } = context.verdict
  if (next === undefined || ms === 0) return context
  return { ...context, verdict: { ...context.verdict, next: { ...next, at: next.at + ms } } }
}
