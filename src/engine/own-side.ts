import type { OutageEndEvent, OutageEvent } from '../domain/told.ts'
import type { Overview } from '../domain/overview.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Policy } from '../policy/health/policy.ts'
import { reachOf } from '../policy/own-outage.ts'
import type { Clock, Logger, Recovered } from '../ports.ts'
import type { Catalogue } from './catalogue.ts'
import { HealthTime } from './health-time.ts'
import type { Observers } from './observers.ts'
import { OutageGuard, type Outage } from './outage-guard.ts'
import type { Writes } from './writes.ts'

/** What our own side works with. */
export interface OwnSideParts {
  readonly policy: Policy
  readonly clock: Clock
  readonly writes: Writes
  readonly catalogue: Catalogue
  readonly observers: Observers
  readonly logger: Logger
  /** Of a process that runs many engines, each for a moment. @default its own, which stops health time while it is on */
  readonly guard?: OutageGuard
  /** Some time was lost, or the clock was set back by so much (below zero): whoever has a span running is to be told. */
  readonly onLost: (backMs: number) => void
}

/** What receivers are not to be blamed for: that no engine ran, that it stood still, or that it reaches nobody. */
export class OwnSide {
  readonly time: HealthTime
  readonly #parts: OwnSideParts
  readonly #guard: OutageGuard

  constructor(parts: OwnSideParts) {
    this.#parts = parts
    this.time = new HealthTime(parts)
    const { clock, policy } = parts
    const onFrozen = (outage: Outage) => this.#freeze(outage)
    const heard = { onFrozen, onThawed: (outage: Outage) => this.#thaw(outage) }
    this.#guard = parts.guard ?? new OutageGuard({ rule: policy.ownOutage, clock, ...heard })
  }

  /** Our own side is down since then. */
  get frozenAt(): number | undefined {
    return this.#guard.outage?.since
  }

  /** The outage of our own that is going on. */
  get outage(): Overview['outage'] {
    const { outage } = this.#guard
    if (outage === undefined) return undefined
    const { sign, since: at, alive, hosts } = outage
    return { at, sign, alive, hosts: hosts.size }
  }

  recover({ pulse, records, successesAfter }: Recovered): void {
    this.time.recover(pulse, records)
    const { catalogue } = this.#parts
    const contexts = new Map(records.map(({ context }) => [context.integrationId, context]))
    for (const { id } of catalogue.integrations()) {
      const { at = 0, incident = null } = contexts.get(id) ?? {}
      this.#guard.recall(catalogue.originOf(id), Math.max(at, successesAfter.get(id)?.lastAt ?? 0), incident)
    }
  }

  /** What an exchange came to that began when so much time was lost: our own trouble, where we stood still meanwhile, or reach nobody. */
  judged(origin: string, outcome: Outcome, lostMsBefore: number): Outcome {
    const stoodStill = this.time.lostMs !== lostMsBefore && this.frozenAt === undefined
    if (stoodStill && reachOf(outcome.kind) === false) return { ...outcome, kind: 'local', code: 'STOOD_STILL' }
    return this.#guard.heard(origin, outcome)
  }

  #freeze(outage: Outage): void {
    const { logger, observers } = this.#parts
    this.time.freeze(true)
    observers.tell('frozen', frozen(outage, logger))
  }

  #thaw(outage: Outage): void {
    const { clock, logger, observers } = this.#parts
    this.time.freeze(false)
    observers.tell('thawed', thawed(outage, clock.now(), logger))
  }
}

/** Logs it; what is told of it. */
export function frozen({ sign, since, hosts, alive }: Outage, logger: Logger): OutageEvent {
  logger.error({ sign, hosts: hosts.size, alive }, 'our own side is down: nothing is judged until it is up again')
  return { at: since, sign, hosts: hosts.size, alive }
}

export function thawed({ sign, since, hosts, alive }: Outage, at: number, logger: Logger): OutageEndEvent {
  logger.warn({ sign, hosts: hosts.size, frozenMs: at - since }, 'our own side is up again, or believed to be')
  return { at, sign, hosts: hosts.size, alive, frozenAt: since }
}
