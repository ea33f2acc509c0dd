import type { Schedule } from './health/policy.ts'

/**
 * The wait before the next attempt after `attempts` have been spent, or `undefined` when none is left.
 * `chance` is from 0 to 1 and arrives from the caller; jitter only ever lengthens the wait.
 */
export function retryDelayMs(schedule: Schedule, attempts: number, chance: number): number | undefined {
  const delayMs = schedule.retriesMs[attempts - 1]
  return delayMs === undefined ? undefined : Math.round(delayMs * (1 + schedule.jitter * chance))
}

/** The wait before the next probe after `failed` in a row; the last entry of the schedule repeats, and jitter as above. */
export function probeDelayMs(schedule: Schedule, failed: number, chance = 0): number {
  const delayMs = schedule.probesMs[Math.min(failed, schedule.probesMs.length - 1)] ?? 0
  return Math.round(delayMs * (1 + schedule.jitter * chance))
}

/** The wait after our own trouble, from 1 s doubling to 60 s; counted per lane, never per delivery. */
export function localDelayMs(inARow: number): number {
  return Math.min(1_000 * 2 ** Math.min(inARow, 6), 60_000)
}
