import { createHash, randomUUID } from 'node:crypto'
import type { RememberedKey } from '../../domain/event.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import type { Counted, Part } from './moving.ts'
import type { Changes, Revisions } from './directory.ts'
import { Ingress, type IngressParts } from './ingress.ts'
import { Publisher } from './publisher.ts'
import { names, only, valueOf, type Keyed, type News, type Order, type Parcel, type Reply } from './wire.ts'

/** What a first call with an idempotency key was told. */
export interface Accepted {
  readonly eventId: string
  readonly deliveries: number
  readonly duplicate: boolean
}

/** A host's way to the workers. */
export class Link {
  readonly #ingress: Ingress
  readonly #publisher: Publisher

  constructor(parts: IngressParts & { readonly groupMs: number }) {
    const { groupMs } = parts
    this.#ingress = new Ingress(parts)
    this.#publisher = new Publisher({ call: (target, parameter) => this.#ingress.call(target, parameter), groupMs })
  }

  /** A call that may change something; it waits behind what the integration is doing. */
  async call(key: IntegrationId, order: Order): Promise<unknown> {
    const target = { service: names.integration, key, handler: 'call', idempotencyKey: randomUUID() }
    return valueOf((await this.#ingress.call(target, order)) as Reply)
  }

  /** A call that changes nothing; it waits behind nothing. */
  async ask(key: IntegrationId, order: Order): Promise<unknown> {
    return valueOf((await this.#ingress.call({ service: names.integration, key, handler: 'ask' }, order)) as Reply)
  }

  async adopt(key: IntegrationId, part: Part): Promise<Counted & { readonly isNew: boolean }> {
    const target = { service: names.integration, key, handler: 'adopt', idempotencyKey: randomUUID() }
    const reply = (await this.#ingress.call(target, part)) as Reply
    return valueOf(reply) as Counted & { readonly isNew: boolean }
  }

  publish(parcels: readonly Parcel[]): Promise<void> {
    return this.#publisher.publish(parcels)
  }

  async accept(key: string, keyed: Keyed): Promise<Accepted> {
    const target = { service: names.emitted, key: hashOf(key), handler: 'accept' }
    return valueOf((await this.#ingress.call(target, keyed)) as Reply) as Accepted
  }

  async adoptKey({ key, ...first }: RememberedKey, leftMs: number): Promise<void> {
    await this.#ingress.call({ service: names.emitted, key: hashOf(key), handler: 'adopt' }, { first, leftMs })
  }

  async changes(known: Revisions): Promise<Changes> {
    return (await this.#ingress.call({ service: names.catalogue, key: only, handler: 'since' }, known)) as Changes
  }

  async news(from: number | null): Promise<News> {
    return (await this.#ingress.call({ service: names.feed, key: only, handler: 'since' }, from)) as News
  }

  async protocol(): Promise<number> {
    const hello = await this.#ingress.call({ service: names.feed, key: only, handler: 'hello' }, null)
    return (hello as { readonly protocol: number }).protocol
  }

  close(): Promise<void> {
    return this.#ingress.close()
  }
}

/** A key may hold what an address cannot. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
