import type { Settlement } from '../../engine/settle.ts'
import { localDelayMs } from '../../policy/backoff.ts'

/** How long a lane rests: after our own trouble, counted in a row, or as its receiver asks. */
export class Resting {
  #until = -Infinity
  #troubles = { inARow: 0, until: -Infinity }

  get until(): number {
    return this.#until
  }

  /** When the lane has rested, if an attempt that ended at `at` was our own trouble. */
  after(at: number): number {
    const { inARow, until } = this.#troubles
    return at < until ? until : at + localDelayMs(inARow)
  }

  /** An attempt ended; whether the lane rests longer now. */
  ended({ rule, restUntil = -Infinity }: Settlement, restedAt: number): boolean {
    const isOurs = rule.settles === 'later'
    if (!isOurs) this.#troubles = { inARow: 0, until: -Infinity }
    else if (this.#troubles.until !== restedAt) this.#troubles = { inARow: this.#troubles.inARow + 1, until: restedAt }
    const until = isOurs ? restedAt : restUntil
    if (until <= this.#until) return false
    this.#until = until
    return true
  }
}
