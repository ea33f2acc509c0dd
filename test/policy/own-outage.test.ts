import { expect, it } from 'vitest'
import { standard } from '../../src/policy/index.ts'
import { isOver, reachOf, signOfOutage, type OutageRule, type OutageSign } from '../../src/policy/own-outage.ts'

const [minuteMs, hourMs] = [60_000, 3_600_000]
const rule = standard().ownOutage as OutageRule
const at = 10 * 24 * hourMs

/** Hosts that began to fail so long ago, the oldest first. */
function begun(...agoMs: readonly number[]) {
  return agoMs.map((ms, i) => ({ host: `h${i}`, at: at - ms }))
}

it('takes a connection that failed or took too long for a host that is not reached, any answer for one that is', () => {
  expect((['unreachable', 'timeout'] as const).map(reachOf)).toEqual([false, false])
  expect((['ok', 'server', 'rejected', 'protocol', 'throttled'] as const).map(reachOf)).toEqual(Array(5).fill(true))
  expect((['local', 'blocked'] as const).map(reachOf)).toEqual([undefined, undefined])
})

it('is silence when two hosts fail and nobody was reached for a minute since the first of them did, not before, not with one', () => {
  const sign = (reachedAgoMs: number, ...agoMs: readonly number[]) =>
    signOfOutage(rule, { at, begun: begun(...agoMs), reachedAt: at - reachedAgoMs, alive: () => 4 })
  expect(sign(hourMs, minuteMs, 0)).toBe('silence')
  expect(sign(hourMs, minuteMs - 1, 0)).toBeUndefined()
  expect(sign(0, minuteMs, 0)).toBeUndefined()
  expect(sign(hourMs, minuteMs)).toBeUndefined()
})

it('is not silence while all that fail began before the last was reached: they are to blame', () => {
  const sign = (...agoMs: readonly number[]) =>
    signOfOutage(rule, { at, begun: begun(...agoMs), reachedAt: at - hourMs, alive: () => 4 })
  expect(sign(hourMs, hourMs)).toBeUndefined()
  expect(sign(hourMs, hourMs - 1)).toBe('silence')
})

it('counts one that began to fail up to a minute before the last was reached beside those after it', () => {
  const sign = (firstAgoMs: number) =>
    signOfOutage(rule, { at, begun: begun(firstAgoMs, minuteMs), reachedAt: at - 2 * minuteMs, alive: () => 4 })
  expect(sign(3 * minuteMs)).toBe('silence')
  expect(sign(3 * minuteMs + 1)).toBeUndefined()
})

it('is a share when half of at least five that are alive began to fail within five minutes, though others are reached', () => {
  const sign = (alive: number, ...agoMs: readonly number[]) =>
    signOfOutage(rule, { at, begun: begun(...agoMs), reachedAt: at, alive: () => alive })
  expect(sign(6, 5 * minuteMs - 1, minuteMs, 0)).toBe('share')
  expect(sign(6, 5 * minuteMs, minuteMs, 0)).toBeUndefined()
  expect(sign(7, 2 * minuteMs, minuteMs, 0)).toBeUndefined()
  expect(sign(4, 2 * minuteMs, minuteMs, 0)).toBeUndefined()
  expect(sign(5, 2 * minuteMs, minuteMs, 0)).toBe('share')
})

it('is believed for a day, and for ever only while five fail and nobody at all is reached', () => {
  const day = 24 * hourMs
  const over = (sign: OutageSign, failing: number, ms: number, reachedAgoMs = ms + 1) =>
    isOver(rule, { sign, since: at - ms, alive: 8, failing, reachedAt: at - reachedAgoMs }, at)
  expect([over('silence', 4, day - 1), over('silence', 4, day)]).toEqual([false, true])
  expect([over('silence', 5, day), over('silence', 5, 90 * day)]).toEqual([false, false])
  expect([over('share', 5, day, 0), over('share', 5, day - 1, 0), over('share', 5, day)]).toEqual([true, false, false])
})

it('ends with the first host that is reached, or when less than its share fails', () => {
  const over = (sign: OutageSign, failing: number, reachedAgoMs: number) =>
    isOver(rule, { sign, since: at - hourMs, alive: 8, failing, reachedAt: at - reachedAgoMs }, at)
  expect([over('silence', 7, hourMs), over('silence', 7, hourMs - 1)]).toEqual([false, true])
  expect([over('share', 4, 0), over('share', 3, 0)]).toEqual([false, true])
})
