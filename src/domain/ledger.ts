import type { DeadReason, DeliveryId, HoldReason } from './delivery.ts'
import type { EventId, Subject } from './event.ts'
import type { OutcomeFacts } from './outcome.ts'
import type { Topic } from './topic.ts'

/** One delivery that is held, or one dead letter: without its body. */
export interface LedgerEntry {
  readonly deliveryId: DeliveryId
  readonly eventId: EventId
  readonly topic: Topic
  readonly organization: string
  readonly subject?: Subject
  /** The delivery that this one was made from, by a replay under fresh ids. */
  readonly replays?: DeliveryId
  readonly acceptedAt: number
  /** Why it is held, or why no attempt follows. */
  readonly reason: HoldReason | DeadReason
  /** It came into the ledger. */
  readonly since: number
  /** It leaves the ledger at this moment at the latest. */
  readonly expiresAt: number
  /** Attempts made before it came there; probes are not counted. */
  readonly attempts: number
  /** What it takes of the ledger's room: its body, and 1,024 bytes for itself. */
  readonly bytes: number
  /** How its last attempt ended; left out when there was none. */
  readonly last?: OutcomeFacts
}

/** How many a ledger has of each reason; reasons of which there are none are left out. */
export interface LedgerCounts {
  readonly held: Readonly<Partial<Record<HoldReason, number>>>
  readonly dead: Readonly<Partial<Record<DeadReason, number>>>
}

/** A part of a ledger. */
export interface LedgerPage {
  readonly entries: readonly LedgerEntry[]
  /** Given as `after` it leads to the next part; left out when there is none. */
  readonly next?: string
  /** How many there are in all. */
  readonly count: number
}

/** What became of a replay. */
export interface ReplayResult {
  /** How many deliveries are as they were asked for. */
  readonly matched: number
  /** How many are sent once more; in a dry run, how many would be. */
  readonly replayed: number
  /** How many are not: beyond `limit`, or they or their installation are gone. */
  readonly skipped: number
}
