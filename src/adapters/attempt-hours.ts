import type { HourOfAttempts, LogEntry } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'

const hourMs = 3_600_000
/** A week of hours in which something was sent. */
const hoursMax = 168
/** Of an integration that is gone, after its last attempt: 30 days. */
const keptMs = 30 * 24 * hourMs

/** Each hour as three numbers: which since 1970, attempts that arrived, attempts that did not. */
export interface StoredHours {
  readonly integrationId: IntegrationId
  readonly hours: readonly number[]
}

/** As they are told, in the form they are kept in; nothing where there are none. */
export function storedHours(integrationId: IntegrationId, told: readonly HourOfAttempts[]): readonly StoredHours[] {
  const hours = told.flatMap(({ at, ok, failed }) => [Math.floor(at / hourMs), ok, failed])
  return hours.length === 0 ? [] : [{ integrationId, hours }]
}

/** Attempts by the hour, counted as they are logged: the newest 168 hours of each integration in which there were any. */
export class AttemptHours {
  readonly #byId = new Map<IntegrationId, number[]>()

  constructor(stored: readonly StoredHours[] = []) {
    for (const { integrationId, hours } of stored) this.#byId.set(integrationId, [...hours])
  }

  add(entries: readonly LogEntry[]): void {
    for (const { integrationId, requestId, at, outcome } of entries) {
      if (requestId === undefined) continue
      const hours = this.#byId.get(integrationId) ?? []
      this.#byId.set(integrationId, hours)
      count(hours, Math.floor(at / hourMs), outcome.kind === 'ok')
    }
  }

  /** Oldest first. */
  of(id: IntegrationId): readonly HourOfAttempts[] {
    const hours = this.#byId.get(id) ?? []
    return Array.from({ length: hours.length / 3 }, (_, n) => {
      const [hour = 0, ok = 0, failed = 0] = hours.slice(3 * n, 3 * n + 3)
      return { at: hour * hourMs, ok, failed }
    })
  }

  remove(id: IntegrationId): void {
    this.#byId.delete(id)
  }

  /** Takes away those of integrations that are gone for long enough. Whether anything went. */
  prune(known: ReadonlyMap<IntegrationId, unknown>, at: number): boolean {
    const gone = [...this.#byId].filter(([id, hours]) => {
      const [last = 0] = hours.slice(-3)
      return !known.has(id) && at - last * hourMs >= keptMs
    })
    for (const [id] of gone) this.#byId.delete(id)
    return gone.length > 0
  }

  among(ids: Iterable<IntegrationId>): readonly StoredHours[] {
    return [...ids].flatMap((integrationId) => {
      const hours = this.#byId.get(integrationId)
      return hours === undefined ? [] : [{ integrationId, hours: [...hours] }]
    })
  }

  toJSON(): readonly StoredHours[] {
    return this.among(this.#byId.keys())
  }
}

/** Nearly always into the last hour; where a clock was set back, into its own. */
function count(hours: number[], hour: number, isOk: boolean): void {
  let at = hours.length - 3
  while (at >= 0 && (hours[at] ?? 0) > hour) at -= 3
  if (at < 0 || hours[at] !== hour) {
    at += 3
    hours.splice(at, 0, hour, 0, 0)
  }
  const counted = at + (isOk ? 1 : 2)
  hours[counted] = (hours[counted] ?? 0) + 1
  if (hours.length > 3 * hoursMax) hours.splice(0, 3)
}
