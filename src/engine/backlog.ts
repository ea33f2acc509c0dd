import {
  checkMove,
  stateAfter,
  type Delivery,
  type DeliveryId,
  type DeliveryState,
  type HoldReason,
  type Next,
  type PendingDelivery,
  type Settled,
} from '../domain/delivery.ts'
import { invariant } from '../domain/errors.ts'
import type { InstallationId, IntegrationId } from '../domain/integration.ts'
import { isLifecycle } from '../domain/topic.ts'
import { Orders } from './orders.ts'

/** A delivery that is not settled, and where it stands. */
export interface Waiting {
  readonly delivery: Delivery
  readonly state: DeliveryState
  /** Attempts spent. */
  readonly attempts: number
  /** Attempts made besides that cost none. */
  readonly unspent: number
  readonly dueAt: number
  readonly held?: { readonly reason: HoldReason; readonly at: number }
}

/** Every delivery that is not settled, without its body. The table of `domain/delivery.ts` guards each step. */
export class Backlog {
  readonly #byId = new Map<DeliveryId, Waiting>()
  readonly #byIntegration = new Map<IntegrationId, Set<DeliveryId>>()
  readonly #orders = new Orders()

  get(id: DeliveryId): Waiting | undefined {
    return this.#byId.get(id)
  }

  /** Those of one integration, oldest first. */
  of(id: IntegrationId): readonly Waiting[] {
    return [...(this.#byIntegration.get(id) ?? [])].map((deliveryId) => this.#known(deliveryId))
  }

  /** Those whose lane the verdict opens and closes: all but installation topics. */
  judged(id: IntegrationId): readonly Waiting[] {
    return this.of(id).filter(({ delivery }) => !isLifecycle(delivery.topic))
  }

  /** The judged ones of one installation. */
  ofInstallation(id: IntegrationId, uuid: InstallationId): readonly Waiting[] {
    return this.judged(id).filter(({ delivery }) => delivery.installationId === uuid)
  }

  held(id: IntegrationId): readonly Waiting[] {
    return this.of(id).filter(({ state }) => state === 'held')
  }

  heldCounts(id: IntegrationId): Partial<Record<HoldReason, number>> {
    const counts: Partial<Record<HoldReason, number>> = {}
    for (const { held } of this.held(id)) if (held) counts[held.reason] = (counts[held.reason] ?? 0) + 1
    return counts
  }

  /** A delivery that was accepted a moment ago. */
  add(delivery: Delivery): void {
    this.#put({ delivery, state: 'pending', attempts: 0, unspent: 0, dueAt: delivery.acceptedAt })
    this.#orders.join(delivery)
  }

  /** A delivery read back from the store. */
  restore({ delivery, attempts, unspent = 0, dueAt, held }: PendingDelivery): void {
    const state = held !== undefined ? 'held' : attempts + unspent > 0 ? 'waiting' : 'pending'
    this.#put({ delivery, state, attempts, unspent, dueAt, ...(held === undefined ? {} : { held }) })
    this.#orders.join(delivery)
  }

  /** Marks it as in flight; `false` when it was settled or held meanwhile and must not be sent. */
  start(id: DeliveryId, isProbe: boolean): boolean {
    const known = this.#byId.get(id)
    if (known === undefined || known.state === 'inflight' || (known.state === 'held' && !isProbe)) return false
    const { held: _released, ...rest } = known
    this.#byId.set(id, { ...rest, state: 'inflight' })
    return true
  }

  /** The delivery that this one has to wait for, because they go in order. */
  before(id: DeliveryId): Waiting | undefined {
    const known = this.#byId.get(id)
    const first = known === undefined ? undefined : this.#orders.before(known.delivery)
    return first === undefined ? undefined : this.#byId.get(first)
  }

  /** It has held up the others for long enough; gives the one whose turn it is now. */
  overtake(delivery: Delivery): DeliveryId | undefined {
    return this.#orders.leave(delivery)
  }

  /**
   * Gives those whose turn has come, because what they waited for is settled. Throws `BROKEN_INVARIANT`, and has moved
   * none, when one of the steps is not in the table.
   */
  move(settled: readonly Settled[], at: number): readonly DeliveryId[] {
    for (const { id, next } of settled) checkMove(id, this.#known(id).state, next)
    return settled.flatMap(({ id, next }) => this.#move(this.#known(id), next, at) ?? [])
  }

  #move(known: Waiting, next: Next, at: number): DeliveryId | undefined {
    const { delivery, attempts, unspent, dueAt } = known
    if (typeof next === 'string') return this.#remove(delivery)
    const state = stateAfter(next)
    if ('hold' in next)
      this.#put({
        delivery,
        state,
        attempts: next.attempts ?? attempts,
        unspent,
        dueAt,
        held: { reason: next.hold, at },
      })
    else this.#put({ delivery, state, unspent, ...next })
    return undefined
  }

  #put(waiting: Waiting): void {
    const { id, integrationId } = waiting.delivery
    this.#byId.set(id, waiting)
    const ids = this.#byIntegration.get(integrationId) ?? new Set()
    this.#byIntegration.set(integrationId, ids.add(id))
  }

  #remove(delivery: Delivery): DeliveryId | undefined {
    const { id, integrationId } = delivery
    this.#byId.delete(id)
    const ids = this.#byIntegration.get(integrationId)
    ids?.delete(id)
    if (ids?.size === 0) this.#byIntegration.delete(integrationId)
    return this.#orders.leave(delivery)
  }

  #known(id: DeliveryId): Waiting {
    const known = this.#byId.get(id)
    invariant(known !== undefined, `delivery ${id} is settled already`)
    return known
  }
}
