/** So many turns of the event loop without anything happening, and nothing more follows by itself. */
const quietTurns = 2

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Tells when everything that follows from what happened has happened, without time going on. */
export class Settling {
  readonly #isBusy: () => boolean
  #stirs = 0

  /** @param isBusy something is under way that ends by itself */
  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy
  }

  /** Something happened. */
  readonly stir = (): void => {
    this.#stirs += 1
  }

  async settled(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns;) {
      const before = this.#stirs
      await turn()
      quiet = before === this.#stirs && !this.#isBusy() ? quiet + 1 : 0
    }
  }
}
