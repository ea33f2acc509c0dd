import type { Delivery } from '../domain/delivery.ts'
import type { Clock, Logger } from '../ports.ts'

/** What the operator is told of: receivers that keep to Standard Webhooks may count on bodies of no more. */
const usualBytesMax = 20_000
const [dayMs, toldMax] = [86_400_000, 1_000]

/**
 * Large bodies are accepted, and the operator is told: once a day for each integration and topic, and of 1,000 of
 * these a day at most.
 */
export class LargeEvents {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #told = new Set<string>()
  #day = 0

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock
    this.#logger = logger
  }

  look({ integrationId, topic }: Delivery, { byteLength: bytes }: Uint8Array): void {
    if (bytes <= usualBytesMax) return
    this.#turnPage()
    const line = `${integrationId} ${topic}`
    if (this.#told.has(line) || this.#told.size >= toldMax) return
    this.#told.add(line)
    this.#logger.warn({ integration: integrationId, topic, bytes }, large)
  }

  #turnPage(): void {
    const day = Math.floor(this.#clock.now() / dayMs)
    if (day !== this.#day) this.#told.clear()
    this.#day = day
  }
}

const large = `the body of an event is larger than ${usualBytesMax} bytes: it is sent, but some receivers take no more`
