import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock, systemRandom } from '../../src/adapters/system-clock.ts'
import { manualClock } from '../../src/testing.ts'

describe('a clock moved by hand', () => {
  it('stands still until it is moved', () => {
    const clock = manualClock(1_000)
    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000])
    clock.advanceBy(5)
    expect(clock.now()).toBe(1_005)
    clock.advanceTo(2_000)
    expect(clock.now()).toBe(2_000)
    expect(manualClock().now()).toBe(Date.UTC(2024, 5, 1, 12))
  })

  it('runs what falls due on the way, in order, each at its own time', () => {
    const clock = manualClock(0)
    const ran: string[] = []
    for (const [name, atMs] of [
      ['c', 30],
      ['a', 10],
      ['b', 10],
    ] as const)
      clock.at(atMs, () => ran.push(`${name}@${clock.now()}`))
    clock.advanceBy(20)
    expect(ran).toEqual(['a@10', 'b@10'])
    clock.advanceBy(20)
    expect(ran).toEqual(['a@10', 'b@10', 'c@30'])
  })

  it('runs on the same way what a timer sets, and not what it cancels', () => {
    const clock = manualClock(0)
    const ran: number[] = []
    const cancel = clock.at(20, () => ran.push(20))
    clock.at(10, () => {
      cancel()
      clock.at(15, () => ran.push(clock.now()))
      clock.at(5, () => ran.push(clock.now()))
    })
    clock.advanceBy(30)
    expect(ran).toEqual([10, 15])
  })

  it('never goes back', () => {
    const clock = manualClock(1_000)
    clock.advanceTo(500)
    expect(clock.now()).toBe(1_000)
  })
})

describe('the clock of the system', () => {
  afterEach(() => vi.useRealTimers())

  it('calls once when its moment has come', () => {
    const { ran, at } = fakeTime()
    at(1_000)
    vi.advanceTimersByTime(999)
    expect(ran).toEqual([])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual([1_000])
    vi.advanceTimersByTime(10_000)
    expect(ran).toHaveLength(1)
  })

  it('calls what is due already in a later turn', () => {
    const { ran, at } = fakeTime()
    at(-5)
    expect(ran).toEqual([])
    vi.advanceTimersByTime(0)
    expect(ran).toHaveLength(1)
  })

  it('waits longer than one of its steps', () => {
    const { ran, at } = fakeTime()
    const twoHoursMs = 2 * 3_600_000
    at(twoHoursMs)
    vi.advanceTimersByTime(twoHoursMs - 1)
    expect(ran).toEqual([])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual([twoHoursMs])
  })

  it('waits on when the wall clock was set back meanwhile', () => {
    const { ran, at } = fakeTime()
    at(1_000)
    vi.setSystemTime(-5_000)
    vi.advanceTimersByTime(1_000)
    expect(ran).toEqual([])
    vi.advanceTimersByTime(5_000)
    expect(ran).toEqual([1_000])
  })

  it('does not call what was cancelled, at its first or at a later step', () => {
    const { ran, at } = fakeTime()
    const cancel = at(1_000)
    const cancelFar = at(3_000_000)
    cancel()
    vi.advanceTimersByTime(2_500_000)
    cancelFar()
    vi.advanceTimersByTime(2_500_000)
    expect([ran, vi.getTimerCount()]).toEqual([[], 0])
  })

  function fakeTime() {
    vi.useFakeTimers({ now: 0 })
    const ran: number[] = []
    return { ran, at: (atMs: number) => systemClock.at(atMs, () => ran.push(systemClock.now())) }
  }
})

it('draws ids that are UUIDs, and chances from 0 up to 1', () => {
  expect(systemRandom.uuid()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(systemRandom.uuid()).not.toBe(systemRandom.uuid())
  const chance = systemRandom.fraction()
  expect(chance >= 0 && chance < 1).toBe(true)
})
