import type { LogEntry } from '../../domain/delivery.ts'
import type { Slope } from '../../policy/ramp.ts'
import { emptyDocument, type StoreDocument } from '../store-document.ts'

/** Everything that is kept of one integration between two turns. */
export interface Slice {
  readonly document: StoreDocument
  /** The latest of its requests, oldest first. */
  readonly log: readonly LogEntry[]
  /** How fast its ledger was being sent. */
  readonly ramp?: Slope
}

/** Of an integration never heard of. */
export const emptySlice: Slice = { document: emptyDocument, log: [] }
