import { randomFillSync, randomUUID } from 'node:crypto'
import type { Clock, Random } from '../ports.ts'

/** Longer waits are walked in steps, so that wall time that is set forward is noticed soon. */
const stepMsMax = 1_000

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
export const systemRandom: Random = { uuid: () => randomUUID(), hex: nextHex, fraction: () => Math.random() }

/** Random bytes are asked for so many at a time: a call takes longer than the bytes of an id. */
const pool = Buffer.alloc(4_096)
const hexBytes = 16
let used = pool.length

function nextHex(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += hexBytes
  return pool.toString('hex', used - hexBytes, used)
}

function clamp(ms: number): number {
  return Math.max(0, Math.min(ms, stepMsMax))
}
