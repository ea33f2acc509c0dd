import type { Pulse } from '../domain/health.ts'

/** How often an engine looks at the clock at least, and writes down that it did. */
export const beatMs = 30_000
/** A look that comes later than it should by more than this comes after a standstill. */
const stallMs = 60_000

/**
 * The pulse after one more look at the clock. A span in which nobody looked for too long is lost whole: the process or
 * the machine stood still, or the clock was set forward. Set back by as much, it is lost as a span below zero, so that
 * health time goes on where it was; set back by less, health time stands until the clock has caught up. Frozen, our own
 * side is down: nothing counts.
 */
export function looked({ at, lostMs }: Pulse, now: number, isFrozen = false): Pulse {
  const passedMs = now - at
  const isLost = isFrozen || passedMs > beatMs + stallMs || passedMs < -stallMs
  return isLost ? { at: now, lostMs: lostMs + passedMs } : { at: Math.max(at, now), lostMs }
}

/** The pulse of an engine that starts now, after one whose last was `pulse`: the span between them is lost whole. */
export function restarted({ at, lostMs }: Pulse, now: number): Pulse {
  return { at: now, lostMs: lostMs + now - at }
}
