interface Timer {
  readonly atMs: number
  readonly fn: () => void
}

/**
 * Time that stands until it is moved, from one timer to the next. Two kinds of it: what a clock on the wall shows, which
 * may be set, and how long it has really been.
 */
export class VirtualTime {
  /** How far the wall's clock is ahead of the time that has passed. */
  #aheadMs: number
  #elapsedMs = 0
  readonly #byWall = new Line()
  readonly #bySpan = new Line()

  constructor(startMs: number) {
    this.#aheadMs = startMs
  }

  /** What the wall's clock shows, in milliseconds since 1970. */
  get now(): number {
    return this.#elapsedMs + this.#aheadMs
  }

  get elapsedMs(): number {
    return this.#elapsedMs
  }

  /** Calls `fn` once when the wall's clock has reached this moment; the answer cancels it. */
  at(atMs: number, fn: () => void): () => void {
    return this.#byWall.add({ atMs, fn })
  }

  /** Calls `fn` once after so long, whatever becomes of the wall's clock. */
  after(ms: number, fn: () => void): () => void {
    return this.#bySpan.add({ atMs: this.#elapsedMs + ms, fn })
  }

  /** Sets the wall's clock forward, or back. What has become due by that is run by the next step. */
  jump(ms: number): void {
    this.#aheadMs += ms
  }

  /** Moves to the next timer, unless it is later than this, and runs it. `false`: there is none until then. */
  step(untilElapsedMs: number): boolean {
    const wallMs = (this.#byWall.first?.atMs ?? Infinity) - this.#aheadMs
    const spanMs = this.#bySpan.first?.atMs ?? Infinity
    if (Math.min(wallMs, spanMs) > untilElapsedMs) return false
    const { fn } = (wallMs <= spanMs ? this.#byWall : this.#bySpan).take()
    this.#elapsedMs = Math.max(this.#elapsedMs, Math.min(wallMs, spanMs))
    fn()
    return true
  }

  /** Moves on, where no timer stands in between. */
  stand(elapsedMs: number): void {
    this.#elapsedMs = Math.max(this.#elapsedMs, elapsedMs)
  }
}

/** Timers in their order; of two at one moment, the one that was set first. */
class Line {
  #timers: Timer[] = []

  get first(): Timer | undefined {
    return this.#timers[0]
  }

  add(timer: Timer): () => void {
    this.#timers.splice(this.#placeOf(timer.atMs), 0, timer)
    return () => {
      const place = this.#timers.indexOf(timer)
      if (place >= 0) this.#timers.splice(place, 1)
    }
  }

  take(): Timer {
    return this.#timers.shift() as Timer
  }

  /** Behind all that are not later. */
  #placeOf(atMs: number): number {
    let [from, to] = [0, this.#timers.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#timers[middle]?.atMs ?? 0) <= atMs) from = middle + 1
      else to = middle
    }
    return from
  }
}
