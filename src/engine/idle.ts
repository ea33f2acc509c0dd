import { HookwardError } from '../domain/errors.ts'
import type { Activity } from './activity.ts'
import type { Timers } from './timers.ts'

/** What is idle, or is not. */
export interface Working {
  readonly activity: Activity
  readonly timers: Timers
}

/** Resolves when nothing is under way and no timer is due; throws `IDLE_TIMEOUT` after so many milliseconds. */
export async function untilIdle(working: Working, timeoutMs: number | undefined): Promise<void> {
  const limit = new AbortController()
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => limit.abort(), timeoutMs)
  const expired = new Promise<void>((resolve) => limit.signal.addEventListener('abort', () => resolve()))
  try {
    while (!(await isIdle(working, expired)))
      if (limit.signal.aborted) throw new HookwardError('IDLE_TIMEOUT', `work was under way after ${timeoutMs} ms`)
  } finally {
    clearTimeout(timer)
  }
}

async function isIdle({ activity, timers }: Working, expired: Promise<void>): Promise<boolean> {
  await Promise.race([activity.quiet(), expired])
  // What follows from the work that ended begins before the next turn.
  await new Promise((resolve) => setImmediate(resolve))
  return activity.isQuiet && !timers.isDue
}
