import type { Folded, Signal } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { View } from '../machines/index.ts'
import type { Policy } from '../policy/health/policy.ts'

/** A success as it is told to the chart. */
export type SuccessSignal = Extract<Signal, { type: 'delivery.ok' }>

/** So many successes are counted at most before they are written into a record. */
const foldedMax = 1_000

type Counting = { -readonly [Name in keyof Folded]: Folded[Name] }

/** Successes counted in bulk while they could not change the verdict, and that the chart has not been told of yet. */
export class Folds {
  readonly #policy: Policy
  readonly #counts = new Map<IntegrationId, Counting>()

  constructor(policy: Policy) {
    this.#policy = policy
  }

  /** Counts a success and answers how the store is to count it; `undefined`: it must be a signal of its own. */
  add(id: IntegrationId, view: View, { at, status, firstAt }: SuccessSignal): Folded | undefined {
    const known = this.#counts.get(id)
    const folded = known ?? { n: 0, firstAt, lastAt: at, status }
    if (folded.status !== status || folded.n >= foldedMax || !this.#isFoldable(view, folded, at)) return undefined
    folded.n += 1
    folded.lastAt = at
    if (known === undefined) this.#counts.set(id, folded)
    return { n: 1, firstAt: at, lastAt: at, status }
  }

  /** Hands the count of an integration out: whoever takes it tells the chart, or puts it back. */
  take(id: IntegrationId): Folded | undefined {
    const folded = this.#counts.get(id)
    this.#counts.delete(id)
    return folded
  }

  put(id: IntegrationId, folded: Folded): void {
    this.#counts.set(id, { ...folded })
  }

  #isFoldable({ state, context }: View, { firstAt }: Folded, at: number): boolean {
    if (state !== 'healthy.steady' || this.#policy.bucketOf(firstAt) !== this.#policy.bucketOf(at)) return false
    return this.#policy.foldable(context.policy.memory)
  }
}

/** How successes that were counted in bulk are told to the chart. */
export function signalOf(folded: Folded): SuccessSignal {
  return { type: 'delivery.ok', ...folded, at: folded.lastAt }
}
