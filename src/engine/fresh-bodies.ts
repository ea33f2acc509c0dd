import type { DeliveryId } from '../domain/delivery.ts'
import { SlotMap } from '../domain/slots.ts'

const bytesMax = 16 * 2 ** 20

/**
 * Bodies of deliveries that were accepted a moment ago: most are sent at once, and need not be read back. What waits
 * for longer is read from the store when its turn comes, however many wait; the oldest leave first.
 */
export class FreshBodies {
  readonly #bytesMax: number
  readonly #bodies = new SlotMap<DeliveryId, Uint8Array>()
  #bytes = 0

  /** @param max all bodies added up. @default 16 MiB */
  constructor(max: number = bytesMax) {
    this.#bytesMax = max
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Keeps a body for its first attempt, or until newer ones need the room. */
  keep(id: DeliveryId, body: Uint8Array): void {
    this.take(id)
    this.#bodies.set(id, body)
    this.#bytes += body.byteLength
    for (const oldest of this.#bodies.keys()) {
      if (this.#bytes <= this.#bytesMax) return
      this.take(oldest)
    }
  }

  /** Gives a body and keeps it no longer; `undefined` when it is not here any more. */
  take(id: DeliveryId): Uint8Array | undefined {
    const body = this.#bodies.take(id)
    this.#bytes -= body?.byteLength ?? 0
    return body
  }
}
