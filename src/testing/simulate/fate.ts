import type { HealthState } from '../../domain/health.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import type { NoticeKind, NoticeStep } from '../../domain/notice.ts'
import { healthStateOf } from '../../machines/index.ts'
import type { Replay } from './replay.ts'
import type { Ran } from './run-trace.ts'
import type { HealthChange, Keeper } from './watched.ts'

/** Where the deliveries of a trace are at its end. */
export interface FateOfDeliveries {
  readonly accepted: number
  readonly delivered: number
  /** No attempt follows: dead letters. */
  readonly dead: number
  /** In the ledger: because it is broken or disabled, or because the ledger is still being sent. */
  readonly held: number
  /** On their way. */
  readonly waiting: number
}

/** One step of an incident that the owners would be told of. */
export interface FateOfLetter {
  readonly at: number
  readonly kind: NoticeKind
  readonly step: NoticeStep
}

/** What would become of one integration. */
export interface Fate {
  readonly integration: IntegrationId
  /** At the end. */
  readonly state: HealthState
  /** Every change of its health, oldest first, with the sentence that explains it. */
  readonly changes: readonly HealthChange[]
  /** What its owners would be told, oldest first: one letter to each of them. */
  readonly letters: readonly FateOfLetter[]
  /** Attempts that the policy was asked about. */
  readonly outcomes: number
  /** Deliveries that would be held for a while. */
  readonly held: number
  /** Of a trace. A log does not tell it: the deliveries in it went their way under another policy. */
  readonly deliveries?: FateOfDeliveries
}

/** What became of the integration of a log. */
export function fateOfReplay(integration: IntegrationId, { watched, outcomes, held }: Replay): Fate {
  return { integration, ...keptBy(watched), outcomes, held }
}

/** What became of the integration of a trace. */
export function fateOfCourse({ traced, keeper, course }: Ran): Fate {
  const { parcels, attempts: outcomes } = course
  const count = (...states: readonly string[]) => parcels.filter(({ state }) => states.includes(state)).length
  const held = parcels.filter(({ wasHeld }) => wasHeld).length
  const deliveries = {
    accepted: parcels.length,
    delivered: count('delivered'),
    dead: count('dead', 'dropped'),
    held: count('held'),
    waiting: count('waiting', 'inflight'),
  }
  return { integration: traced.integration, ...keptBy(keeper), outcomes, held, deliveries }
}

function keptBy({ state, changes, told }: Keeper): Pick<Fate, 'state' | 'changes' | 'letters'> {
  return { state: healthStateOf(state), changes, letters: told }
}
