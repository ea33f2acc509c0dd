import type { DeliveryId, LogEntry, Next } from '../../domain/delivery.ts'
import type { IntegrationId, IntegrationStatus } from '../../domain/integration.ts'
import type { OutcomeFacts } from '../../domain/outcome.ts'
import { isLifecycle } from '../../domain/topic.ts'
import { settle, type Ended } from '../../engine/settle.ts'
import type { Policy } from '../../policy/health/policy.ts'
import { ProbeTurns } from './turns.ts'
import { tell, Watched } from './watched.ts'

/** What is read of an entry of a request log. What `hookward.log()` answers fits, and so do lines of your own. */
export type Recorded = Pick<
  LogEntry,
  'at' | 'integrationId' | 'deliveryId' | 'topic' | 'attempt' | 'outcome' | 'requestId' | 'durationMs'
> & {
  /** When the delivery was accepted. @default when its first attempt in the log began */
  readonly acceptedAt?: number
}

/** A delivery that is not over, as the candidate has it. */
interface Open {
  readonly acceptedAt: number
  attempts: number
  unspent: number
  isDead: boolean
}

/**
 * One integration's log heard by another policy. Attempts are where the log has them: while the candidate would hold
 * everything one stands for the probe that is due, and the others are held.
 */
export class Replay {
  readonly watched: Watched
  readonly #policy: Policy
  readonly #status: IntegrationStatus
  readonly #open = new Map<DeliveryId, Open>()
  readonly #turns = new ProbeTurns<Open>()
  readonly #held = new Set<DeliveryId>()
  #outcomes = 0

  constructor(policy: Policy, id: IntegrationId, status: IntegrationStatus, at: number) {
    this.watched = new Watched(policy, id, at)
    this.#policy = policy
    this.#status = status
  }

  /** Attempts that were heard. */
  get outcomes(): number {
    return this.#outcomes
  }

  /** Deliveries that would have been held for a while. */
  get held(): number {
    return this.#held.size
  }

  /** The next entry of its log. */
  add(entry: Recorded): void {
    const { at, deliveryId, topic } = entry
    if (isLifecycle(topic) || isUnsent(entry)) return
    this.watched.advanceTo(at)
    const { gate } = this.watched
    const open = this.#open.get(deliveryId) ?? openedBy(entry)
    // A dead letter may be a probe; the candidate would not send it otherwise.
    if (open.isDead && gate !== 'probe') return
    if (gate !== 'closed') return this.#attempt(entry, open, gate === 'probe')
    this.#held.add(deliveryId)
    this.#open.set(deliveryId, open)
  }

  #attempt(entry: Recorded, open: Open, isProbe: boolean): void {
    this.#outcomes += 1
    const { at, deliveryId, topic, outcome } = entry
    const { acceptedAt, attempts, unspent } = open
    const tried = { delivery: { id: deliveryId, topic, acceptedAt }, attempts, unspent, isProbe }
    const ended = { at, outcome: withoutHeaders(outcome) }
    const isLast = isProbe && this.#turns.isLast(open, this.#waiting())
    const known = { status: this.#status, chance: 0, restedAt: at, isLast, ...this.watched.patience(ended) }
    const { next, rule, signal } = settle(this.#policy, tried, ended, known)
    if (isProbe && rule.settles !== 'later') this.#turns.ended(open, rule.counts === 'ok')
    if (signal !== undefined) tell(this.watched, signal)
    if (isProbe && this.watched.gate === 'open') this.#turns.forget()
    this.#place(deliveryId, open, next)
  }

  #place(id: DeliveryId, open: Open, next: Next): void {
    if (next === 'delivered') {
      this.#open.delete(id)
      return
    }
    if (typeof next === 'string') open.isDead = true
    else if (!open.isDead) Object.assign(open, spentOf(next))
    this.#open.set(id, open)
  }

  /** As far as the log tells, what waits for a receiver. */
  #waiting(): readonly Open[] {
    return [...this.#open.values()].filter(({ isDead }) => !isDead)
  }
}

const noHeaders = {}

/** The log does not have what an answer asked for by `Retry-After`. */
function withoutHeaders({ kind, status, code, asks }: OutcomeFacts): Ended['outcome'] {
  return { kind, status, code, headers: noHeaders, ...(asks === undefined ? {} : { asks }) }
}

/** When it was accepted is not in the log: as far as is known, when its first attempt started. */
function openedBy({ at, durationMs = 0, attempt, acceptedAt = at - durationMs }: Recorded): Open {
  return { acceptedAt, attempts: Math.max(attempt - 1, 0), unspent: 0, isDead: false }
}

function spentOf(next: Exclude<Next, string>): Partial<Open> {
  const { attempts, unspent } = next as { readonly attempts?: number; readonly unspent?: number }
  return { ...(attempts === undefined ? {} : { attempts }), ...(unspent === undefined ? {} : { unspent }) }
}

/** Why a delivery ended without an attempt: nothing was asked of the receiver. */
function isUnsent({ outcome, requestId }: Recorded): boolean {
  return outcome.kind === 'local' && requestId === undefined
}
