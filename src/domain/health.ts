import type { DeadReason, DeliveryId, HoldReason } from './delivery.ts'
import type { IntegrationId, IntegrationStatus } from './integration.ts'
import type { Json, JsonObject } from './json.ts'
import type { OutcomeFacts } from './outcome.ts'
import type { Topic } from './topic.ts'

/** What a policy concludes; the chart walks towards it one state at a time. */
export type Level = 'healthy' | 'degraded' | 'broken' | 'disabled'

/** The public name of a state. `paused` is by hand; `quarantined`: our own actor or record of it is faulty. */
export type HealthState = Level | 'paused' | 'quarantined'

/** A leaf of the health chart. */
export type ChartState =
  | 'healthy.steady'
  | 'healthy.probation'
  | 'degraded'
  | 'broken.holding'
  | 'broken.probing'
  | 'broken.condemned'
  | 'disabled'
  | 'paused'

/** What the lane of an integration lets through: everything, one probe at a time, or nothing. */
export type Gate = 'open' | 'probe' | 'closed'

/** Why a policy says what it says: the rule that fired, in a sentence and in numbers. */
export interface Evidence {
  readonly rule: string
  readonly summary: string
  readonly facts: JsonObject
}

/** What will happen by time alone, unless something else comes first. */
export interface Forecast {
  readonly to: Level
  readonly at: number
  readonly unless: string
}

/** A policy's conclusion from its memory at one moment. */
export interface Verdict {
  readonly level: Level
  readonly evidence: Evidence
  readonly next?: Forecast
  /** What would change the verdict, in words. */
  readonly wouldChange: string
}

/** What is missing for a worse level. */
export interface WhyNot {
  readonly level: Level
  /** At most 500 characters. */
  readonly because: string
}

/** The immutable first cause of an incident. */
export interface Cause {
  readonly at: number
  readonly signal: Signal['type']
  readonly outcome?: OutcomeFacts
  readonly topic?: Topic
  readonly deliveryId?: DeliveryId
  readonly by?: string
  readonly reason?: string
}

/** From leaving healthy until healthy again. */
export interface Incident {
  readonly id: string
  readonly startedAt: number
  readonly cause: Cause
  /** When it first became broken; absent while it is degraded only. */
  readonly brokenAt?: number
  /** Of the time since it broke, how much is not health time. @default 0 */
  readonly lostMs?: number
}

/** When a signal was made. */
interface Moment {
  readonly at: number
  /** How much of all time until then is not health time. @default as much as the signal before */
  readonly lostMs?: number
}

/** A call by a person or the host's code: who and why. */
interface ByHand extends Moment {
  readonly by: string
  readonly reason: string
}

/** One attempt that counts for health. */
interface Attempted extends Moment {
  readonly status: IntegrationStatus
  readonly topic: Topic
  readonly deliveryId: DeliveryId
  /** The delivery was accepted. */
  readonly acceptedAt: number
  readonly outcome: OutcomeFacts
  /** Which attempt of its delivery this was, counted from 1: those that were not spent are counted, too. */
  readonly attempt: number
  /** No further attempt follows. */
  readonly final: boolean
  /** From 0 to 1: lengthens the wait for the probe that follows. @default 0 */
  readonly chance?: number
  /** The receiver asked not to be tried again before: no probe comes sooner. */
  readonly notBefore?: number
  /** Of a probe: nothing else is held that might still succeed, so that this one alone decides. @default false */
  readonly isLast?: boolean
}

/** How far an engine has come: its last look at the clock, and how much of all time until then is not health time. */
export interface Pulse {
  readonly at: number
  /** Below zero where the clock was set back. */
  readonly lostMs: number
}

/** What the integration machine receives: a closed list. Time and ids arrive in the signal. */
export type Signal =
  | ({
      readonly type: 'delivery.ok'
      readonly n: number
      readonly firstAt: number
      readonly lastAt: number
      readonly status: IntegrationStatus
    } & Moment)
  | ({ readonly type: 'delivery.failed' } & Attempted)
  | ({ readonly type: 'probe.ok' } & Attempted)
  | ({ readonly type: 'probe.failed' } & Attempted)
  | ({ readonly type: 'receiver.disable' } & Attempted)
  | ({ readonly type: 'disable.committed' } & Moment)
  | ({ readonly type: 'timer.due'; readonly timer: 'deadline' | 'notices' } & Moment)
  /** `replay`: whether the deliveries that were held meanwhile are sent now. */
  | ({ readonly type: 'admin.enable'; readonly replay: 'missed' | 'none' } & ByHand)
  | ({ readonly type: 'admin.disable' } & ByHand)
  | ({ readonly type: 'admin.pause' } & ByHand)
  | ({ readonly type: 'admin.resume' } & ByHand)
  | ({ readonly type: 'admin.probe' } & ByHand)
  | { readonly type: 'notifier.done' }

/** The signals that carry a time: all but the notifier's own. */
export type TimedSignal = Exclude<Signal, { type: 'notifier.done' }>

/** A policy's share of a record: its functions are looked up by name, its memory is JSON. */
export interface PolicyRecord {
  readonly name: string
  readonly version: number
  readonly params: Json
  readonly memory: Json
}

/** The context of the integration machine: JSON only, bounded. */
export interface HealthContext {
  readonly integrationId: IntegrationId
  /** The last signal that was judged. */
  readonly at: number
  /** How much of all time until then is not health time. @default 0 */
  readonly lostMs?: number
  /** The current state was entered. */
  readonly since: number
  readonly gate: Gate
  /** Raised whenever the gate changes; an outcome of an older epoch never moves the chart. */
  readonly epoch: number
  readonly policy: PolicyRecord
  readonly verdict: Verdict
  readonly incident: Incident | null
  /** In `healthy.probation`: until when. */
  readonly probationUntil: number
  /** In `broken`: failed probes in a row, good ones in a row, and when the next is due. */
  readonly probes: { readonly failed: number; readonly ok: number; readonly dueAt: number }
  /** In `paused`: the state to come back to. */
  readonly resumeTo: ChartState | null
  /** The states the last signal entered, in order. */
  readonly walked: readonly ChartState[]
}

/** What the store keeps of an integration's health: enough to wake its actor unchanged. */
export interface IntegrationRecord {
  readonly v: 1
  readonly machine: 'integration-v1'
  readonly value: Json
  readonly context: HealthContext
  /** Raised by one with each record. */
  readonly rev: number
}

/** Successes counted by the policy that no record holds yet. All of them lie in one bucket. */
export interface Folded {
  readonly n: number
  readonly firstAt: number
  readonly lastAt: number
  readonly status: IntegrationStatus
}

/** One step of the chart, as recorded. */
export interface Transition {
  readonly at: number
  readonly integrationId: IntegrationId
  readonly from: ChartState
  readonly to: ChartState
  readonly signal: Signal['type']
  readonly evidence: Evidence
  readonly incidentId?: string
}

/** Who or what did something to an integration, when and why. */
export interface AuditEntry {
  readonly at: number
  readonly integrationId: IntegrationId
  /** `system`, or who called. */
  readonly by: string
  /** For example `integration.disabled` or `integration.enabled`. */
  readonly action: string
  readonly reason: string
  readonly evidence?: Evidence
}

/** The verdict on one integration as data; letters, panel and events print this same value. */
export interface Explanation {
  readonly integration: IntegrationId
  readonly state: HealthState
  /** The leaf of the chart, for example `broken.holding`. */
  readonly chartState: ChartState
  readonly since: number
  readonly policy: { readonly name: string; readonly version: number }
  /** Which rule, in words and in numbers. */
  readonly evidence: Evidence
  readonly incident: Incident | null
  readonly next?: Forecast
  /** When the receiver is probed next, while its deliveries are held because it is broken. */
  readonly probeAt?: number
  readonly wouldChange: string
  /** What is missing for each worse level, as the policy has it. */
  readonly whyNot: readonly WhyNot[]
  /** Deliveries waiting in the ledger, by reason. */
  readonly held: Readonly<Partial<Record<HoldReason, number>>>
  /** Dead letters in the ledger, by reason. */
  readonly dead: Readonly<Partial<Record<DeadReason, number>>>
  /** Our own side is down since then: nothing is judged, and no time counts. */
  readonly frozenAt?: number
  /** All of it in one paragraph. */
  readonly sentence: string
}
