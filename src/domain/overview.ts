import type { ChartState, Forecast, Gate, HealthState } from './health.ts'
import type { IntegrationId, IntegrationStatus } from './integration.ts'

/** How one integration stands, in short; `explain` tells the rest. */
export interface Standing {
  readonly integration: IntegrationId
  readonly name: string
  readonly organization: string
  readonly status: IntegrationStatus
  readonly state: HealthState
  readonly chartState: ChartState
  /** The state was entered. */
  readonly since: number
  /** What its lane lets through. */
  readonly gate: Gate
  /** The rule that fired, in a sentence. */
  readonly summary: string
  /** What will happen by time alone, unless something else comes first. */
  readonly next?: Forecast
  /** When it is probed next, while it is broken. */
  readonly probeAt?: number
  /** Deliveries that wait for an attempt, those under way, those in the ledger and the dead letters. */
  readonly waiting: number
  readonly inFlight: number
  readonly held: number
  readonly dead: number
  /** When the next of those that wait is due: in the past where it is late. Left out when none waits. */
  readonly dueAt?: number
  /** What its ledger takes of its room. */
  readonly ledgerBytes: number
}

/** An outage of our own side that is going on. */
export interface OwnOutage {
  /** It began. */
  readonly at: number
  /** `silence`: nobody is reached any more. `share`: too many began to fail together. */
  readonly sign: 'silence' | 'share'
  /** Hosts that cannot be reached, and those that were alive when it began. */
  readonly hosts: number
  readonly alive: number
}

/** How everything stands: each integration in short, and our own side. */
export interface Overview {
  readonly at: number
  /** The policy that judges. */
  readonly policy: { readonly name: string; readonly version: number }
  /** Our own side is down: nothing is judged. @default it is up */
  readonly outage?: OwnOutage
  /** How much of all time until now is not health time. */
  readonly lostMs: number
  /** What the store keeps of bodies at the most, and what the ledger of one integration may take of it. */
  readonly backlogBytesMax: number
  readonly ledgerBytesMax: number
  /** What all ledgers take. */
  readonly ledgerBytes: number
  /** Machines that are awake. */
  readonly actors: number
  /** In the order they were registered. */
  readonly integrations: readonly Standing[]
}
