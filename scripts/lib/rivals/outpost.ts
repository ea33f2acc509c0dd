import { Model, type Heard } from './model.ts'

/**
 * https://github.com/hookdeck/outpost, docs/content/features/operator-events.mdoc and event-delivery.mdoc (read November
 * 2026): `ALERT_CONSECUTIVE_FAILURE_COUNT` 100 failed attempts in a row, retries counted, disable where
 * `ALERT_AUTO_DISABLE_DESTINATION` is on (it is off by default; here it is on). The operator is told at 50, 70, 90 and
 * 100 %, which stands for letters here. Retries after 30 s x 2^n, at most 10; 5 s to answer. Events for a disabled
 * destination are not delivered.
 */
export class Outpost extends Model {
  #failures = 0

  constructor() {
    const retriesMs = Array.from({ length: 10 }, (_, n) => 30_000 * 2 ** n)
    super({ name: 'Outpost', retriesMs, deadlineMs: 5_000 })
  }

  protected attempted({ at, isOk }: Heard): void {
    this.#failures = isOk ? 0 : this.#failures + 1
    if (this.#failures === 50) this.tell('warning-1', at)
    if (this.#failures === 70) this.tell('warning-2', at)
    if (this.#failures === 90) this.tell('warning-3', at)
    if (this.#failures !== 100) return
    this.to('disabled', at, '100 failed attempts in a row')
    this.tell('disabled', at)
  }
}
