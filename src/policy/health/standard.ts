import type { OutcomeRule, OutcomeTable, Policy } from './policy.ts'
import { checked, differing } from './standard/check-params.ts'
import { forgive, observed, patience } from './standard/counting.ts'
import { judged } from './standard/evidence.ts'
import { fromSentry } from './standard/from-sentry.ts'
import { emptyMemory, skipped, type StandardMemory } from './standard/memory.ts'
import type { Numbers, StandardParams } from './standard/params.ts'
import { whyNot } from './standard/why-not.ts'
import { bucketOf } from './standard/window.ts'

/**
 * A rule for receivers of every kind and pace: a burst does not break an integration, a quiet one is still found out,
 * and it is disabled only after days without a single success. A failure counts when it is the first attempt of its
 * delivery or the delivery's end. Judges every integration and ignores no topic; disables by itself only internal and
 * unpublished ones. `params` of the record are those that differ from the defaults.
 * @throws HookwardError `POLICY_INVALID` when a number is impossible, or contradicts another.
 * @example
 * createHookward({ policy: standard({ disabledMs: 72 * 3_600_000 }), ...rest })
 */
export function standard(params: StandardParams = {}): Policy<StandardMemory> {
  const numbers = checked(params)
  const { retriesMs, jitter, probesMs, probesToRecover, probationMs, inFlightMax, deadlineMs, ignoreTopics } = numbers
  const ramp = { perSecond: numbers.rampPerSecond, doublesEveryMs: numbers.rampDoublesMs }
  return {
    name: 'standard',
    version: 1,
    params: differing(numbers),
    outcomes: outcomesOf(numbers),
    schedule: { retriesMs, jitter, probesMs, probesToRecover, probationMs, ramp },
    lane: { inFlightMax },
    deadlineMs,
    ignoreTopics,
    guard: { cooldownMs: numbers.enableCooldownMs },
    notices: {
      brokenMs: numbers.noticeBrokenMs,
      brokenFactor: numbers.noticeBrokenFactor,
      brokenMsMax: numbers.noticeBrokenMsMax,
      healedMs: numbers.noticeHealedMs,
      warningsMs: numbers.noticeWarningsMs,
      remindersMs: numbers.noticeRemindersMs,
    },
    ownOutage: {
      hosts: numbers.outageHosts,
      slackMs: numbers.outageSlackMs,
      share: numbers.outageShare,
      aliveHosts: numbers.outageAliveHosts,
      aliveMs: numbers.outageAliveMs,
      togetherMs: numbers.outageTogetherMs,
      releaseMs: numbers.outageReleaseMs,
    },
    empty: emptyMemory,
    observe: (memory, signal) => observed(memory, signal, numbers),
    judge: (memory, at) => judged(memory, at, numbers),
    whyNot: (memory, at) => whyNot(memory, at, numbers),
    foldable: ({ level, run, refused }) => level === 'healthy' && run === null && refused.length === 0,
    bucketOf: (at) => bucketOf(at, numbers.windowMs),
    migrate: (old, at) => (old.name === 'sentry' ? fromSentry(old, at) : null),
    forgive: (memory, at) => forgive(memory, at, numbers),
    patience: (memory, at) => patience(memory, at, numbers),
    skip: (memory, ms) => skipped(memory, ms, numbers.windowMs),
  }
}

const failing: OutcomeRule = { settles: 'retry', counts: 'failed' }

function outcomesOf({ refusedStatuses, refusedAttempts, gatewayWaitMs }: Numbers): OutcomeTable {
  const refused: OutcomeRule = { ...failing, attemptsMax: refusedAttempts }
  const gateway: OutcomeRule = { ...failing, waitMsMin: gatewayWaitMs }
  return {
    kinds: {
      ok: { settles: 'delivered', counts: 'ok' },
      redirect: failing,
      gone: { settles: 'dead', counts: 'disable' },
      rejected: failing,
      throttled: { settles: 'wait', counts: 'failed' },
      server: failing,
      timeout: failing,
      unreachable: failing,
      protocol: failing,
      blocked: { settles: 'dead', counts: 'none' },
      local: { settles: 'later', counts: 'none' },
    },
    statuses: Object.fromEntries([
      ...refusedStatuses.map((status) => [status, refused] as const),
      [502, gateway],
      [504, gateway],
    ]),
    heedsAsks: true,
  }
}
