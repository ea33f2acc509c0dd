import type { DeliveryId, LogEntry } from '../../domain/delivery.ts'
import type { AnyEvent } from '../../domain/told.ts'
import type { Slope } from '../../policy/ramp.ts'
import { emptyDocument, type StoreDocument } from '../store-document.ts'

/** What an engine in one process has in memory alone: it can go on without it, and better with it. */
export interface Carried {
  /** How fast its ledger was being sent. */
  readonly ramp?: Slope
  /** Which deliveries were probes since its lane was last open. */
  readonly probes?: ProbeTries
  /** How often in a row it was our own trouble, and until when it is not tried again for it. */
  readonly trouble?: { readonly inARow: number; readonly until: number }
  /** Of all time until now, what is not health time: as long as no record says so. */
  readonly lostMs?: number
}

/** The probes of one integration since its lane was last open. */
export interface ProbeTries {
  /** Those that failed, and in which turn. */
  readonly turns: readonly (readonly [DeliveryId, number])[]
  /** Those that failed when the receiver had just taken another one. */
  readonly suspects: readonly DeliveryId[]
  readonly wasOk: boolean
}

/** Everything that is kept of one integration between two turns. */
export interface Slice {
  readonly document: StoreDocument
  /** The latest of its requests, oldest first. */
  readonly log: readonly LogEntry[]
  readonly carried?: Carried
  /** When the last turn began. */
  readonly at?: number
}

/** Of an integration never heard of. */
export const emptySlice: Slice = { document: emptyDocument, log: [] }

/** A letter that somebody else is to send. */
export interface LetterDue {
  readonly id: string
  readonly tries: number
  readonly dueAt: number
}

/** What a turn came to. Nothing of it counts before it is durable. */
export interface Turned<T> {
  readonly answer: T
  readonly document: StoreDocument
  /** What it has added to the log, oldest first. */
  readonly logged: readonly LogEntry[]
  readonly carried?: Carried
  readonly beganAt: number
  /** When it ended. */
  readonly at: number
  /** The next turn is due then, if nothing comes before; `Infinity`: none is. */
  readonly wakeAt: number
  readonly letters: readonly LetterDue[]
  readonly told: readonly AnyEvent[]
}
