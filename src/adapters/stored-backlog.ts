import type { DeliveryId, Next, PendingDelivery, Settled } from '../domain/delivery.ts'
import { HookwardError, invariant } from '../domain/errors.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Accepted } from '../ports.ts'
import { bodySizeBytes, storeBody, type StoredDelivery } from './store-document.ts'

/** The deliveries that are not settled, with their bodies, in the order they were accepted. */
export class StoredBacklog {
  readonly #bytesMax: number
  readonly #byId: Map<DeliveryId, StoredDelivery>
  #bytes = 0

  /** `bytesMax` bounds all bodies added up. */
  constructor(pending: readonly StoredDelivery[], bytesMax: number) {
    this.#bytesMax = bytesMax
    this.#byId = new Map(pending.map((stored) => [stored.pending.delivery.id, stored]))
    for (const { body } of this.#byId.values()) this.#bytes += bodySizeBytes(body)
  }

  /** Keeps all of a batch, or throws and keeps none of it. */
  add(deliveries: Accepted['deliveries']): void {
    const incoming = deliveries.map(({ delivery, body }) => ({
      pending: { delivery, attempts: 0, dueAt: delivery.acceptedAt },
      body: storeBody(body),
    }))
    this.#checkIds(incoming)
    const bytes = this.#checkRoom(incoming)
    for (const stored of incoming) this.#byId.set(stored.pending.delivery.id, stored)
    this.#bytes += bytes
  }

  /** Throws `BROKEN_INVARIANT` when a delivery is not here, or no longer once its turn comes. */
  check(settled: readonly Settled[]): void {
    const gone = new Set<DeliveryId>()
    for (const { id, next } of settled) {
      invariant(this.#byId.has(id) && !gone.has(id), `delivery ${id} is settled already`)
      if (typeof next === 'string') gone.add(id)
    }
  }

  /** Moves deliveries that were checked beforehand; `at` is when those to be held began to wait. */
  settle(settled: readonly Settled[], at: number): void {
    for (const { id, next } of settled) {
      const stored = this.known(id)
      if (typeof next === 'string') this.#forget(stored)
      else this.#byId.set(id, { ...stored, pending: moved(stored.pending, next, at) })
    }
  }

  known(id: DeliveryId): StoredDelivery {
    const stored = this.#byId.get(id)
    invariant(stored !== undefined, `delivery ${id} is settled already`)
    return stored
  }

  /** Lets all deliveries of an integration go. */
  remove(id: IntegrationId): void {
    for (const stored of this.#byId.values()) if (stored.pending.delivery.integrationId === id) this.#forget(stored)
  }

  toJSON(): readonly StoredDelivery[] {
    return [...this.#byId.values()]
  }

  #checkIds(incoming: readonly StoredDelivery[]): void {
    const ids = new Set(incoming.map(({ pending }) => pending.delivery.id))
    invariant(ids.size === incoming.length, 'one batch holds the same delivery twice')
    for (const id of ids) invariant(!this.#byId.has(id), `delivery ${id} is stored already`)
  }

  #checkRoom(incoming: readonly StoredDelivery[]): number {
    const bytes = incoming.reduce((sum, { body }) => sum + bodySizeBytes(body), 0)
    if (this.#bytes + bytes <= this.#bytesMax) return bytes
    const waiting = `${this.#bytes} bytes of bodies are waiting and ${bytes} more were given`
    throw new HookwardError('STORE_BACKLOG_FULL', `${waiting}, above the limit of ${this.#bytesMax}`)
  }

  #forget({ pending, body }: StoredDelivery): void {
    this.#byId.delete(pending.delivery.id)
    this.#bytes -= bodySizeBytes(body)
  }
}

function moved(pending: PendingDelivery, next: Exclude<Next, string>, at: number): PendingDelivery {
  const { delivery, attempts, dueAt } = pending
  if (!('hold' in next)) return { delivery, attempts: next.attempts, dueAt: next.dueAt }
  return { delivery, attempts: next.attempts ?? attempts, dueAt, held: { reason: next.hold, at } }
}
