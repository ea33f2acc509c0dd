import type { Delivery } from '../../domain/delivery.ts'
import type { TracedEvent } from '../trace/trace.ts'

/** One delivery on its simulated way. */
export interface Parcel {
  /** Which event of its integration. */
  readonly index: number
  readonly event: TracedEvent
  readonly delivery: Pick<Delivery, 'id' | 'topic' | 'acceptedAt'>
  state: 'waiting' | 'inflight' | 'held' | 'dead' | 'delivered' | 'dropped'
  attempts: number
  unspent: number
  dueAt: number
  /** It is a dead letter, also while it is sent as a probe. */
  isDead: boolean
  /** It was held at some time. */
  wasHeld: boolean
}

/** The deliveries of one integration. */
export class Parcels {
  readonly #all: Parcel[] = []
  readonly #open = new Set<Parcel>()
  readonly #dead = new Set<Parcel>()

  /** In the order they were accepted. */
  get all(): readonly Parcel[] {
    return this.#all
  }

  /** Not settled, and no dead letters, oldest first. */
  get open(): ReadonlySet<Parcel> {
    return this.#open
  }

  /** Dead letters, the one that died first before the others. */
  get dead(): ReadonlySet<Parcel> {
    return this.#dead
  }

  accept(event: TracedEvent): Parcel {
    const parcel = parcelOf(event, this.#all.length)
    this.#all.push(parcel)
    this.#open.add(parcel)
    return parcel
  }

  /** The first so many that are held, oldest first. */
  held(count: number): readonly Parcel[] {
    const found: Parcel[] = []
    for (const parcel of this.#open) {
      if (found.length >= count) break
      if (parcel.state === 'held') found.push(parcel)
    }
    return found
  }

  settle(parcel: Parcel, state: 'delivered' | 'dead' | 'dropped'): void {
    parcel.state = state
    this.#open.delete(parcel)
    this.#dead.delete(parcel)
    if (state !== 'dead') return
    parcel.isDead = true
    this.#dead.add(parcel)
  }
}

/** A delivery that was accepted a moment ago. */
function parcelOf(event: TracedEvent, index: number): Parcel {
  const { at, topic = 'trace.event' } = event
  const delivery = { id: `dlv_${index}`, topic, acceptedAt: at }
  const counts = { attempts: 0, unspent: 0, isDead: false, wasHeld: false }
  return { index, event, delivery, state: 'waiting', dueAt: at, ...counts }
}
