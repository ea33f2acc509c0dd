import { laneOf, type Delivery, type DeliveryId } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'

/** So many lanes keep what they stood in for the next delivery: making it anew costs more than all else here. */
const emptyMax = 1_000

/** Who stands in a lane: no delivery twice, and of each integration one probe at a time. */
export class Line {
  /** By lane. */
  readonly #queued = new Map<string, Set<DeliveryId>>()
  readonly #probed = new Set<IntegrationId>()

  /** `false` when the delivery stands in line already. */
  join(delivery: Delivery): boolean {
    const lane = laneOf(delivery)
    const queued = this.#queued.get(lane) ?? new Set()
    if (queued.has(delivery.id)) return false
    this.#queued.set(lane, queued.add(delivery.id))
    return true
  }

  leave(delivery: Delivery): void {
    const lane = laneOf(delivery)
    const queued = this.#queued.get(lane)
    queued?.delete(delivery.id)
    if (queued?.size === 0 && this.#queued.size > emptyMax) this.#queued.delete(lane)
  }

  /** Everybody leaves the lane of an integration, its probe too; that of its installation topics stays. */
  empty(id: IntegrationId): void {
    this.#queued.delete(id)
    this.#probed.delete(id)
  }

  /** `false` when a probe is in line or under way already. */
  beginProbe(id: IntegrationId): boolean {
    if (this.#probed.has(id)) return false
    this.#probed.add(id)
    return true
  }

  endProbe(id: IntegrationId): void {
    this.#probed.delete(id)
  }
}
