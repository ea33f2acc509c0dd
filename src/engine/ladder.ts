import type { Explanation, HealthContext, Incident, IntegrationRecord, Transition } from '../domain/health.ts'
import { healthStateOf, type View } from '../machines/index.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Notice, NoticeStep } from '../domain/notice.ts'
import { explanation } from '../policy/explanation.ts'
import type { Policy } from '../policy/health/policy.ts'
import { noticeDue, type NoticeSchedule, type Rung, type Story } from '../policy/notices.ts'
import type { Clock, Store } from '../ports.ts'
import type { Activity } from './activity.ts'
import type { Backlog } from './backlog.ts'
import type { Mailroom } from './mailroom.ts'
import type { OwnSide } from './own-side.ts'
import type { Registry } from './registry.ts'
import type { Step } from './step.ts'
import type { Timers } from './timers.ts'

/** What the ladder works with. */
export interface LadderParts {
  readonly policy: Policy
  readonly clock: Clock
  readonly store: Store
  readonly timers: Timers
  readonly activity: Activity
  readonly backlog: Backlog
  readonly ownSide: OwnSide
  readonly registry: () => Registry
  readonly mailroom: () => Mailroom
}

/** What is known of one incident that is not over. */
interface Chapter {
  readonly incidentId: string
  readonly told: Map<NoticeStep, number>
  longestHealedMs: number
}

/**
 * The steps of an incident that owners hear of, as the policy's schedule has them, each at most once. What time alone
 * makes due is a commit of its own; the timer wheel brings it, and after a restart the rows say what was noticed.
 */
export class Ladder {
  readonly #parts: LadderParts
  readonly #chapters = new Map<IntegrationId, Chapter>()

  constructor(parts: LadderParts) {
    this.#parts = parts
  }

  /** Reads back what was noticed of each incident that is not over. */
  async recall(records: readonly IntegrationRecord[]): Promise<void> {
    if (this.#schedule === undefined) return
    for (const { context } of records) {
      if (context.incident?.brokenAt === undefined) continue
      const notices = await this.#parts.store.notices(context.integrationId)
      this.#chapter(context.integrationId, context.incident.id)
      this.noted(notices.filter(({ incidentId }) => incidentId === context.incident?.id))
      await this.#lookBack(context)
    }
  }

  /** Sets the timers of all incidents that were read back. */
  armAll(): void {
    for (const id of this.#chapters.keys()) this.#arm(id)
  }

  /** These stand in a commit: none of them is noticed again. */
  noted(notices: readonly Notice[]): void {
    for (const { integrationId, incidentId, step, at } of notices)
      this.#chapter(integrationId, incidentId).told.set(step, at)
  }

  /** The letter of recovery belongs into the commit of the step by which an incident ends that owners were told of. */
  ended({ id, signal, before, after }: Step): readonly Notice[] {
    const incidentId = before.context.incident?.id
    if (incidentId === undefined || after.context.incident?.id === incidentId) return []
    const chapter = this.#chapters.get(id)
    this.#chapters.delete(id)
    if (this.#schedule === undefined || chapter?.incidentId !== incidentId || chapter.told.size === 0) return []
    const rung = { kind: 'recovered', step: 'recovered', at: signal.at } as const
    const { dead } = this.#parts.backlog.counts(id)
    const explained = {
      ...explanation(after.state, after.context, { held: {}, dead }, { policy: this.#parts.policy }),
      incident: before.context.incident,
    }
    return [noticeOf(id, incidentId, rung, explained)]
  }

  /** A step is durable: when the next letter is due may have changed. */
  follow({ id, before, after }: Step): void {
    if (this.#schedule === undefined) return
    const isMoved = healthStateOf(before.state) !== healthStateOf(after.state)
    const isLater = before.context.incident?.lostMs !== after.context.incident?.lostMs
    if (!isMoved && !isLater && before.context.verdict.next?.at === after.context.verdict.next?.at) return
    const { incident } = after.context
    if (incident?.brokenAt === undefined) return this.#parts.timers.cancel(keyOf(id))
    if (this.#chapters.get(id)?.incidentId === incident.id) return this.#arm(id)
    this.#chapter(id, incident.id)
    const looked = this.#lookBack(after.context).then(() => this.#arm(id))
    // A store that cannot be read any more tells so itself.
    void this.#parts.activity.track(looked).catch(() => undefined)
  }

  /** Drops what is known of an integration that is gone. */
  forget(id: IntegrationId): void {
    this.#chapters.delete(id)
    this.#parts.timers.cancel(keyOf(id))
  }

  get #schedule(): NoticeSchedule | undefined {
    return this.#parts.policy.notices
  }

  #chapter(id: IntegrationId, incidentId: string): Chapter {
    const known = this.#chapters.get(id)
    if (known?.incidentId === incidentId) return known
    const chapter: Chapter = { incidentId, told: new Map(), longestHealedMs: 0 }
    this.#chapters.set(id, chapter)
    return chapter
  }

  async #lookBack({ integrationId, incident }: HealthContext): Promise<void> {
    if (this.#schedule === undefined || incident === null) return
    const since = (incident.brokenAt ?? incident.startedAt) - this.#schedule.healedMs
    const transitions = await this.#parts.store.transitions(integrationId)
    const chapter = this.#chapters.get(integrationId)
    if (chapter?.incidentId === incident.id) chapter.longestHealedMs = longestHealedMs(transitions, since)
  }

  /** Notices what is due and sets the timer of what comes next. */
  #arm(id: IntegrationId): void {
    const { clock, registry, timers } = this.#parts
    const view = registry().now(id)
    const chapter = this.#chapters.get(id)
    if (this.#schedule === undefined || chapter === undefined || view.isQuarantined === true)
      return timers.cancel(keyOf(id))
    const at = clock.now()
    const { due, nextAt } = noticeDue(this.#schedule, storyOf(chapter, view, this.#lostSince(view)), at)
    if (due !== undefined) this.#tell(noticeOf(id, chapter.incidentId, { ...due, at }, this.#explain(id, view)))
    if (nextAt === undefined) timers.cancel(keyOf(id))
    else timers.set(keyOf(id), Math.max(nextAt, this.#earliest(at)), () => this.#arm(id))
  }

  #lostSince({ context }: View): number {
    return this.#parts.ownSide.time.lostMs - (context.lostMs ?? 0)
  }

  /** While no time counts nothing comes due, however often it is looked at. */
  #earliest(at: number): number {
    return this.#parts.ownSide.frozenAt === undefined ? 0 : at + frozenEveryMs
  }

  #explain(id: IntegrationId, { state, context }: View): Explanation {
    const { backlog, policy } = this.#parts
    return explanation(state, context, backlog.counts(id), { policy })
  }

  #tell(notice: Notice): void {
    this.noted([notice])
    // A write that fails stops the engine, which tells so itself.
    void this.#parts
      .mailroom()
      .tell(notice)
      .catch(() => undefined)
  }
}

function noticeOf(integrationId: IntegrationId, incidentId: string, rung: Rung, explained: Explanation): Notice {
  const id = `ntc_${incidentId}_${rung.step}`
  return { id, integrationId, incidentId, ...rung, status: 'pending', explanation: explained }
}

const frozenEveryMs = 60_000

function keyOf(id: IntegrationId): string {
  return `ladder:${id}`
}

/** Where an incident stands; moments move by what was lost since the record was written. */
export function storyOf(
  { told, longestHealedMs }: Pick<Story, 'told' | 'longestHealedMs'>,
  { state, context }: View,
  lostMs: number,
): Story {
  const { incident, verdict } = context
  const next = verdict.next && { ...verdict.next, at: verdict.next.at + lostMs }
  // Condemned, it is as good as disabled: the notice of it is written already.
  const stands = state === 'broken.condemned' ? 'disabled' : healthStateOf(state)
  return { state: stands, brokenAt: brokenAtOf(incident, lostMs), next, longestHealedMs, told }
}

/** Later by what is not health time. */
function brokenAtOf(incident: Incident | null, lostMs: number): number | undefined {
  return incident?.brokenAt === undefined ? undefined : incident.brokenAt + (incident.lostMs ?? 0) + lostMs
}

/** From the first step of an incident to its last, of those that ended in healthy since then. */
export function longestHealedMs(newestFirst: readonly Transition[], since: number): number {
  const endedAt = new Map<string, number>()
  let longest = 0
  for (const { incidentId, to, at } of newestFirst) {
    if (incidentId === undefined) continue
    if (to.startsWith('healthy') && at >= since && !endedAt.has(incidentId)) endedAt.set(incidentId, at)
    longest = Math.max(longest, (endedAt.get(incidentId) ?? at) - at)
  }
  return longest
}
