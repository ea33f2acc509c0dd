import type { TimedSignal } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { View } from '../machines/index.ts'
import type { Change } from '../ports.ts'

/** What else one signal changes: the caller's part of the same commit. */
export type Effects = Pick<Change, 'settled' | 'log' | 'audit'>

/** One step of an integration: the signal, and the chart before and after it. */
export interface Step {
  readonly id: IntegrationId
  readonly signal: TimedSignal
  readonly before: View
  readonly after: View
}

/** What follows from a step: filled by the engine. */
export interface Consequences {
  /** In the same turn: closes the lane where the chart says so, and answers what else belongs into the commit. */
  atOnce(step: Step, effects: Effects): Pick<Change, 'settled' | 'notices' | 'log'>
  /** When the commit is durable: opens lanes, sets timers, tells listeners. */
  onceDurable(step: Step): void
  /** The actor failed over the signal and has restarted from its last record, so the chart stands where it stood. */
  unheard(step: Step): void
  /** The actor failed once too often, and is not woken any more. */
  quarantined(id: IntegrationId, at: number): void
}
