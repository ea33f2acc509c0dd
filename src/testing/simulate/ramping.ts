import { afterFailure, batchOf, rateOf, slopeOf, type Ramp, type Slope } from '../../policy/ramp.ts'
import type { Agenda } from './agenda.ts'
import type { Parcel } from './parcel.ts'

/** What a ramp works with. */
export interface RampingParts {
  readonly agenda: Agenda
  readonly ramp: Ramp
  readonly inFlightMax: number
  /** The first so many that are held, oldest first. */
  readonly next: (count: number) => readonly Parcel[]
  readonly send: (parcels: readonly Parcel[]) => void
  /** Its ledger is empty. */
  readonly over: () => void
}

/** A ledger that is being sent after a recovery, as the engine does it: slowly at first. */
export class Ramping {
  readonly #parts: RampingParts
  readonly #released = new Set<Parcel>()
  #slope: Slope
  #isOver = false

  constructor(parts: RampingParts) {
    this.#parts = parts
    this.#slope = slopeOf(parts.ramp, parts.agenda.now)
  }

  /** Sends the next ones now, and more as time goes on. */
  go(): void {
    if (this.#isOver) return
    const { agenda, next, over, ramp, send } = this.#parts
    const rate = rateOf(ramp, this.#slope, agenda.now)
    const { count, nextAt } = batchOf(rate, this.#room(rate), agenda.now)
    const chosen = next(count)
    if (count > 0 && chosen.length === 0) return over()
    for (const parcel of chosen) this.#released.add(parcel)
    agenda.put(nextAt, () => this.go())
    send(chosen)
  }

  /** One of its attempts failed: more slowly from now on. */
  failed(): void {
    this.#slope = afterFailure(this.#parts.ramp, this.#slope, this.#parts.agenda.now)
  }

  stop(): void {
    this.#isOver = true
  }

  #room(rate: number): number {
    const { agenda, inFlightMax } = this.#parts
    for (const parcel of this.#released) {
      const isUnderWay = parcel.state === 'inflight' || (parcel.state === 'waiting' && parcel.dueAt <= agenda.now)
      if (!isUnderWay) this.#released.delete(parcel)
    }
    return Math.max(inFlightMax, Math.ceil(rate)) - this.#released.size
  }
}
