interface Entry {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** What is to happen, the earliest first; of two at one moment, the one put in first. */
export class Agenda {
  readonly #heap: Entry[] = []
  #order = 0
  #now: number

  constructor(startAt: number) {
    this.#now = startAt
  }

  get now(): number {
    return this.#now
  }

  /** Never in the past: what is late happens now. */
  put(at: number, run: () => void): void {
    const heap = this.#heap
    const entry = { at: Math.max(at, this.#now), order: (this.#order += 1), run }
    let i = heap.length
    while (i > 0) {
      const parent = heap[(i - 1) >> 1] as Entry
      if (isBefore(parent, entry)) break
      heap[i] = parent
      i = (i - 1) >> 1
    }
    heap[i] = entry
  }

  /** Everything until this moment, that moment included. */
  runUntil(at: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= at; next = this.#heap[0]) {
      this.#take()
      this.#now = next.at
      next.run()
    }
    this.#now = Math.max(this.#now, at)
  }

  #take(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let i = 0
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      const right = heap[child + 1]
      if (right !== undefined && isBefore(right, heap[child] as Entry)) child += 1
      if (isBefore(last, heap[child] as Entry)) break
      heap[i] = heap[child] as Entry
      i = child
    }
    heap[i] = last
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
