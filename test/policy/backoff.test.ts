import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { localDelayMs, probeDelayMs, retryDelayMs } from '../../src/policy/backoff.ts'
import type { Schedule } from '../../src/policy/health/policy.ts'

const schedule: Schedule = {
  retriesMs: [5_000, 300_000, 1_800_000],
  jitter: 0.2,
  probesMs: [60_000, 120_000, 240_000],
  probesToRecover: 2,
  probationMs: 86_400_000,
}

describe('retryDelayMs', () => {
  it('waits as the schedule says after each attempt, and then no more', () => {
    expect([1, 2, 3, 4, 5].map((attempts) => retryDelayMs(schedule, attempts, 0))).toEqual([
      5_000,
      300_000,
      1_800_000,
      undefined,
      undefined,
    ])
  })

  it('has nothing to wait for when the schedule is empty', () => {
    expect(retryDelayMs({ ...schedule, retriesMs: [] }, 1, 0.5)).toBeUndefined()
  })

  it('only ever lengthens the wait by chance, and by no more than the jitter', () => {
    expect(retryDelayMs(schedule, 1, 0.5)).toBe(5_500)
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 86_400_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (delayMs, jitter, chance) => {
          const waitMs = retryDelayMs({ ...schedule, retriesMs: [delayMs], jitter }, 1, chance) ?? Number.NaN
          expect(waitMs).toBeGreaterThanOrEqual(delayMs)
          expect(waitMs).toBeLessThanOrEqual(Math.round(delayMs * (1 + jitter)))
          expect(Number.isInteger(waitMs)).toBe(true)
        },
      ),
    )
  })

  it('waits exactly as long as the schedule says when it has no jitter', () => {
    expect(retryDelayMs({ ...schedule, jitter: 0 }, 2, 0.999)).toBe(300_000)
  })
})

describe('probeDelayMs', () => {
  it('repeats its last entry for ever', () => {
    expect([0, 1, 2, 3, 4, 1_000].map((failed) => probeDelayMs(schedule, failed))).toEqual([
      60_000, 120_000, 240_000, 240_000, 240_000, 240_000,
    ])
  })
})

describe('localDelayMs', () => {
  it('doubles from one second to one minute and stays there', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 1_000_000].map(localDelayMs)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
    ])
  })
})
