import { randomUUID } from 'node:crypto'
import type { Clock, Random } from '../ports.ts'

/** The longest wait `setTimeout` takes; longer ones are walked in steps. */
const stepMsMax = 2_147_483_647

/** Wall time. Its timers do not keep the host process alive: what they wait for is in the store. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at: (atMs, fn) => {
    let timer: NodeJS.Timeout | undefined
    // Looked at again when it runs out: the wait may have been cut into steps, and wall time may have been set back.
    const wait = () => {
      timer = setTimeout(() => (Date.now() >= atMs ? fn() : wait()), clamp(atMs - Date.now()))
      timer.unref()
    }
    wait()
    return () => clearTimeout(timer)
  },
}

/** Chance and ids from the system. */
export const systemRandom: Random = { uuid: () => randomUUID(), fraction: () => Math.random() }

function clamp(ms: number): number {
  return Math.max(0, Math.min(ms, stepMsMax))
}
