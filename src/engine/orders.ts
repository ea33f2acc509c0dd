import type { Delivery, DeliveryId } from '../domain/delivery.ts'

/** Deliveries that go one after another: of each order those that are not settled, oldest first. */
export class Orders {
  readonly #lines = new Map<string, Set<DeliveryId>>()

  /** To the end of its line; one that stands there keeps its place. */
  join(delivery: Delivery): void {
    const name = nameOf(delivery)
    if (name === undefined) return
    const line = this.#lines.get(name)
    if (line === undefined) this.#lines.set(name, new Set([delivery.id]))
    else line.add(delivery.id)
  }

  /** The one that a delivery has to wait for; undefined when it may go. */
  before(delivery: Delivery): DeliveryId | undefined {
    const name = nameOf(delivery)
    const line = name === undefined ? undefined : this.#lines.get(name)
    if (line?.has(delivery.id) !== true) return undefined
    const [first] = line
    return first === delivery.id ? undefined : first
  }

  /** Gives the one whose turn it is now, when it waited for this one. */
  leave(delivery: Delivery): DeliveryId | undefined {
    const name = nameOf(delivery)
    const line = name === undefined ? undefined : this.#lines.get(name)
    if (name === undefined || line === undefined) return undefined
    const [first] = line
    line.delete(delivery.id)
    if (line.size === 0) this.#lines.delete(name)
    const [next] = line
    return first === delivery.id ? next : undefined
  }
}

function nameOf({ integrationId, order }: Delivery): string | undefined {
  return order === undefined ? undefined : `${integrationId} ${order}`
}
