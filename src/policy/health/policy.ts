import type { Json } from '../../domain/json.ts'
import type { OutcomeFacts, OutcomeKind } from '../../domain/outcome.ts'
import { resourceOf, type Topic } from '../../domain/topic.ts'
import type { PolicyRecord, Signal, Verdict, WhyNot } from '../../domain/health.ts'
import type { NoticeSchedule } from '../notices.ts'
import type { OutageRule } from '../own-outage.ts'
import type { Ramp } from '../ramp.ts'

/** What an outcome means for its delivery, and for health. */
export interface OutcomeRule {
  /**
   * `retry`: by the schedule, then dead. `wait`: the same, but not before the receiver's Retry-After, and without
   * spending an attempt while the policy's `patience` lasts. `later`: again soon, and no attempt is spent (our own trouble).
   */
  readonly settles: 'delivered' | 'retry' | 'wait' | 'dead' | 'later'
  /** `disable`: the receiver itself asked to be switched off. */
  readonly counts: 'ok' | 'failed' | 'disable' | 'none'
  /** Dead after so many attempts, whatever the schedule still has; 1 to 100. @default the schedule's */
  readonly attemptsMax?: number
  /** The next attempt does not come sooner than this, whatever the schedule says. @default 0 */
  readonly waitMsMin?: number
}

/** A rule for every kind of outcome, and exceptions by HTTP status. */
export interface OutcomeTable {
  readonly kinds: Readonly<Record<OutcomeKind, OutcomeRule>>
  readonly statuses?: Readonly<Record<number, OutcomeRule>>
  /** Whether a receiver is heeded that asks, by `webhook-delivery`, to be disabled or not to get this again. @default false */
  readonly heedsAsks?: boolean
}

/** When to try again, to probe, and to trust again. */
export interface Schedule {
  /** Delays before the second and each later attempt, after the one before it. Empty: one attempt only. */
  readonly retriesMs: readonly number[]
  /** Added to a delay of a retry or a probe at random: 0.2 adds up to 20 percent. Never makes it shorter. */
  readonly jitter: number
  /** Delays before the first and each later probe of a broken integration; the last repeats. */
  readonly probesMs: readonly number[]
  /** Good probes in a row that bring a broken integration back. */
  readonly probesToRecover: number
  /** How long a recovered integration stays in `healthy.probation`. */
  readonly probationMs: number
  /** How fast what was held is sent after a recovery. @default all of it at once, as fast as the lane takes it */
  readonly ramp?: Ramp
}

/** What being asked to wait costs a delivery and its lane. */
export interface Patience {
  /** The wait is at least this long: it grows while nothing succeeds. */
  readonly waitMs: number
  /** Patience is over: this attempt is spent like any other. */
  readonly spends: boolean
}

/** How an integration is trusted again. */
export interface Forgiven<Memory extends Json = Json> {
  readonly memory: Memory
  /** How long it stays in `healthy.probation`. */
  readonly probationMs: number
}

/** The signals a policy observes. */
export type CountedSignal = Extract<
  Signal,
  { type: 'delivery.ok' | 'delivery.failed' | 'probe.ok' | 'probe.failed' | 'receiver.disable' }
>

/**
 * The rule by which an integration is judged: pure functions over a JSON memory.
 * A host may pass any value of this shape; `name` and `version` are stored beside the memory.
 */
export interface Policy<Memory extends Json = Json> {
  readonly name: string
  readonly version: number
  /** The numbers it was made with; stored, so that an explanation can show them. */
  readonly params: Json
  readonly outcomes: OutcomeTable
  readonly schedule: Schedule
  /** Attempts in flight at once for one integration: at most 16, as many as go to one origin. */
  readonly lane: { readonly inFlightMax: number }
  /** One deadline over a whole attempt. */
  readonly deadlineMs: number
  /** Topics, or resources standing for all their topics, that never count for health. */
  readonly ignoreTopics: readonly Topic[]
  /** When owners are told what beside that it is disabled. @default nothing else is told */
  readonly notices?: NoticeSchedule
  /** When failures of many hosts are taken for an outage of our own. @default never */
  readonly ownOutage?: OutageRule
  /** Enabling by hand probes first, and not again so soon after a probe that failed. @default it enables at once */
  readonly guard?: { readonly cooldownMs: number }
  /** The memory of an integration never heard of, or trusted again; it is judged `healthy` at any time. */
  empty(): Memory
  /** The memory after one more signal; bounded however many there are. */
  observe(memory: Memory, signal: CountedSignal): Memory
  /** The conclusion at this moment; asked again when time alone may have changed it, and at `next.at` at the latest. */
  judge(memory: Memory, at: number): Verdict
  /** What is missing for each level that is worse than its own, in its order; at most 3. @default nothing is told of them */
  whyNot?(memory: Memory, at: number): readonly WhyNot[]
  /** Whether a success now could not change the verdict, so that successes may be counted in bulk. */
  foldable(memory: Memory): boolean
  /** Successes of different buckets are never counted in one signal. */
  bucketOf(at: number): number
  /** Takes over the memory of another name or version at this moment; `null`: start from `empty()`. */
  migrate(old: PolicyRecord, at: number): Memory | null
  /** What is kept when an integration is trusted again. It is judged `healthy`. @default `empty()`, and the schedule's probation */
  forgive?(memory: Memory, at: number): Forgiven<Memory>
  /** What an outcome that `wait`s costs, asked before it is observed. @default it costs an attempt, and waits as asked */
  patience?(memory: Memory, at: number): Patience
  /**
   * The memory after `ms` that are not health time (below zero where the clock was set back): each span that is running
   * begins so much later. What `empty()` gives stays as it is. @default all time counts
   */
  skip?(memory: Memory, ms: number): Memory
}

/** What the policy makes of one outcome. */
export function ruleFor(policy: Policy, outcome: OutcomeFacts): OutcomeRule {
  const { kinds, statuses, heedsAsks = false } = policy.outcomes
  const rule = statuses?.[outcome.status] ?? kinds[outcome.kind]
  if (!heedsAsks || outcome.asks === undefined) return rule
  const settles = rule.settles === 'delivered' ? 'delivered' : 'dead'
  return { settles, counts: outcome.asks === 'disable' ? 'disable' : rule.counts }
}

/** Whether a delivery of this topic counts for health. */
export function countsForHealth(policy: Policy, topic: Topic): boolean {
  return !policy.ignoreTopics.includes(topic) && !policy.ignoreTopics.includes(resourceOf(topic))
}

/** How the policy trusts an integration again. */
export function forgiven(policy: Policy, memory: Json, at: number): Forgiven {
  return policy.forgive?.(memory, at) ?? { memory: policy.empty(), probationMs: policy.schedule.probationMs }
}

/** The policy's share of the record of an integration never heard of. */
export function freshPolicyRecord(policy: Policy): PolicyRecord {
  return { name: policy.name, version: policy.version, params: policy.params, memory: policy.empty() }
}
