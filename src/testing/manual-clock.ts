import type { Clock } from '../ports.ts'

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves to a moment, running on the way every timer that falls due, in order, each at its own time. */
  advanceTo(atMs: number): void
  /** The same, by a span. */
  advanceBy(ms: number): void
}

/**
 * Policy time for tests and demonstrations. Sockets, SMTP and files stay on real time.
 * @param startMs the first `now()`. @default 2024-06-01T12:00:00Z
 * @example
 * const clock = manualClock()
 * const hookward = await createHookward({ dir, policy: 'sentry', clock })
 * clock.advanceBy(24 * 60 * 60 * 1000)
 * await hookward.idle()
 */
export function manualClock(startMs: number = Date.UTC(2024, 5, 1, 12)): ManualClock {
  let now = startMs
  let timers: { readonly atMs: number; readonly fn: () => void }[] = []
  const clock: ManualClock = {
    now: () => now,
    at: (atMs, fn) => {
      const timer = { atMs, fn }
      timers = [...timers, timer].sort((a, b) => a.atMs - b.atMs)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advanceTo: (atMs) => {
      for (let next = timers[0]; next !== undefined && next.atMs <= atMs; next = timers[0]) {
        timers = timers.slice(1)
        now = Math.max(now, next.atMs)
        next.fn()
      }
      now = Math.max(now, atMs)
    },
    advanceBy: (ms) => clock.advanceTo(now + ms),
  }
  return clock
}
