import type { Delivery, DeliveryId } from '../domain/delivery.ts'
import type { Clock } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Timers } from './timers.ts'

const lookAgainMs = 1_000

/** What ordering works with. */
export interface OrderingParts {
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly clock: Clock
  readonly timers: Timers
  /** Sets a delivery going whose turn it is. */
  readonly go: (id: DeliveryId) => void
}

/** Lets deliveries that go in order wait for each other, and no longer than their integration allows. */
export class Ordering {
  readonly #parts: OrderingParts

  constructor(parts: OrderingParts) {
    this.#parts = parts
  }

  /** Whether it has to wait for another one. */
  waits(delivery: Delivery): boolean {
    const first = this.#parts.backlog.before(delivery.id)
    if (first !== undefined && !this.#parts.timers.has(keyOf(delivery))) this.#watch(first.delivery)
    return first !== undefined
  }

  /** What it waited for is settled; from now on it may hold up those behind it. */
  turn(id: DeliveryId): void {
    const { backlog, go } = this.#parts
    const delivery = backlog.get(id)?.delivery
    if (delivery === undefined) return
    this.#watch(delivery)
    go(id)
  }

  #watch(first: Delivery): void {
    const { catalogue, clock, timers } = this.#parts
    const blockingMaxMs = catalogue.integration(first.integrationId)?.ordered?.blockingMaxMs ?? 0
    timers.set(keyOf(first), clock.now() + blockingMaxMs, () => this.#overtake(first))
  }

  /** What is under way ends first, and behind a closed gate nobody overtakes. */
  #overtake(first: Delivery): void {
    const { backlog, clock, timers } = this.#parts
    const state = backlog.get(first.id)?.state
    if (state === 'pending' || state === 'inflight')
      timers.set(keyOf(first), clock.now() + lookAgainMs, () => this.#overtake(first))
    const next = state === 'waiting' ? backlog.overtake(first) : undefined
    if (next !== undefined) this.turn(next)
  }
}

function keyOf({ integrationId, order = '' }: Delivery): string {
  return `order:${integrationId} ${order}`
}
