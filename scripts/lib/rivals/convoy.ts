import { Model, type Heard } from './model.ts'

const tickMs = 30_000
const openMs = 30_000
const windowMs = 300_000

/**
 * https://www.getconvoy.io/docs/product-manual/circuit-breaker, and pkg/circuit_breaker of
 * https://github.com/frain-dev/convoy (read November 2026), with the defaults of its source: every 30 s the attempts of
 * the last 5 minutes are looked at, or those since the breaker last opened and its 30 s were over. It opens at 70 %
 * failures of at least 10, lets everything through again 30 s later (half open), closes there at 5 % successes, and after
 * 10 openings without a closing between them the endpoint is disabled and its contacts are told. A breaker that was not
 * looked at for 5 minutes, because nothing was sent, is forgotten. What an open breaker refuses is tried again and costs no
 * attempt; what is for a disabled endpoint is discarded. Retries every 100 s, 10 times; 10 s to answer.
 */
export class Convoy extends Model {
  #attempts: Heard[] = []
  #breaker: 'closed' | 'open' | 'half open' = 'closed'
  #resetAt = -Infinity
  #openings = 0
  #sampledAt = -Infinity
  #tickAt = Infinity

  constructor() {
    const retriesMs = Array.from({ length: 10 }, () => 100_000)
    super({ name: 'Convoy', retriesMs, deadlineMs: 10_000 })
  }

  override get nextAt(): number {
    return this.#tickAt
  }

  override advanceTo(at: number): void {
    for (let tick = this.#tickAt; tick <= at; tick = this.#tickAt) {
      this.#sample(tick)
      const isIdle = this.#attempts.length === 0 && this.#breaker === 'closed'
      this.#tickAt = isIdle || this.state === 'disabled' ? Infinity : tick + tickMs
    }
  }

  protected attempted(heard: Heard): void {
    this.#attempts.push(heard)
    if (this.#tickAt === Infinity) this.#tickAt = (Math.floor(heard.at / tickMs) + 1) * tickMs
  }

  #sample(at: number): void {
    this.#attempts = this.#attempts.filter((one) => one.at > at - windowMs)
    const seen = this.#attempts.filter((one) => this.#breaker === 'open' || one.at >= this.#resetAt)
    if (seen.length === 0) {
      if (at - this.#sampledAt >= windowMs) this.#forget(at)
      return
    }
    this.#sampledAt = at
    const successes = seen.filter(({ isOk }) => isOk).length
    if (this.#breaker === 'half open' && successes / seen.length >= 0.05) this.#close(at)
    else if (this.#breaker !== 'open' && seen.length >= 10 && 1 - successes / seen.length >= 0.7) this.#open(at)
    if (this.#breaker === 'open' && at > this.#resetAt) this.#halfOpen(at)
    if (this.#breaker === 'open' || this.#openings < 10) return
    this.to('disabled', at, 'the breaker opened ten times')
    this.tell('disabled', at)
  }

  #open(at: number): void {
    this.#breaker = 'open'
    this.#resetAt = at + openMs
    this.#openings += 1
    this.to('broken.holding', at, '70 % of the last five minutes failed')
  }

  #halfOpen(at: number): void {
    this.#breaker = 'half open'
    this.to('degraded', at, 'open for 30 s')
  }

  #close(at: number): void {
    this.#breaker = 'closed'
    this.#resetAt = at + openMs
    this.#openings = 0
    this.to('healthy.steady', at, '5 % succeeded')
  }

  #forget(at: number): void {
    this.#breaker = 'closed'
    this.#resetAt = -Infinity
    this.#openings = 0
    this.to('healthy.steady', at, 'nothing was sent for five minutes')
  }
}
