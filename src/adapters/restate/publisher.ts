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

/** So many times longer they wait for those on their way to be accepted, and no longer than this. */
const [busyTimes, busyMsMax] = [30, 1_000] as const

/** What goes to one integration. */
interface Queue {
  waiting: Waiting[]
  /** Those before them were brought, and are not accepted yet. */
  inFlight: number
  timer?: NodeJS.Timeout
}

/**
 * Brings deliveries to their integrations, each batch again until it is accepted. Those of some milliseconds go
 * together, and so do those that come while others of the same integration are on their way: under load batches grow.
 */
export class Publisher {
  readonly #parts: PublisherParts
  readonly #queues = new Map<string, Queue>()

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
      const queue = this.#queues.get(integrationId) ?? { waiting: [], inFlight: 0 }
      this.#queues.set(integrationId, queue)
      queue.waiting.push({ parcel, resolve, reject })
      if (queue.waiting.length >= batchMax) this.#flush(integrationId, queue)
      else queue.timer ??= setTimeout(() => this.#flush(integrationId, queue), this.#waitMs(queue))
    })
  }

  /** Nobody waits for a node that does not answer. */
  #waitMs({ inFlight }: Queue): number {
    const { groupMs } = this.#parts
    return inFlight === 0 ? groupMs : Math.min(busyTimes * groupMs, busyMsMax)
  }

  #flush(integrationId: string, queue: Queue): void {
    clearTimeout(queue.timer)
    delete queue.timer
    const group = queue.waiting
    queue.waiting = []
    const byId = new Map(group.map((one) => [one.parcel.delivery.id, one]))
    for (const { batch } of batchesOf(group.map(({ parcel }) => parcel))) {
      const those = batch.flatMap(({ delivery }) => byId.get(delivery.id) ?? [])
      queue.inFlight += 1
      this.#parts
        .call(targetOf(integrationId, batch), batch)
        .then(
          () => those.forEach(({ resolve }) => resolve()),
          (error: unknown) => those.forEach(({ reject }) => reject(error)),
        )
        .finally(() => this.#ended(integrationId, queue))
    }
  }

  #ended(integrationId: string, queue: Queue): void {
    queue.inFlight -= 1
    if (queue.waiting.length > 0) this.#flush(integrationId, queue)
    else if (queue.inFlight === 0) this.#queues.delete(integrationId)
  }
}

/** The same deliveries have the same key, however often they are brought. */
function targetOf(key: string, batch: readonly Parcel[]): Target {
  const hash = createHash('sha256')
  for (const { delivery } of batch) hash.update(delivery.id)
  return { service: names.integration, key, handler: 'deliver', idempotencyKey: hash.digest('hex'), isOneWay: true }
}
