import { Model, type Heard } from './model.ts'

const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000]

/**
 * https://docs.svix.com/retries (read November 2026): attempts at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and
 * 10 h; 15 s to answer. "If all attempts to a specific endpoint fail for a period of 5 days, the endpoint will be
 * disabled"; "the clock only starts after multiple deliveries failed within a 24 hour span", the first and the last of
 * them 12 h apart or more. The sender is told by the operational webhook `endpoint.disabled`, which stands for a letter
 * here. A delivery has failed when its attempts are exhausted. The open-source worker waits 60 s after 429 and time-outs.
 * While it is disabled nothing is attempted, and what is emitted leaves no attempt to recover.
 */
export class Svix extends Model {
  /** When deliveries failed, within 24 hours; of those of one minute the first. */
  #failedAt: number[] = []
  #clockAt = Infinity

  constructor() {
    super({
      name: 'Svix',
      retriesMs: [5 * secondMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 5 * hourMs, 10 * hourMs, 10 * hourMs],
      deadlineMs: 15 * secondMs,
      waitMsMin: { throttled: minuteMs, timeout: minuteMs },
    })
  }

  protected attempted({ at, isOk, isFinal }: Heard): void {
    if (isOk) {
      this.#failedAt = []
      this.#clockAt = Infinity
      return
    }
    if (isFinal && at - (this.#failedAt.at(-1) ?? -Infinity) >= minuteMs)
      this.#failedAt = [...this.#failedAt.filter((failedAt) => at - failedAt <= 24 * hourMs), at]
    const [first = at] = this.#failedAt
    if (this.#clockAt === Infinity && isFinal && at - first >= 12 * hourMs) this.#clockAt = at
    if (at - this.#clockAt < 120 * hourMs) return
    this.to('disabled', at, 'all attempts failed for five days')
    this.tell('disabled', at)
  }
}
