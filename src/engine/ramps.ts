import type { DeliveryId } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Policy } from '../policy/health/policy.ts'
import { afterFailure, batchOf, rateOf, slopeOf, type Ramp, type Slope } from '../policy/ramp.ts'
import type { Clock } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import type { Registry } from './registry.ts'
import type { Timers } from './timers.ts'

/** What ramps work with; the registry is made beside them, so it is asked for late. */
export interface RampsParts {
  readonly policy: Policy
  readonly clock: Clock
  readonly timers: Timers
  readonly backlog: Backlog
  readonly registry: () => Registry
  /** A delivery is to be sent as soon as there is room. */
  readonly schedule: (id: DeliveryId) => void
}

interface Running {
  slope: Slope
  /** Released and perhaps not ended yet. */
  readonly released: Set<DeliveryId>
}

/**
 * The ledgers that are being sent after a recovery, where the policy wants it done slowly. Until one is empty its
 * deliveries stay held, and new ones join its tail: so a crash finds them where they were.
 */
export class Ramps {
  readonly #parts: RampsParts
  readonly #running = new Map<IntegrationId, Running>()
  readonly #recalled = new Map<IntegrationId, Slope>()

  constructor(parts: RampsParts) {
    this.#parts = parts
  }

  /** `false` when there is nothing to send, or the policy has all of it sent at once. Its lane is yet to open. */
  begin(id: IntegrationId): boolean {
    const { ramp } = this.#parts.policy.schedule
    if (ramp === undefined || this.#next(id, 1).length === 0) return false
    const slope = this.#recalled.get(id) ?? slopeOf(ramp, this.#parts.clock.now())
    this.#running.set(id, { slope, released: new Set() })
    return true
  }

  /** Where the ramp of an integration stands, while it runs. */
  slope(id: IntegrationId): Slope | undefined {
    return this.#running.get(id)?.slope
  }

  /** One that an engine before this one had begun goes on as it stood. */
  recall(id: IntegrationId, slope: Slope): void {
    this.#recalled.set(id, slope)
  }

  /** Whether what is accepted now has to wait behind others. */
  isRunning(id: IntegrationId): boolean {
    return this.#running.has(id)
  }

  /** The lane is open: sends the next ones now, and more as time goes on. */
  go(id: IntegrationId): void {
    const { clock, policy, registry, timers } = this.#parts
    const running = this.#running.get(id)
    if (running === undefined || policy.schedule.ramp === undefined) return
    const at = clock.now()
    const rate = rateOf(policy.schedule.ramp, running.slope, at)
    const { count, nextAt } = batchOf(rate, this.#room(running, rate), at)
    const chosen = this.#next(id, count)
    if (count > 0 && chosen.length === 0) return this.stop(id)
    for (const one of chosen) running.released.add(one.delivery.id)
    timers.set(keyOf(id), nextAt, () => this.go(id))
    if (chosen.length === 0) return
    const settled = chosen.map(({ delivery, attempts }) => ({ id: delivery.id, next: { attempts, dueAt: at } }))
    // A write that fails stops the engine, which tells so itself.
    void registry()
      .note(id, at, () => ({ settled }))
      .then(() => chosen.forEach(({ delivery }) => this.#parts.schedule(delivery.id)))
      .catch(() => undefined)
  }

  /** One of its attempts failed: more slowly from now on. */
  failed(id: IntegrationId, at: number): void {
    const running = this.#running.get(id)
    const ramp: Ramp | undefined = this.#parts.policy.schedule.ramp
    if (running !== undefined && ramp !== undefined) running.slope = afterFailure(ramp, running.slope, at)
  }

  /** The clock was set: each goes on at its rate. */
  move(ms: number): void {
    for (const running of this.#running.values()) running.slope = { ...running.slope, since: running.slope.since + ms }
  }

  /** Its ledger is empty, or its lane is closed again. */
  stop(id: IntegrationId): void {
    this.#running.delete(id)
    this.#recalled.delete(id)
    this.#parts.timers.cancel(keyOf(id))
  }

  /** As many as the lane takes at once, or as are due within a second; what is under way takes its place. */
  #room({ released }: Running, rate: number): number {
    const { backlog, clock, policy } = this.#parts
    for (const id of released) {
      const waiting = backlog.get(id)
      const isUnderWay = waiting?.state === 'inflight' || (waiting?.state === 'waiting' && waiting.dueAt <= clock.now())
      if (!isUnderWay) released.delete(id)
    }
    return Math.max(policy.lane.inFlightMax, Math.ceil(rate)) - released.size
  }

  #next(id: IntegrationId, count: number) {
    return this.#parts.backlog.firstHeld(id, count)
  }
}

function keyOf(id: IntegrationId): string {
  return `ramp:${id}`
}
