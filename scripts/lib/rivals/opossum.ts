import { Model, type Heard } from './model.ts'

const [rollingMs, resetMs] = [10_000, 30_000]

/**
 * https://github.com/nodeshift/opossum, the defaults of lib/circuit.js (read November 2026): 10 s to answer; opens when
 * more than 50 % of the last 10 s failed, however few they were (`volumeThreshold` 0); half open after 30 s, when one call
 * decides. It is a breaker around a call: a call that fails or is refused is not repeated, nobody is told, and nothing is
 * ever disabled.
 */
export class Opossum extends Model {
  #calls: Heard[] = []
  #halfOpenAt = Infinity

  constructor() {
    super({ name: 'opossum', retriesMs: [], deadlineMs: 10_000, probesMs: resetMs })
  }

  override get nextAt(): number {
    return this.#halfOpenAt
  }

  override advanceTo(at: number): void {
    if (at < this.#halfOpenAt) return
    this.to('broken.probing', this.#halfOpenAt, 'open for 30 s')
    this.#halfOpenAt = Infinity
  }

  protected attempted(heard: Heard): void {
    const { at, isOk } = heard
    const isProbe = this.state === 'broken.probing'
    this.#calls = [...this.#calls.filter((one) => one.at > at - rollingMs), heard]
    const failed = this.#calls.filter((one) => !one.isOk).length
    if (isOk && isProbe) return this.#close(at)
    if (isOk || (!isProbe && failed / this.#calls.length <= 0.5)) return
    this.#halfOpenAt = at + resetMs
    this.to('broken.holding', at, 'more than half of the last ten seconds failed')
  }

  #close(at: number): void {
    this.#calls = []
    this.to('healthy.steady', at, 'one call succeeded')
  }
}
