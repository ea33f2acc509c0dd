import { laneOf, type Delivery } from '../domain/delivery.ts'
import { GroupedIds } from '../domain/grouped-ids.ts'
import type { IntegrationId } from '../domain/integration.ts'

/** Who stands in a lane: no delivery twice, and of each integration one probe at a time. */
export class Line {
  /** By lane. */
  readonly #queued = new GroupedIds()
  readonly #probed = new Set<IntegrationId>()

  /** `false` when the delivery stands in line already. */
  join(delivery: Delivery): boolean {
    const lane = laneOf(delivery)
    if (this.#queued.has(lane, delivery.id)) return false
    this.#queued.add(lane, delivery.id)
    return true
  }

  leave(delivery: Delivery): void {
    this.#queued.delete(laneOf(delivery), delivery.id)
  }

  /** Everybody leaves the lane of an integration, its probe too; that of its installation topics stays. */
  empty(id: IntegrationId): void {
    this.#queued.clear(id)
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
