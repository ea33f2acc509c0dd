import { createActor, type Actor } from 'xstate'
import type { ChartState, HealthContext, HealthState, IntegrationRecord } from '../domain/health.ts'
import { invariant } from '../domain/errors.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Json } from '../domain/json.ts'
import type { IntegrationMachine } from './integration.ts'

/** A live integration. */
export type IntegrationActor = Actor<IntegrationMachine>
interface Snapshot {
  readonly value: unknown
  readonly context: HealthContext
}

/** What the store keeps of a snapshot: our own record, not XState's layout. */
export function recordOf(snapshot: Snapshot, rev: number): IntegrationRecord {
  return { v: 1, machine: 'integration-v1', value: snapshot.value as Json, context: snapshot.context, rev }
}

/** An actor, not yet started, exactly where the record left it. No entry action runs again. */
export function wake(machine: IntegrationMachine, record: IntegrationRecord): IntegrationActor {
  const { integrationId, at } = record.context
  const snapshot = machine.resolveState({ value: record.value as never, context: record.context })
  return createActor(machine, { snapshot, input: { integrationId, at } })
}

const chartStates: readonly ChartState[] = [
  'healthy.steady',
  'healthy.probation',
  'degraded',
  'broken.holding',
  'broken.probing',
  'broken.condemned',
  'disabled',
  'paused',
]

/** The leaf of the chart a record or snapshot rests in. */
export function chartStateOf({ value }: { readonly value: unknown }): ChartState {
  const text = typeof value === 'string' ? value : Object.entries(value as Record<string, string>)[0]?.join('.')
  const state = chartStates.find((name) => name === text)
  invariant(state !== undefined, () => `the chart has no state ${JSON.stringify(value)}`)
  return state
}

/** The state as XState writes it: `broken.holding` is `{ broken: 'holding' }`. */
export function valueOf(state: ChartState): Json {
  const [name, leaf] = state.split('.') as [string, string?]
  return leaf === undefined ? name : { [name]: leaf }
}

/** The public name of a leaf: `broken.holding` is `broken`. */
export function healthStateOf(state: ChartState): HealthState {
  return state.split('.')[0] as HealthState
}

/** An integration as its record or its snapshot shows it. */
export interface View {
  readonly state: ChartState
  readonly value: unknown
  readonly context: HealthContext
  /** Its actor is not to be woken: the lane is closed whatever the chart says. */
  readonly isQuarantined?: true
}

const views = new WeakMap<Snapshot, View>()

/** What a record or a snapshot shows; neither ever changes, so it is worked out once. */
export function viewOf(snapshot: Snapshot): View {
  const known = views.get(snapshot)
  if (known !== undefined) return known
  const view = { state: chartStateOf(snapshot), value: snapshot.value, context: snapshot.context }
  views.set(snapshot, view)
  return view
}

/** The record of an integration never heard of. */
export function freshRecord(machine: IntegrationMachine, integrationId: IntegrationId, at: number): IntegrationRecord {
  return recordOf(createActor(machine, { input: { integrationId, at } }).getSnapshot(), 0)
}
