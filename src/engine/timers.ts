import type { Clock } from '../ports.ts'

interface Entry {
  readonly key: string
  readonly atMs: number
  readonly fn: () => void
}

/**
 * The engine's one timer wheel: any number of named timers over a single call of the clock.
 * Setting a key again replaces its timer. A binary heap; entries that were replaced are dropped when they surface, or when
 * they are more than those that count.
 */
export class Timers {
  readonly #clock: Clock
  readonly #onFault: (fault: unknown) => void
  readonly #before: () => void
  readonly #heap: Entry[] = []
  readonly #live = new Map<string, Entry>()
  #armed: { readonly atMs: number; readonly cancel: () => void } | undefined
  #isClosed = false

  /** `onFault` hears what a timer's function threw; the other timers run all the same. `before` is called when some run. */
  constructor(clock: Clock, onFault: (fault: unknown) => void, before: () => void = () => undefined) {
    this.#clock = clock
    this.#onFault = onFault
    this.#before = before
  }

  /** Whether a timer is due now and has not run yet. */
  get isDue(): boolean {
    return this.nextAt <= this.#clock.now()
  }

  /** When the first of those that stand now is due. */
  get nextAt(): number {
    this.#dropReplaced()
    return this.#heap[0]?.atMs ?? Infinity
  }

  has(key: string): boolean {
    return this.#live.has(key)
  }

  /** Setting a key to the moment it already stands at changes nothing; after `close` nothing is set any more. */
  set(key: string, atMs: number, fn: () => void): void {
    if (this.#isClosed || this.#live.get(key)?.atMs === atMs) return
    const entry = { key, atMs, fn }
    this.#live.set(key, entry)
    if (this.#heap.length >= 2 * this.#live.size + 64) this.#rebuild()
    else this.#push(entry)
    this.#arm()
  }

  cancel(key: string): void {
    this.#live.delete(key)
  }

  /** Moves every timer by so much, each still in its place before the others. */
  move(ms: number): void {
    for (const [key, entry] of this.#live) this.#live.set(key, { ...entry, atMs: entry.atMs + ms })
    this.#rebuild()
    this.#disarm()
    this.#arm()
  }

  /** Drops every timer and takes no more. */
  close(): void {
    this.#isClosed = true
    this.#live.clear()
    this.#heap.length = 0
    this.#disarm()
  }

  #arm(): void {
    this.#dropReplaced()
    const next = this.#heap[0]
    if (next === undefined || (this.#armed !== undefined && this.#armed.atMs <= next.atMs)) return
    this.#disarm()
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
    if (!this.#isClosed) this.#before()
    while (this.isDue) {
      const due = this.#pop()
      this.#live.delete(due.key)
      this.#call(due)
    }
    this.#disarm()
    this.#arm()
  }

  #disarm(): void {
    this.#armed?.cancel()
    this.#armed = undefined
  }

  #call({ fn }: Entry): void {
    try {
      fn()
    } catch (fault) {
      this.#onFault(fault)
    }
  }

  /** Timers that are set again and again would fill the heap with entries that no longer count. */
  #rebuild(): void {
    this.#heap.length = 0
    for (const entry of this.#live.values()) this.#push(entry)
  }

  #push(entry: Entry): void {
    this.#heap.push(entry)
    this.#rise(this.#heap.length - 1)
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
