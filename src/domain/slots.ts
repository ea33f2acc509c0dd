/** More slots than this are not kept once all of them are free. */
const keptMax = 1_024

/**
 * A map for what comes and goes with every delivery. A `Map` leaves a table behind whenever it has seen enough of that,
 * and V8 keeps alive, until the next full collection, whatever stood in it then: these tables hold numbers alone.
 */
export class SlotMap<Key, Value> {
  readonly #slots = new Map<Key, number>()
  readonly #values: (Value | undefined)[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#slots.size
  }

  has(key: Key): boolean {
    return this.#slots.has(key)
  }

  get(key: Key): Value | undefined {
    const slot = this.#slots.get(key)
    return slot === undefined ? undefined : this.#values[slot]
  }

  /** A key that is there keeps its place in the order. */
  set(key: Key, value: Value): void {
    const known = this.#slots.get(key)
    const slot = known ?? this.#free.pop() ?? this.#values.length
    this.#values[slot] = value
    if (known === undefined) this.#slots.set(key, slot)
  }

  /** Takes a key away and gives what stood there. */
  take(key: Key): Value | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    const value = this.#values[slot]
    this.#slots.delete(key)
    this.#values[slot] = undefined
    this.#free.push(slot)
    if (this.#slots.size === 0 && this.#values.length > keptMax) this.#values.length = this.#free.length = 0
    return value
  }

  /** In the order in which they came. */
  keys(): Iterable<Key> {
    return this.#slots.keys()
  }

  /** In the order in which they came. */
  *values(): Generator<Value> {
    for (const slot of this.#slots.values()) yield this.#values[slot] as Value
  }
}
