/** What was promised (architecture, section 8), each with a name. */
export type Promised =
  | 'nothing accepted is lost'
  | 'a delivery keeps its id and body'
  | 'a delivery is never sent beside itself'
  | 'what is settled is not sent again'
  | 'what goes in order goes in order'
  | 'nothing starts behind a closed lane'
  | 'one probe at a time'
  | 'a stale outcome never moves the chart'
  | 'every step is one of the chart'
  | 'successes are folded within one bucket'
  | 'each end is logged, and no sooner than told'
  | 'each step is mailed once'
  | 'what is answered is durable'

/** Keeps what broke a promise, in the order in which it was seen. */
export class Violations {
  readonly #seen: string[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  get all(): readonly string[] {
    return this.#seen
  }

  add(promise: Promised, fact: string): void {
    this.#seen.push(`${new Date(this.#now()).toISOString()} ${promise}: ${fact}`)
  }

  unless(isKept: boolean, promise: Promised, fact: () => string): void {
    if (!isKept) this.add(promise, fact())
  }
}
