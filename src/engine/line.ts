import type { Delivery, DeliveryId } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'

/** Who stands in a lane: no delivery twice, and of each integration one probe at a time. */
export class Line {
  readonly #queued = new Map<IntegrationId, Set<DeliveryId>>()
  readonly #probed = new Set<IntegrationId>()

  /** `false` when the delivery stands in line already. */
  join({ id, integrationId }: Delivery): boolean {
    const queued = this.#queued.get(integrationId) ?? new Set()
    if (queued.has(id)) return false
    this.#queued.set(integrationId, queued.add(id))
    return true
  }

  leave({ id, integrationId }: Delivery): void {
    const queued = this.#queued.get(integrationId)
    queued?.delete(id)
    if (queued?.size === 0) this.#queued.delete(integrationId)
  }

  /** Everybody leaves the lane of an integration, its probe too. */
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
