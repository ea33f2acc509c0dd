import type { CountedSignal, Level, OutcomeRule, OutcomeTable, Policy, Verdict } from '../../src/policy/index.ts'

/** Failures in a row, and when the first of them was. */
export type StreakMemory = { readonly streak: number; readonly firstAt: number }

/** Failures in a row that make it degraded, broken, disabled; and how long a row may last before it disables. */
export const streakRule = { degraded: 1, broken: 2, disabled: 4, disabledAfterMs: 1_000_000 } as const

const probesMs = [60_000, 120_000]

/**
 * A host's own policy, small enough to walk the whole chart with: it rests in every state, and time alone disables.
 * It lives in tests only and is made of what `hookward/policy` exports.
 */
export function streak(
  schedule: Partial<Policy['schedule']> = {},
): Omit<Policy<StreakMemory>, 'forgive' | 'patience' | 'skip' | 'whyNot'> {
  return {
    name: 'streak',
    version: 1,
    params: { ...streakRule },
    outcomes,
    schedule: { retriesMs: [1_000], jitter: 0, probesMs, probesToRecover: 2, probationMs: 500_000, ...schedule },
    lane: { inFlightMax: 4 },
    deadlineMs: 1_000,
    ignoreTopics: [],
    empty: () => ({ streak: 0, firstAt: 0 }),
    observe: observed,
    judge: judged,
    foldable: (memory) => memory.streak === 0,
    bucketOf: () => 0,
    migrate: () => null,
  }
}

const good: OutcomeRule = { settles: 'delivered', counts: 'ok' }
const bad: OutcomeRule = { settles: 'retry', counts: 'failed' }
const outcomes: OutcomeTable = {
  kinds: {
    ok: good,
    redirect: bad,
    gone: { settles: 'dead', counts: 'disable' },
    rejected: bad,
    throttled: bad,
    server: bad,
    timeout: bad,
    unreachable: bad,
    protocol: bad,
    blocked: { settles: 'dead', counts: 'none' },
    local: { settles: 'later', counts: 'none' },
  },
}

function observed({ streak, firstAt }: StreakMemory, { type, at }: CountedSignal): StreakMemory {
  if (type === 'delivery.ok' || type === 'probe.ok') return { streak: 0, firstAt: 0 }
  return { streak: Math.min(streak + 1, streakRule.disabled), firstAt: streak === 0 ? at : firstAt }
}

function judged(memory: StreakMemory, at: number): Verdict {
  const level = levelOf(memory, at)
  const evidence = { rule: `streak-${level}`, summary: `${memory.streak} in a row`, facts: { ...memory } }
  const verdict = { level, evidence, wouldChange: 'one success' }
  if (level === 'healthy' || level === 'disabled') return verdict
  return {
    ...verdict,
    next: { to: 'disabled', at: memory.firstAt + streakRule.disabledAfterMs, unless: 'one succeeds' },
  }
}

function levelOf({ streak, firstAt }: StreakMemory, at: number): Level {
  if (streak === 0) return 'healthy'
  if (streak >= streakRule.disabled || at >= firstAt + streakRule.disabledAfterMs) return 'disabled'
  return streak >= streakRule.broken ? 'broken' : 'degraded'
}
