/** One run of an engine: what it began is not heard of any more once it has ended. */
export class Life {
  #isOver = false
  readonly #cancels = new Set<() => void>()

  get isOver(): boolean {
    return this.#isOver
  }

  /** It ends at this instant: timers are gone, and whoever still waits for an answer waits for ever. */
  end(): void {
    this.#isOver = true
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }

  /** A timer that ends with it. */
  timer(set: (fn: () => void) => () => void, fn: () => void): () => void {
    if (this.#isOver) return () => undefined
    const cancel = set(() => {
      this.#cancels.delete(cancel)
      fn()
    })
    this.#cancels.add(cancel)
    return () => {
      this.#cancels.delete(cancel)
      cancel()
    }
  }

  /** The same promise while it lasts. */
  async of<T>(promise: Promise<T>): Promise<T> {
    try {
      const value = await promise
      return this.#isOver ? await never() : value
    } catch (error) {
      if (this.#isOver) await never()
      throw error
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
