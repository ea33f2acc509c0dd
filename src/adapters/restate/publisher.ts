import { createHash } from 'node:crypto'
import { batchesOf } from './batches.ts'
import type { Target } from './ingress.ts'
import { batchMax, names, type Parcel } from './wire.ts'

/** What a publisher works with. */
export interface PublisherParts {
  readonly call: (target: Target, parameter: unknown) => Promise<unknown>
  /** Deliveries of one integration wait for each other for so long. */
  readonly groupMs: number
}

interface Waiting {
  readonly parcel: Parcel
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Brings deliveries to their integrations: those of some milliseconds together, each batch again until it is accepted. */
export class Publisher {
  readonly #parts: PublisherParts
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  /** Resolves when all of them are accepted, so that no crash can lose them any more. */
  async publish(parcels: readonly Parcel[]): Promise<void> {
    await Promise.all(parcels.map((parcel) => this.#add(parcel)))
  }

  #add(parcel: Parcel): Promise<void> {
    return new Promise((resolve, reject) => {
      const { integrationId } = parcel.delivery
      const group = this.#waiting.get(integrationId) ?? []
      group.push({ parcel, resolve, reject })
      if (group.length === 1) {
        this.#waiting.set(integrationId, group)
        setTimeout(() => this.#flush(integrationId, group), this.#parts.groupMs)
      } else if (group.length >= batchMax) this.#flush(integrationId, group)
    })
  }

  #flush(integrationId: string, group: readonly Waiting[]): void {
    if (this.#waiting.get(integrationId) !== group) return
    this.#waiting.delete(integrationId)
    const byId = new Map(group.map((one) => [one.parcel.delivery.id, one]))
    for (const { batch } of batchesOf(group.map(({ parcel }) => parcel))) {
      const those = batch.flatMap(({ delivery }) => byId.get(delivery.id) ?? [])
      this.#parts.call(targetOf(integrationId, batch), batch).then(
        () => those.forEach(({ resolve }) => resolve()),
        (error: unknown) => those.forEach(({ reject }) => reject(error)),
      )
    }
  }
}

/** The same deliveries have the same key, however often they are brought. */
function targetOf(key: string, batch: readonly Parcel[]): Target {
  const hash = createHash('sha256')
  for (const { delivery } of batch) hash.update(delivery.id)
  return { service: names.integration, key, handler: 'deliver', idempotencyKey: hash.digest('hex'), isOneWay: true }
}
