import { manualClock, type ManualClock } from '../../testing/manual-clock.ts'

/** Policy time that is moved by hand first, and then runs by itself. */
export interface PlayClock extends ManualClock {
  /** From now on so many seconds pass in each real one; the answer stops it. */
  run(speed: number): () => void
}

const tickMs = 20

/** A clock for the playground. Its timers run in order, each at its own time, however fast it runs. */
export function playClock(startMs: number): PlayClock {
  const clock = manualClock(startMs)
  return {
    ...clock,
    run: (speed) => {
      const [from, began] = [clock.now(), performance.now()]
      const timer = setInterval(() => clock.advanceTo(Math.floor(from + (performance.now() - began) * speed)), tickMs)
      return () => clearInterval(timer)
    },
  }
}
