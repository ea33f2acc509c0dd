import type { Incident, Transition } from '../../domain/health.ts'
import type { NoticeStep } from '../../domain/notice.ts'
import { historyOf } from '../../engine/history.ts'
import { longestHealedMs, storyOf } from '../../engine/ladder.ts'
import type { Step } from '../../engine/step.ts'
import { healthStateOf, type View } from '../../machines/index.ts'
import { noticeDue, type NoticeSchedule, type Rung } from '../../policy/notices.ts'
import type { HealthClock } from './own-side.ts'

interface Chapter {
  readonly incidentId: string
  readonly told: Map<NoticeStep, number>
  readonly longestHealedMs: number
}

/** What the owners of one integration are told, and when: the ladder of the engine, without its mail. */
export class Letters {
  readonly #schedule: NoticeSchedule | undefined
  readonly #side: HealthClock
  readonly #told: Rung[] = []
  /** Newest first. */
  #transitions: readonly Transition[] = []
  #chapter: Chapter | undefined
  #nextAt = Infinity

  /** Without a schedule they are told of a disablement only. */
  constructor(schedule: NoticeSchedule | undefined, side: HealthClock) {
    this.#schedule = schedule
    this.#side = side
  }

  /** Time alone makes the next one due. */
  get nextAt(): number {
    return this.#nextAt
  }

  get told(): readonly Rung[] {
    return this.#told
  }

  /** After each step of the chart. */
  follow(step: Step): void {
    const { before, after, signal } = step
    if (after.context.walked.length > 0)
      this.#transitions = [...historyOf(step).transitions.toReversed(), ...this.#transitions].slice(0, transitionsMax)
    if (before.context.gate !== 'open' && after.context.gate === 'open') this.#ended(step)
    const { incident } = after.context
    if (after.state === 'broken.condemned' && before.state !== after.state && incident !== null)
      this.#tell(incident, { kind: 'disabled', step: 'disabled', at: signal.at })
    const isMoved = before.state !== after.state && healthStateOf(before.state) !== healthStateOf(after.state)
    const isLater = before.context.incident?.lostMs !== incident?.lostMs
    const isOther = before.context.verdict.next?.at !== after.context.verdict.next?.at
    if (isMoved || isLater || isOther) this.due(after, signal.at)
  }

  /** Tells what is due at this moment, and sets when the next one is. While our own side is down nothing comes due. */
  due(view: View, at: number): void {
    this.#nextAt = Infinity
    const { incident, lostMs = 0 } = view.context
    if (this.#schedule === undefined || incident?.brokenAt === undefined) return
    const story = storyOf(this.#chapterOf(incident), view, this.#side.lostMs - lostMs)
    const { due, nextAt = Infinity } = noticeDue(this.#schedule, story, at)
    if (due !== undefined) this.#tell(incident, { ...due, at })
    this.#nextAt = Math.max(nextAt, this.#side.isFrozen ? at + lookAgainMs : 0)
  }

  /** Whoever was told of an incident is told that it is over. */
  #ended({ before, after, signal }: Step): void {
    const incidentId = before.context.incident?.id
    if (incidentId === undefined || after.context.incident?.id === incidentId) return
    const isTold = this.#chapter?.incidentId === incidentId && this.#chapter.told.size > 0
    this.#chapter = undefined
    if (this.#schedule !== undefined && isTold) this.#told.push({ kind: 'recovered', step: 'recovered', at: signal.at })
  }

  #tell(incident: Incident, rung: Rung): void {
    this.#chapterOf(incident).told.set(rung.step, rung.at)
    this.#told.push(rung)
  }

  #chapterOf({ id: incidentId, startedAt, brokenAt = startedAt }: Incident): Chapter {
    if (this.#chapter?.incidentId === incidentId) return this.#chapter
    const since = brokenAt - (this.#schedule?.healedMs ?? 0)
    this.#chapter = { incidentId, told: new Map(), longestHealedMs: longestHealedMs(this.#transitions, since) }
    return this.#chapter
  }
}

/** While nothing counts the ladder is looked at this often, as the engine does it. */
const lookAgainMs = 60_000
/** As many as the engine keeps. */
const transitionsMax = 1_000
