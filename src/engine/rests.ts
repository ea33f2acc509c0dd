import type { Delivery } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { isLifecycle } from '../domain/topic.ts'
import { localDelayMs } from '../policy/backoff.ts'
import { ruleFor, type Policy } from '../policy/health/policy.ts'
import type { Backlog } from './backlog.ts'
import type { Settlement } from './settle.ts'
import type { Timers } from './timers.ts'

/** What rests are told with. */
export interface RestsParts {
  readonly timers: Timers
  /** Has a lane rest, or lets it go on. */
  readonly tell: (id: IntegrationId, resting: boolean) => void
}

/** Our own trouble with a lane: how often in a row, and until when it rests for it. */
export interface LaneTrouble {
  readonly inARow: number
  readonly until: number
}

/** How long lanes rest: after our own trouble, counted per lane because per delivery it would be a storm, or as receivers ask. */
export class Rests {
  readonly #parts: RestsParts
  readonly #troubles = new Map<IntegrationId, LaneTrouble>()
  /** The lanes that rest now. */
  readonly #untils = new Map<IntegrationId, number>()

  constructor(parts: RestsParts) {
    this.#parts = parts
  }

  trouble(id: IntegrationId): LaneTrouble | undefined {
    return this.#troubles.get(id)
  }

  /** Goes on from what an engine before it knew. */
  recall(id: IntegrationId, trouble: LaneTrouble, at: number): void {
    this.#troubles.set(id, trouble)
    if (trouble.until > at) this.begin(id, trouble.until)
  }

  /** When the lane has rested, if an attempt that ended at `at` was our own trouble. */
  until(id: IntegrationId, at: number): number {
    const lane = this.#troubles.get(id)
    return lane !== undefined && at < lane.until ? lane.until : at + localDelayMs(lane?.inARow ?? 0)
  }

  /** What an ended attempt means for its lane. Installation topics have one of their own, which never rests. */
  ended({ integrationId, topic }: Delivery, { rule, restUntil }: Settlement, restedAt: number): void {
    if (rule.settles === 'later') return this.troubled(integrationId, restedAt)
    this.worked(integrationId)
    if (restUntil !== undefined && !isLifecycle(topic)) this.begin(integrationId, restUntil)
  }

  /** Our own trouble; attempts that end during a rest do not lengthen it. */
  troubled(id: IntegrationId, until: number): void {
    const lane = this.#troubles.get(id)
    if (lane?.until !== until) this.#troubles.set(id, { inARow: (lane?.inARow ?? 0) + 1, until })
    this.begin(id, until)
  }

  /** The lane did its work: the next trouble is the first again. */
  worked(id: IntegrationId): void {
    this.#troubles.delete(id)
  }

  /** A rest may be made longer, never shorter. */
  begin(id: IntegrationId, until: number): void {
    if (until <= (this.#untils.get(id) ?? -Infinity)) return
    this.#untils.set(id, until)
    this.#parts.tell(id, true)
    this.#parts.timers.set(`rest:${id}`, until, () => this.end(id))
  }

  /** The clock was set, and the timers were moved by as much: what they stand for moves with them. */
  move(ms: number): void {
    for (const [id, until] of this.#untils) this.#untils.set(id, until + ms)
    for (const [id, lane] of this.#troubles) this.#troubles.set(id, { ...lane, until: lane.until + ms })
  }

  /** The lane goes on. */
  end(id: IntegrationId): void {
    this.#untils.delete(id)
    this.#parts.timers.cancel(`rest:${id}`)
    this.#parts.tell(id, false)
  }
}

/** Until when a lane rests after a restart: as far as is known, until the first of those that were asked to wait is due. */
export function restLeft(
  { backlog, policy }: { readonly backlog: Backlog; readonly policy: Policy },
  id: IntegrationId,
): number | undefined {
  const asked = backlog.judged(id).filter(({ state, last }) => {
    return state === 'waiting' && last !== undefined && ruleFor(policy, last).settles === 'wait'
  })
  if (asked.length === 0) return undefined
  return asked.reduce((soonest, { dueAt }) => Math.min(soonest, dueAt), Infinity)
}
