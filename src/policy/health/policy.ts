import type { Json } from '../../domain/json.ts'
import type { OutcomeFacts, OutcomeKind } from '../../domain/outcome.ts'
import { resourceOf, type Topic } from '../../domain/topic.ts'
import type { PolicyRecord, Signal, Verdict } from '../../domain/health.ts'

/** What an outcome means for its delivery, and for health. */
export interface OutcomeRule {
  /** `retry`: by the schedule, then dead. `later`: again soon, and no attempt is spent (our own trouble). */
  readonly settles: 'delivered' | 'retry' | 'dead' | 'later'
  /** `disable`: the receiver itself asked to be switched off. */
  readonly counts: 'ok' | 'failed' | 'disable' | 'none'
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
  /** Added to a delay at random: 0.2 adds up to 20 percent. Never makes it shorter. */
  readonly jitter: number
  /** Delays before the first and each later probe of a broken integration; the last repeats. */
  readonly probesMs: readonly number[]
  /** Good probes in a row that bring a broken integration back. */
  readonly probesToRecover: number
  /** How long a recovered integration stays in `healthy.probation`. */
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
  /** The memory of an integration never heard of, or trusted again; it is judged `healthy` at any time. */
  empty(): Memory
  /** The memory after one more signal; bounded however many there are. */
  observe(memory: Memory, signal: CountedSignal): Memory
  /** The conclusion at this moment; asked again when time alone may have changed it, and at `next.at` at the latest. */
  judge(memory: Memory, at: number): Verdict
  /** Whether a success now could not change the verdict, so that successes may be counted in bulk. */
  foldable(memory: Memory): boolean
  /** Successes of different buckets are never counted in one signal. */
  bucketOf(at: number): number
  /** Takes over the memory of another name or version; `null`: start from `empty()`. */
  migrate(old: PolicyRecord): Memory | null
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

/** The policy's share of the record of an integration never heard of. */
export function freshPolicyRecord(policy: Policy): PolicyRecord {
  return { name: policy.name, version: policy.version, params: policy.params, memory: policy.empty() }
}
