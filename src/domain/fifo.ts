/** An array that has become longer than this is not kept for the next values. */
const keptMax = 64

/** First in, first out: to take from the front of a long array costs as much as it is long. */
export class Fifo<Value> {
  #values: (Value | undefined)[] = []
  #head = 0
  #tail = 0

  get length(): number {
    return this.#tail - this.#head
  }

  get first(): Value | undefined {
    return this.#values[this.#head]
  }

  push(value: Value): void {
    this.#values[this.#tail] = value
    this.#tail += 1
  }

  shift(): Value | undefined {
    if (this.#head === this.#tail) return undefined
    const first = this.#values[this.#head]
    this.#values[this.#head] = undefined
    this.#head += 1
    if (this.#head === this.#tail) this.#empty()
    else if (this.#head > keptMax && this.#head * 2 > this.#tail) this.#moveUp()
    return first
  }

  clear(): void {
    this.#values = []
    this.#empty()
  }

  #empty(): void {
    if (this.#values.length > keptMax) this.#values = []
    this.#head = this.#tail = 0
  }

  #moveUp(): void {
    this.#values = this.#values.slice(this.#head, this.#tail)
    this.#tail -= this.#head
    this.#head = 0
  }
}
