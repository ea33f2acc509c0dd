import type { DeliveryId, LogEntry, Next } from '../../domain/delivery.ts'
import type { TimedSignal } from '../../domain/health.ts'
import type { IntegrationId, IntegrationStatus } from '../../domain/integration.ts'
import type { OutcomeFacts } from '../../domain/outcome.ts'
import { isLifecycle } from '../../domain/topic.ts'
import { settle, type Circumstances, type Ended } from '../../engine/settle.ts'
import type { Policy } from '../../policy/health/policy.ts'
import { Watched } from './watched.ts'

/** What is read of an entry of a request log. What `hookward.log()` answers fits, and so do lines of your own. */
export type Recorded = Pick<
  LogEntry,
  'at' | 'integrationId' | 'deliveryId' | 'topic' | 'attempt' | 'outcome' | 'requestId' | 'durationMs'
>

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
    const known = this.#open.get(deliveryId)
    if (known?.isDead === true) return
    this.watched.advanceTo(at)
    if (this.watched.gate === 'closed') this.#held.add(deliveryId)
    else this.#attempt(entry, known ?? openedBy(entry))
  }

  #attempt(entry: Recorded, open: Open): void {
    this.#outcomes += 1
    const { at, deliveryId, topic, outcome } = entry
    const isProbe = this.watched.gate === 'probe'
    const { acceptedAt, attempts, unspent } = open
    const tried = { delivery: { id: deliveryId, topic, acceptedAt }, attempts, unspent, isProbe }
    const ended = { at, outcome: withoutHeaders(outcome) }
    const { next, signal } = settle(this.#policy, tried, ended, this.#known(entry, isProbe))
    if (signal?.type === 'delivery.ok') this.watched.succeed(signal)
    else if (signal !== undefined) this.watched.hear(signal as TimedSignal)
    if (next === 'dead') this.#open.set(deliveryId, { ...open, isDead: true })
    else if (typeof next === 'string') this.#open.delete(deliveryId)
    else this.#open.set(deliveryId, { ...open, ...spentOf(next) })
  }

  #known(entry: Recorded, isProbe: boolean): Circumstances {
    const { at, deliveryId, outcome } = entry
    const isLast = isProbe && [...this.#open].every(([id, { isDead }]) => isDead || id === deliveryId)
    const patience = this.watched.patience({ at, outcome })
    return { status: this.#status, chance: 0, restedAt: at, isLast, ...patience }
  }
}

const noHeaders = {}

/** The log does not have what an answer asked for by `Retry-After`. */
function withoutHeaders({ kind, status, code, asks }: OutcomeFacts): Ended['outcome'] {
  return { kind, status, code, headers: noHeaders, ...(asks === undefined ? {} : { asks }) }
}

/** When it was accepted is not in the log: as far as is known, when its first attempt started. */
function openedBy({ at, durationMs = 0, attempt }: Recorded): Open {
  return { acceptedAt: at - durationMs, attempts: Math.max(attempt - 1, 0), unspent: 0, isDead: false }
}

function spentOf(next: Exclude<Next, string>): Partial<Open> {
  const { attempts, unspent } = next as { readonly attempts?: number; readonly unspent?: number }
  return { ...(attempts === undefined ? {} : { attempts }), ...(unspent === undefined ? {} : { unspent }) }
}

/** Why a delivery ended without an attempt: nothing was asked of the receiver. */
function isUnsent({ outcome, requestId }: Recorded): boolean {
  return outcome.kind === 'local' && requestId === undefined
}
