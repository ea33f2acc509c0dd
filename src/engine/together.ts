import type { EndedAttempt, Job, WebhookSignal } from '../machines/index.ts'
import type { Activity } from './activity.ts'

/** So many steps of one kind run in one turn of the event loop; then whoever waits for a file or a socket is heard first. */
export const stepsInTurnMax = 64

/**
 * Makes one signal of all that comes due, or ends, at nearly the same time: each step then runs over many deliveries
 * before the next one begins, which costs far less than all steps for one delivery after the other.
 */
export class Together {
  readonly #activity: Activity
  readonly #send: (signal: WebhookSignal) => void
  #jobs: Job[] = []
  #ended: EndedAttempt[] = []
  #isTurnAsked = false

  constructor(activity: Activity, send: (signal: WebhookSignal) => void) {
    this.#activity = activity
    this.#send = send
  }

  /** Comes due with all others that do before the promises of this turn have run out. */
  due(job: Job): void {
    if (this.#jobs.push(job) > 1) return
    this.#activity.begin()
    process.nextTick(() => {
      this.tellDue()
      this.#activity.end()
    })
  }

  tellDue(): void {
    const jobs = this.#jobs
    if (jobs.length === 0) return
    this.#jobs = []
    this.#send({ type: 'deliveries.due', jobs })
  }

  /** Ended with all others whose answers are read in this turn of the event loop; until then it is under way. */
  ended(one: EndedAttempt): void {
    if (this.#ended.push(one) === 1) setImmediate(() => this.#tellEnded())
  }

  /** Asks for another turn of the lanes, after whatever else the event loop has. */
  turn(): void {
    if (this.#isTurnAsked) return
    this.#isTurnAsked = true
    this.#activity.begin()
    setImmediate(() => {
      this.#isTurnAsked = false
      this.#send({ type: 'lanes.turn' })
      this.#activity.end()
    })
  }

  #tellEnded(): void {
    const ended = this.#ended.splice(0, stepsInTurnMax)
    if (this.#ended.length > 0) setImmediate(() => this.#tellEnded())
    this.#send({ type: 'attempts.ended', ended })
    for (let n = 0; n < ended.length; n += 1) this.#activity.end()
  }
}
