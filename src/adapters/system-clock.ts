import { randomUUID } from 'node:crypto'
import type { Clock, Random } from '../ports.ts'

/** The longest wait `setTimeout` takes; longer ones are walked in steps. */
const stepMsMax = 2_147_483_647

/** Wall time. Its timers do not keep the host process alive: what they wait for is in the store. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at: (atMs, fn) => {
    let timer: NodeJS.Timeout | undefined
    const step = () => {
      const leftMs = atMs - Date.now()
      timer = setTimeout(leftMs > stepMsMax || Date.now() < atMs ? wait : fn, clamp(leftMs))
      timer.unref()
    }
    const wait = () => (Date.now() >= atMs ? fn() : step())
    step()
    return () => clearTimeout(timer)
  },
}

/** Chance and ids from the system. */
export const systemRandom: Random = { uuid: () => randomUUID(), fraction: () => Math.random() }

function clamp(ms: number): number {
  return Math.max(0, Math.min(ms, stepMsMax))
}
