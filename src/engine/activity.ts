/** Counts what is under way, so that `idle()` knows when all of it has ended. */
export class Activity {
  #underWay = 0
  #waiting: (() => void)[] = []

  readonly #ended = () => this.end()

  get isQuiet(): boolean {
    return this.#underWay === 0
  }

  /** Counts a piece of work until it ends, however it ends. */
  track<T>(work: Promise<T>): Promise<T> {
    this.begin()
    work.then(this.#ended, this.#ended)
    return work
  }

  /** A piece of work begins; whoever says so calls `end` once. */
  begin(): void {
    this.#underWay += 1
  }

  /** Resolves when nothing is under way. */
  quiet(): Promise<void> {
    if (this.isQuiet) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  end(): void {
    this.#underWay -= 1
    if (this.#underWay > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
