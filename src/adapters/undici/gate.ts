/**
 * Lets so many connections be begun at a time: a new one costs many times a request on a kept one. Those that wait are
 * taken from the keys in turn, and a place is given back after a short while at the latest, so that connections which
 * lead nowhere cannot hold up the others.
 */
export class Gate {
  readonly #width: number
  readonly #holdMsMax: number
  readonly #waiting = new Map<string, (() => void)[]>()
  #inside = 0

  constructor(width: number, holdMsMax: number) {
    this.#width = width
    this.#holdMsMax = holdMsMax
  }

  /** Calls `begin` when a place is free, at once if one is. Calling the result leaves, or gives up waiting. */
  enter(key: string, begin: () => void): () => void {
    let leave = () => this.#giveUp(key, start)
    const start = () => {
      leave = this.#take()
      begin()
    }
    if (this.#inside < this.#width) start()
    else this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), start])
    return () => leave()
  }

  #take(): () => void {
    this.#inside += 1
    let isInside = true
    const leave = () => {
      if (!isInside) return
      isInside = false
      clearTimeout(timer)
      this.#inside -= 1
      this.#next()
    }
    const timer = setTimeout(leave, this.#holdMsMax)
    return leave
  }

  /** The next of the key that has waited longest since its turn; the rest of that key goes to the end. */
  #next(): void {
    const [turn] = this.#waiting
    if (turn === undefined || this.#inside >= this.#width) return
    const [key, [start, ...rest]] = turn
    this.#waiting.delete(key)
    if (rest.length > 0) this.#waiting.set(key, rest)
    start?.()
  }

  #giveUp(key: string, start: () => void): void {
    const left = (this.#waiting.get(key) ?? []).filter((other) => other !== start)
    if (left.length > 0) this.#waiting.set(key, left)
    else this.#waiting.delete(key)
  }
}
