import type { Delivery, DeliveryId, Next, PendingDelivery, Settled } from '../domain/delivery.ts'
import { HookwardError, invariant } from '../domain/errors.ts'
import { GroupedIds } from '../domain/grouped-ids.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { SlotMap } from '../domain/slots.ts'
import type { Accepted } from '../ports.ts'
import { bodySizeBytes, isPlace, type BodyPlace, type StoredBody, type StoredDelivery } from './store-document.ts'

/** The deliveries that are not settled, with their bodies, in the order they were accepted. */
export class StoredBacklog {
  readonly #bytesMax: number
  readonly #byId = new SlotMap<DeliveryId, StoredDelivery>()
  readonly #byIntegration = new GroupedIds()
  readonly #bytesBySegment = new Map<number, number>()
  #bytes = 0

  /** `bytesMax` bounds all bodies added up. */
  constructor(pending: readonly StoredDelivery[], bytesMax: number) {
    this.#bytesMax = bytesMax
    for (const stored of pending) this.#put(stored)
  }

  /** Throws unless all of a batch may be kept. */
  checkIncoming(deliveries: Accepted['deliveries']): void {
    if (deliveries.length > 1) {
      const ids = new Set(deliveries.map(({ delivery }) => delivery.id))
      invariant(ids.size === deliveries.length, 'one batch holds the same delivery twice')
    }
    let bytes = 0
    for (const { delivery, body } of deliveries) {
      invariant(!this.#byId.has(delivery.id), () => `delivery ${delivery.id} is stored already`)
      bytes += body.byteLength
    }
    if (this.#bytes + bytes <= this.#bytesMax) return
    const waiting = `${this.#bytes} bytes of bodies are waiting and ${bytes} more were given`
    throw new HookwardError('STORE_BACKLOG_FULL', `${waiting}, above the limit of ${this.#bytesMax}`)
  }

  /** Keeps one more; `seq` is the number of its record, where there is one. */
  add(delivery: Delivery, body: StoredBody, seq?: number): void {
    const pending = { delivery, attempts: 0, dueAt: delivery.acceptedAt }
    this.#put(seq === undefined ? { pending, body } : { pending, body, seq })
  }

  /** The body of a delivery is found elsewhere from now on. */
  move(id: DeliveryId, body: StoredBody): void {
    const stored = this.#byId.get(id)
    if (stored === undefined) return
    this.#count(stored.body, -1)
    this.#put({ ...stored, body })
  }

  /** Throws `BROKEN_INVARIANT` when a delivery is not here, or no longer once its turn comes. */
  check(settled: readonly Settled[]): void {
    const gone = settled.length > 1 ? new Set<DeliveryId>() : undefined
    for (const { id, next } of settled) {
      invariant(this.#byId.has(id) && gone?.has(id) !== true, () => `delivery ${id} is settled already`)
      if (typeof next === 'string') gone?.add(id)
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

  get(id: DeliveryId): StoredDelivery | undefined {
    return this.#byId.get(id)
  }

  known(id: DeliveryId): StoredDelivery {
    const stored = this.#byId.get(id)
    invariant(stored !== undefined, () => `delivery ${id} is settled already`)
    return stored
  }

  /** Lets all deliveries of an integration go. */
  remove(id: IntegrationId): void {
    for (const stored of this.of(id)) this.#forget(stored)
  }

  /** Those of one integration, in the order they were accepted. */
  of(id: IntegrationId): readonly StoredDelivery[] {
    return [...this.#byIntegration.of(id)].map((deliveryId) => this.known(deliveryId))
  }

  /** How many bytes of bodies are still needed from each segment of a journal. */
  get bytesBySegment(): ReadonlyMap<number, number> {
    return this.#bytesBySegment
  }

  /** Those whose body stands in this segment of a journal. */
  inSegment(segment: number): readonly StoredDelivery[] {
    return [...this.#byId.values()].filter(({ body }) => isPlace(body) && body.segment === segment)
  }

  toJSON(): readonly StoredDelivery[] {
    return [...this.#byId.values()]
  }

  #put(stored: StoredDelivery): void {
    const { id, integrationId } = stored.pending.delivery
    this.#byId.set(id, stored)
    this.#byIntegration.add(integrationId, id)
    this.#count(stored.body, 1)
  }

  #forget({ pending, body }: StoredDelivery): void {
    const { id, integrationId } = pending.delivery
    this.#byId.take(id)
    this.#byIntegration.delete(integrationId, id)
    this.#count(body, -1)
  }

  #count(body: StoredBody, sign: 1 | -1): void {
    this.#bytes += sign * bodySizeBytes(body)
    if (isPlace(body)) this.#countPlace(body, sign)
  }

  #countPlace({ segment, length }: BodyPlace, sign: 1 | -1): void {
    const bytes = (this.#bytesBySegment.get(segment) ?? 0) + sign * length
    if (bytes === 0) this.#bytesBySegment.delete(segment)
    else this.#bytesBySegment.set(segment, bytes)
  }
}

function moved(pending: PendingDelivery, next: Exclude<Next, string>, at: number): PendingDelivery {
  const { held, dead, ...kept } = pending
  if ('dead' in next) return { ...kept, ...withoutReason(next), dead: { reason: next.dead, at: dead?.at ?? at } }
  if ('hold' in next) return { ...kept, ...withoutReason(next), held: { reason: next.hold, at: held?.at ?? at } }
  return { ...kept, ...next }
}

function withoutReason<T extends object>(next: T): Omit<T, 'dead' | 'hold'> {
  return Object.fromEntries(Object.entries(next).filter(([name]) => name !== 'dead' && name !== 'hold')) as T
}
