import type { Forecast, HealthState } from '../domain/health.ts'
import type { NoticeKind, NoticeStep } from '../domain/notice.ts'

/** When owners are told what. Spans are in milliseconds, each at most 400 days. */
export interface NoticeSchedule {
  /** Broken for so long, at least. */
  readonly brokenMs: number
  /** Or for so many times the longest incident that healed of late: what heals by itself is not worth a letter. */
  readonly brokenFactor: number
  /** However long that was, no longer than this. */
  readonly brokenMsMax: number
  /** How far back it looks for incidents that healed. */
  readonly healedMs: number
  /** How long before it is disabled, longest first; only once nothing but time is missing. At most 5. */
  readonly warningsMs: readonly number[]
  /** How long after it was disabled, shortest first. At most 10. */
  readonly remindersMs: readonly number[]
}

/** Where one incident stands. */
export interface Story {
  readonly state: HealthState
  /** When it broke; `undefined` before that. */
  readonly brokenAt: number | undefined
  readonly next: Forecast | undefined
  /** The longest of the incidents that healed within `healedMs`; 0 when none did. */
  readonly longestHealedMs: number
  /** The steps of this incident that were noticed, and when. */
  readonly told: ReadonlyMap<NoticeStep, number>
}

/** One step of the ladder. */
export interface Rung {
  readonly kind: NoticeKind
  readonly step: NoticeStep
  readonly at: number
}

/**
 * The step that is due now, and when the next one is. Of several due at once only the last counts: the others are
 * passed over for good, because each letter says more than the one before it.
 */
export function noticeDue(
  schedule: NoticeSchedule,
  story: Story,
  at: number,
): { readonly due?: Rung; readonly nextAt?: number } {
  const rungs = rungsOf(schedule, story)
  const reached = rungs.findLastIndex((rung) => rung.at <= at)
  const last = rungs[reached]
  const isDue = last !== undefined && !rungs.slice(reached).some(({ step }) => story.told.has(step))
  const nextAt = Math.min(...rungs.slice(reached + 1).map((rung) => rung.at))
  return { ...(isDue && !isLate(last, at) ? { due: last } : {}), ...(nextAt === Infinity ? {} : { nextAt }) }
}

function rungsOf(schedule: NoticeSchedule, story: Story): readonly Rung[] {
  if (story.state === 'broken') return [...brokenRung(schedule, story), ...warnings(schedule, story)]
  const disabledAt = story.told.get('disabled')
  if (story.state !== 'disabled' || disabledAt === undefined) return []
  const reminders = schedule.remindersMs.map((afterMs, i): Rung => {
    return { kind: 'reminder', step: `reminder-${i + 1}`, at: disabledAt + afterMs }
  })
  return [{ kind: 'disabled', step: 'disabled', at: disabledAt }, ...reminders]
}

function brokenRung(schedule: NoticeSchedule, { brokenAt, longestHealedMs }: Story): readonly Rung[] {
  if (brokenAt === undefined) return []
  const patienceMs = Math.max(schedule.brokenMs, schedule.brokenFactor * longestHealedMs)
  return [{ kind: 'broken', step: 'broken', at: brokenAt + Math.min(patienceMs, schedule.brokenMsMax) }]
}

function warnings({ warningsMs }: NoticeSchedule, { next }: Story): readonly Rung[] {
  if (next?.to !== 'disabled') return []
  return warningsMs.map((beforeMs, i) => ({ kind: 'warning', step: `warning-${i + 1}`, at: next.at - beforeMs }))
}

/** After so long what was told is not kept for certain any more, and nobody learns anything from a letter. */
function isLate({ at: dueAt }: Rung, at: number): boolean {
  return at - dueAt >= lateMs
}

const lateMs = 14 * 86_400_000
