import type { Clock } from '../ports.ts'

interface Entry {
  readonly key: string
  readonly atMs: number
  readonly fn: () => void
}

/**
 * The engine's one timer wheel: any number of named timers over a single call of the clock.
 * Setting a key again replaces its timer. A binary heap; entries that were replaced are dropped when they surface.
 */
export class Timers {
  readonly #clock: Clock
  readonly #heap: Entry[] = []
  readonly #live = new Map<string, Entry>()
  #armed: { readonly atMs: number; readonly cancel: () => void } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether a timer is due now and has not run yet. */
  get isDue(): boolean {
    this.#dropReplaced()
    return (this.#heap[0]?.atMs ?? Infinity) <= this.#clock.now()
  }

  /** Setting a key to the moment it already stands at changes nothing. */
  set(key: string, atMs: number, fn: () => void): void {
    if (this.#live.get(key)?.atMs === atMs) return
    const entry = { key, atMs, fn }
    this.#live.set(key, entry)
    this.#heap.push(entry)
    this.#rise(this.#heap.length - 1)
    this.#arm()
  }

  cancel(key: string): void {
    this.#live.delete(key)
  }

  clear(): void {
    this.#live.clear()
    this.#heap.length = 0
    this.#armed?.cancel()
    this.#armed = undefined
  }

  #arm(): void {
    this.#dropReplaced()
    const next = this.#heap[0]
    if (next === undefined || (this.#armed !== undefined && this.#armed.atMs <= next.atMs)) return
    this.#armed?.cancel()
    this.#armed = { atMs: next.atMs, cancel: this.#wait(next.atMs) }
  }

  /** What is due already does not wait for the clock: a clock moved by hand may not move again. */
  #wait(atMs: number): () => void {
    const run = () => this.#run()
    if (atMs > this.#clock.now()) return this.#clock.at(atMs, run)
    const turn = setImmediate(run)
    return () => clearImmediate(turn)
  }

  #run(): void {
    this.#armed = undefined
    while (this.isDue) {
      const due = this.#pop()
      this.#live.delete(due.key)
      due.fn()
    }
    this.#arm()
  }

  #dropReplaced(): void {
    while (this.#heap[0] !== undefined && this.#live.get(this.#heap[0].key) !== this.#heap[0]) this.#pop()
  }

  #pop(): Entry {
    const top = this.#heap[0] as Entry
    const last = this.#heap.pop() as Entry
    if (this.#heap.length > 0) {
      this.#heap[0] = last
      this.#sink(0)
    }
    return top
  }

  #at(index: number): number {
    return this.#heap[index]?.atMs ?? Infinity
  }

  #rise(index: number): void {
    const parent = (index - 1) >> 1
    if (index === 0 || this.#at(parent) <= this.#at(index)) return
    this.#swap(index, parent)
    this.#rise(parent)
  }

  #sink(index: number): void {
    const [left, right] = [2 * index + 1, 2 * index + 2]
    const least = this.#at(right) < this.#at(left) ? right : left
    if (this.#at(least) >= this.#at(index)) return
    this.#swap(index, least)
    this.#sink(least)
  }

  #swap(a: number, b: number): void {
    const entry = this.#heap[a] as Entry
    this.#heap[a] = this.#heap[b] as Entry
    this.#heap[b] = entry
  }
}
