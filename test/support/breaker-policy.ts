import { sentry, type CountedSignal, type OutcomeRule, type Policy, type Verdict } from '../../src/policy/index.ts'

/** Failures and attempts of one minute. */
type Minute = { readonly minute: number; readonly failed: number; readonly total: number }
export type BreakerMemory = { readonly minutes: readonly Minute[] }

/** It breaks at this many failures within the window, when they are this share of the attempts. */
export const breakerRule = { windowMs: 600_000, floor: 5, rate: 0.5, brokenMs: 300_000 } as const

/**
 * A circuit breaker as a host would write it: a floor and a rate over a sliding window. Holding, probing and coming
 * back are the chart's. Made of what `hookward/policy` exports.
 */
export function breaker(): Policy<BreakerMemory> {
  return {
    name: 'breaker',
    version: 1,
    params: { ...breakerRule },
    outcomes: { kinds: { ...sentry().outcomes.kinds, server: failed, timeout: failed, unreachable: failed } },
    schedule: {
      ...{ retriesMs: [oneDayMs], jitter: 0, probesMs: [breakerRule.brokenMs] },
      ...{ probesToRecover: 2, probationMs: 2 * breakerRule.windowMs },
    },
    lane: { inFlightMax: 4 },
    deadlineMs: 1_000,
    ignoreTopics: [],
    empty: () => ({ minutes: [] }),
    observe: observed,
    judge: judged,
    foldable: () => true,
    bucketOf: minuteOf,
    migrate: () => null,
  }
}

/** Watches and does nothing: whatever the rule would conclude stands in the evidence, and everything is sent. */
export function dryRun(policy: Policy): Policy {
  return {
    ...policy,
    name: `${policy.name}-dry-run`,
    judge: (memory, at) => {
      const { level, evidence } = policy.judge(memory, at)
      const { rule, summary, facts } = evidence
      return {
        level: 'healthy',
        evidence: { rule: 'dry-run', summary: `would be ${level}: ${summary}`, facts: { would: level, rule, facts } },
        wouldChange: 'nothing: the rule only watches',
      }
    },
  }
}

/** A rule that throws judges nothing, and everything is sent. */
export function failOpen(policy: Policy): Policy {
  const unjudged: Verdict = {
    level: 'healthy',
    evidence: { rule: 'fail-open', summary: 'the rule failed', facts: {} },
    wouldChange: 'mending the rule',
  }
  return {
    ...policy,
    observe: (memory, signal) => attempt(() => policy.observe(memory, signal), memory),
    judge: (memory, at) => attempt(() => policy.judge(memory, at), unjudged),
  }
}

const failed: OutcomeRule = { settles: 'retry', counts: 'failed' }
const oneDayMs = 86_400_000
const minutesKept = breakerRule.windowMs / 60_000

function observed({ minutes }: BreakerMemory, signal: CountedSignal): BreakerMemory {
  const minute = minuteOf(signal.at)
  const isOk = signal.type === 'delivery.ok' || signal.type === 'probe.ok'
  const n = signal.type === 'delivery.ok' ? signal.n : 1
  const before = minutes.find((one) => one.minute === minute) ?? { minute, failed: 0, total: 0 }
  const now = { minute, failed: before.failed + (isOk ? 0 : n), total: before.total + n }
  return { minutes: [now, ...minutes.filter((one) => one.minute !== minute)].slice(0, minutesKept) }
}

function judged({ minutes }: BreakerMemory, at: number): Verdict {
  const window = minutes.filter(({ minute }) => minute > minuteOf(at) - minutesKept)
  const sum = (of: (one: Minute) => number) => window.reduce((all, one) => all + of(one), 0)
  const facts = { failed: sum((one) => one.failed), total: sum((one) => one.total) }
  const isBroken = facts.failed >= breakerRule.floor && facts.failed >= breakerRule.rate * facts.total
  return {
    level: isBroken ? 'broken' : 'healthy',
    evidence: { rule: 'floor-and-rate', summary: `${facts.failed} of ${facts.total} failed`, facts },
    wouldChange: isBroken ? 'two good probes' : 'more failures',
  }
}

function minuteOf(at: number): number {
  return Math.floor(at / 60_000)
}

function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work()
  } catch {
    return otherwise
  }
}
