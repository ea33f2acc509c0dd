import { invariant } from './errors.ts'
import type { EventId, Subject } from './event.ts'
import type { InstallationId, IntegrationId } from './integration.ts'
import type { Outcome, OutcomeFacts, Phase } from './outcome.ts'
import { isLifecycle, type Topic } from './topic.ts'
import type { TraceContext } from './trace.ts'

/** `dlv_` and 32 hex digits. Never changes: it is the `webhook-id` a receiver deduplicates by. */
export type DeliveryId = string

/** One event bound for one installation. */
export interface Delivery {
  readonly id: DeliveryId
  readonly eventId: EventId
  readonly integrationId: IntegrationId
  readonly installationId: InstallationId
  /** The name under which the installation hears it (an alias where it listed one). */
  readonly topic: Topic
  readonly organization: string
  readonly subject?: Subject
  /** Deliveries of one integration with the same order go one after another. */
  readonly order?: string
  readonly acceptedAt: number
  /** It was made anew from this one, which has left the ledger, unless a crash came in between. */
  readonly replays?: DeliveryId
  /** Where it was emitted, in a trace of the host. @default left out: none, or nobody traces what is sent */
  readonly trace?: TraceContext
}

/** The lane a delivery stands in: its integration's own, or beside it one that no verdict closes, for installation topics. */
export function laneOf({ integrationId, topic }: Delivery): string {
  return isLifecycle(topic) ? `${integrationId}/lifecycle` : integrationId
}

/**
 * Why a delivery waits in the ledger. `recovering`: behind those of a ledger that is being sent after a recovery.
 * `left`: whoever enabled its integration did not want it sent.
 */
export type HoldReason = 'broken' | 'disabled' | 'paused' | 'quarantined' | 'recovering' | 'left'

/** Why no attempt follows: none is left, or the outcome allows no other. */
export type DeadReason = 'exhausted' | 'refused'

/** A delivery that is not settled yet. */
export interface PendingDelivery {
  readonly delivery: Delivery
  /** Attempts already spent. */
  readonly attempts: number
  /** Attempts made besides, because the receiver asked to wait and the policy was patient. @default none */
  readonly unspent?: number
  /** The next attempt is due at this moment. */
  readonly dueAt: number
  /** Set while it waits in the ledger. */
  readonly held?: { readonly reason: HoldReason; readonly at: number }
  /** Set while it is a dead letter. */
  readonly dead?: { readonly reason: DeadReason; readonly at: number }
  /** How its last attempt ended. */
  readonly last?: OutcomeFacts
}

/** One HTTP exchange, with what the request log tells of it. */
export interface Attempt {
  /** Fresh for each attempt: 32 hex digits, the `Request-ID` that was sent. */
  readonly requestId: string
  readonly url: string
  /** As sent, with the values of custom headers masked. */
  readonly headers: Readonly<Record<string, string>>
  /** As much of it as the log keeps; so is the body in `outcome`. */
  readonly body: Uint8Array
  /** It ended. */
  readonly at: number
  readonly outcome: Outcome
}

/**
 * What becomes of a delivery after an attempt, or when its lane opens or closes. What is left out stays as it was.
 * The word `dead` alone: gone, body and all; with a reason: kept as a dead letter, so that it can be sent once more.
 */
export type Next =
  | 'delivered'
  | 'dead'
  | 'skipped'
  | 'expired'
  | { readonly dead: DeadReason; readonly attempts?: number; readonly last?: OutcomeFacts }
  | { readonly hold: HoldReason; readonly attempts?: number; readonly dueAt?: number; readonly last?: OutcomeFacts }
  | { readonly attempts: number; readonly dueAt: number; readonly unspent?: number; readonly last?: OutcomeFacts }

/** One line of a change: this delivery goes there. */
export interface Settled {
  readonly id: DeliveryId
  readonly next: Next
}

/** The states of a delivery's life. */
export type DeliveryState = 'pending' | 'inflight' | 'waiting' | 'held' | 'delivered' | 'dead' | 'skipped' | 'expired'

/** The closed table of a delivery's life: from each state, the states it may go to. */
export const deliveryLife: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  pending: ['inflight', 'waiting', 'held', 'skipped'],
  inflight: ['delivered', 'dead', 'waiting', 'held', 'skipped'],
  waiting: ['inflight', 'waiting', 'held', 'skipped'],
  held: ['inflight', 'waiting', 'held', 'skipped', 'expired'],
  delivered: [],
  dead: ['inflight', 'waiting', 'skipped', 'expired'],
  skipped: [],
  expired: [],
}

/** The state a delivery is in after `next`. */
export function stateAfter(next: Next): DeliveryState {
  if (typeof next === 'string') return next
  if ('dead' in next) return 'dead'
  return 'hold' in next ? 'held' : 'waiting'
}

/** Throws `BROKEN_INVARIANT` when the table does not allow the move. */
export function checkMove(id: DeliveryId, from: DeliveryState, next: Next): void {
  invariant(
    deliveryLife[from].includes(stateAfter(next)),
    () => `delivery ${id} cannot go from ${from} to ${stateAfter(next)}`,
  )
}

/** The attempts of one hour. */
export interface HourOfAttempts {
  /** It begins. */
  readonly at: number
  /** Attempts that arrived, and those that did not. */
  readonly ok: number
  readonly failed: number
}

/** One entry of the request log (spec 10.3 and 10.4): one attempt, or why there will be none. */
export interface LogEntry {
  readonly at: number
  readonly integrationId: IntegrationId
  readonly deliveryId: DeliveryId
  readonly eventId: EventId
  readonly topic: Topic
  readonly organization: string
  readonly subject?: Subject
  /** The delivery that this one was made from, by a replay under fresh ids. */
  readonly replays?: DeliveryId
  /** Counted from 1; the last one made when this entry is not an attempt. */
  readonly attempt: number
  readonly requestId?: string
  readonly outcome: OutcomeFacts
  /** 0 when no answer came. */
  readonly responseCode: number
  readonly webhookUrl: string
  readonly durationMs?: number
  /** How far it came. */
  readonly phase?: Phase
  /**
   * How long each phase of it took; `connect` holds all waiting for a connection, and over one that was left open the
   * first three are short. Left out where the transport cannot tell.
   */
  readonly phasesMs?: Readonly<Record<Phase, number>>
  /** What became of the delivery. */
  readonly became: DeliveryState
  /** The receiver named these in its answer (`Sentry-Hook-Error`, `Sentry-Hook-Project`). */
  readonly errorId?: string
  readonly projectId?: string
  /** Failures only; values of custom headers are masked. */
  readonly requestHeaders?: Readonly<Record<string, string>>
  /** Failures only, cut at `logBodyCharsMax` characters. */
  readonly requestBody?: string
  /** Failures with an answer only, cut at `logBodyCharsMax` characters. */
  readonly responseBody?: string
}

/** Whether an entry belongs to the error list: 400 to 599, or no answer (spec 10.2). */
export function isErrorEntry(entry: LogEntry): boolean {
  return entry.responseCode === 0 || (entry.responseCode >= 400 && entry.responseCode <= 599)
}
