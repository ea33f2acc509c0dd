/** An event as its receiver saw it. */
export interface Arrival {
  readonly by: string
  readonly n: number
  /** Of its delivery: an event that was accepted twice has two. */
  readonly id: string
}

/** What became of the events of all processes. */
export interface StandbyVerdict {
  /** `emit` resolved; of these, the spool took so many. */
  readonly accepted: number
  readonly handedOver: number
  readonly arrived: number
  readonly takeOvers: number
  /** Accepted and never seen by the receiver. */
  readonly lost: number
  /** Accepted by the store under two ids. */
  readonly twice: number
  /** First seen after a later one of the same process. */
  readonly disordered: number
  /** Files that still lay in the spool at the end. */
  readonly leftOver: number
  readonly trouble: readonly string[]
}

/** Hears what processes say and what the receiver sees, and says in the end what was broken. */
export class StandbyJudge {
  readonly #accepted = new Set<string>()
  readonly #ids = new Map<string, Set<string>>()
  readonly #last = new Map<string, number>()
  #handedOver = 0
  #takeOvers = 0
  #disordered = 0
  readonly #trouble: string[] = []

  accepted(by: string, n: number, handedOver: boolean): void {
    this.#accepted.add(nameOf(by, n))
    if (handedOver) this.#handedOver += 1
  }

  tookOver(): void {
    this.#takeOvers += 1
  }

  hadTrouble(fact: string): void {
    this.#trouble.push(fact)
  }

  arrived({ by, n, id }: Arrival): void {
    const ids = this.#ids.get(nameOf(by, n))
    if (ids !== undefined) return void ids.add(id)
    this.#ids.set(nameOf(by, n), new Set([id]))
    if (n < (this.#last.get(by) ?? -1)) this.#disordered += 1
    this.#last.set(by, Math.max(n, this.#last.get(by) ?? -1))
  }

  verdict(leftOver: number): StandbyVerdict {
    return {
      accepted: this.#accepted.size,
      handedOver: this.#handedOver,
      arrived: this.#ids.size,
      takeOvers: this.#takeOvers,
      lost: [...this.#accepted].filter((name) => !this.#ids.has(name)).length,
      twice: [...this.#ids.values()].filter(({ size }) => size > 1).length,
      disordered: this.#disordered,
      leftOver,
      trouble: this.#trouble,
    }
  }
}

/** Whether anything was broken. */
export function isBroken({ lost, twice, disordered, leftOver, trouble }: StandbyVerdict): boolean {
  return lost + twice + disordered + leftOver + trouble.length > 0
}

function nameOf(by: string, n: number): string {
  return `${by} ${n}`
}
