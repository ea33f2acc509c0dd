import type { OutcomeFacts } from '../../domain/outcome.ts'
import { OutageGuard } from '../../engine/outage-guard.ts'
import type { OutageRule } from '../../policy/own-outage.ts'
import type { Agenda } from './agenda.ts'

/** How much of all time is not health time. */
export interface HealthClock {
  /** Of all time until now. */
  readonly lostMs: number
  /** No time counts now. */
  readonly isFrozen: boolean
}

/** Where all time counts. */
export const allCounts: HealthClock = { lostMs: 0, isFrozen: false }

/** Our own side in a trace: the engine's guard over all of its hosts, and the health time that follows from it. */
export class OwnSide implements HealthClock {
  readonly #agenda: Agenda
  readonly #guard: OutageGuard
  #lostMs = 0

  /** `onThawed` hears that time counts again. */
  constructor(agenda: Agenda, rule: OutageRule | undefined, onThawed: () => void) {
    this.#agenda = agenda
    this.#guard = new OutageGuard({
      rule,
      clock: { now: () => agenda.now, at: () => () => undefined },
      onFrozen: () => undefined,
      onThawed: ({ since }) => {
        this.#lostMs += agenda.now - since
        onThawed()
      },
    })
  }

  get isFrozen(): boolean {
    return this.#guard.outage !== undefined
  }

  get lostMs(): number {
    const { outage } = this.#guard
    return this.#lostMs + (outage === undefined ? 0 : this.#agenda.now - outage.since)
  }

  /** What an outcome is worth: as it is, or our own trouble. */
  heard<O extends OutcomeFacts>(host: string, outcome: O): O {
    return this.#guard.heard(host, outcome)
  }
}
