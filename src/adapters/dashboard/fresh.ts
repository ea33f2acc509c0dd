import { setTimeout as wait } from 'node:timers/promises'

/** What was made is good for so long, and for ten times as long as it took. */
const freshMs = 500
/** However often it is out of date: no more than a quarter of all time goes into making it. */
const restShare = 3

interface Made<T> {
  value: Promise<T> | undefined
  isBegun: boolean
  until: number
  restsUntil: number
}

/** Something that takes a while to make, made once for all who ask meanwhile. */
export class Fresh<T> {
  readonly #make: () => Promise<T>
  #last: Made<T> | undefined

  constructor(make: () => Promise<T>) {
    this.#make = make
  }

  get(): Promise<T> {
    const last = this.#last
    if (last?.value !== undefined && performance.now() < last.until) return last.value
    const made: Made<T> = { value: undefined, isBegun: false, until: Infinity, restsUntil: 0 }
    this.#last = made
    made.value = this.#rested(made, last)
    return made.value
  }

  /** Something has changed: who asks from here on gets what is begun after it. */
  stale(): void {
    if (this.#last?.isBegun === true) this.#last.until = 0
  }

  async #rested(made: Made<T>, before: Made<T> | undefined): Promise<T> {
    await before?.value?.catch(() => undefined)
    const restMs = (before?.restsUntil ?? 0) - performance.now()
    if (restMs > 0) await wait(restMs)
    made.isBegun = true
    const beganAt = performance.now()
    try {
      return await this.#make()
    } catch (error) {
      made.until = 0
      throw error
    } finally {
      const endedAt = performance.now()
      const tookMs = endedAt - beganAt
      made.until = Math.min(made.until, endedAt + Math.max(freshMs, 10 * tookMs))
      made.restsUntil = endedAt + restShare * tookMs
    }
  }
}
