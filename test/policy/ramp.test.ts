import { describe, expect, it } from 'vitest'
import { afterFailure, batchOf, rateOf, slopeOf } from '../../src/policy/ramp.ts'

const ramp = { perSecond: 1, doublesEveryMs: 10_000 }
const at = 1_700_000_000_000
const foot = slopeOf(ramp, at)

describe('a ramp', () => {
  it.each([
    [0, 1],
    [9_999, 1],
    [10_000, 2],
    [29_999, 4],
    [60_000, 64],
    [100_000, 1_024],
    [10_000_000_000, 1_024],
    [-5_000, 1],
  ])('after %i ms without a failure sends so many a second: %i', (passedMs, perSecond) => {
    expect(rateOf(ramp, foot, at + passedMs)).toBe(perSecond)
  })

  it('halves with a failure, never below its foot, and rises anew from there', () => {
    const halved = afterFailure(ramp, foot, at + 30_000)
    expect(halved).toEqual({ perSecond: 4, since: at + 30_000 })
    expect(rateOf(ramp, halved, at + 40_000)).toBe(8)
    expect(afterFailure(ramp, foot, at + 5_000)).toEqual({ perSecond: 1, since: at + 5_000 })
  })

  it('may begin faster than it could ever become', () => {
    expect(rateOf({ perSecond: 2_000, doublesEveryMs: 1 }, { perSecond: 2_000, since: at }, at + 5)).toBe(2_000)
  })
})

describe('a batch', () => {
  it.each([
    [1, 9, { count: 1, nextAt: at + 1_000 }],
    [0.1, 9, { count: 1, nextAt: at + 10_000 }],
    [8, 9, { count: 1, nextAt: at + 125 }],
    [64, 9, { count: 6, nextAt: at + 94 }],
    [64, 2, { count: 2, nextAt: at + 94 }],
    [64, 0, { count: 0, nextAt: at + 94 }],
    [64, -3, { count: 0, nextAt: at + 94 }],
  ])('at %d a second with room for %i', (perSecond, room, batch) => {
    expect(batchOf(perSecond, room, at)).toEqual(batch)
  })
})
