/** Watches over the event loop while attempts are under way: time in which it stood still says nothing about receivers. */
export class LoopWatch {
  #users = 0
  #timer: NodeJS.Timeout | undefined
  #tickedAt = 0
  #stalledMs = 0
  /** All the time it has ever stood still while it was watched, in milliseconds. */
  get stalledMs(): number {
    return this.#stalledMs
  }

  begin(): void {
    this.#users += 1
    if (this.#timer !== undefined) return
    this.#tickedAt = performance.now()
    this.#timer = setInterval(() => this.#tick(), tickMs).unref()
  }

  end(): void {
    this.#users -= 1
    if (this.#users > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    const now = performance.now()
    const lateMs = now - this.#tickedAt - tickMs
    if (lateMs > lateMsMin) this.#stalledMs += lateMs
    this.#tickedAt = now
  }
}

const tickMs = 50
/** Timers are always a little late. */
const lateMsMin = 20
