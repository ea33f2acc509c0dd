import { expect, it } from 'vitest'
import { Timers } from '../../src/engine/timers.ts'
import { manualClock } from '../../src/testing.ts'
import { turns } from '../support/world.ts'

it('runs each timer once, at its moment, in the order of their moments', () => {
  const { timers, clock, ran } = aWheel()
  for (const atMs of [50, 10, 40, 20, 30]) timers.set(`t${atMs}`, atMs, ran(`t${atMs}@`))
  clock.advanceTo(25)
  expect(ran.list).toEqual(['t10@10', 't20@20'])
  clock.advanceTo(100)
  expect(ran.list).toEqual(['t10@10', 't20@20', 't30@30', 't40@40', 't50@50'])
  clock.advanceTo(1_000)
  expect(ran.list).toHaveLength(5)
})

it('keeps thousands in order', () => {
  const { timers, clock, ran } = aWheel()
  const moments = Array.from({ length: 5_000 }, (_, n) => ((n * 7_919) % 5_003) + 1)
  for (const atMs of moments) timers.set(`t${atMs}`, atMs, ran(''))
  clock.advanceTo(10_000)
  expect(ran.list.map(Number)).toEqual([...moments].sort((a, b) => a - b))
})

it('replaces a timer that is set again, sooner or later', () => {
  const { timers, clock, ran } = aWheel()
  timers.set('later', 10, ran('wrong'))
  timers.set('later', 30, ran('later@'))
  timers.set('sooner', 30, ran('wrong'))
  timers.set('sooner', 20, ran('sooner@'))
  clock.advanceTo(100)
  expect(ran.list).toEqual(['sooner@20', 'later@30'])
})

it('moves them all, in their order, and finds those again that are replaced', () => {
  const { timers, clock, ran } = aWheel()
  for (const atMs of [1_020, 1_010, 1_030]) timers.set(`t${atMs}`, atMs, ran(`t${atMs}@`))
  timers.move(-1_000)
  timers.set('t1030', 15, ran('t1030@'))
  clock.advanceTo(100)
  expect(ran.list).toEqual(['t1010@10', 't1030@15', 't1020@20'])
  clock.advanceTo(2_000)
  expect(ran.list).toHaveLength(3)
})

it('runs what it was first given when it is set to the same moment again', () => {
  const { timers, clock, ran } = aWheel()
  timers.set('a', 10, ran('first@'))
  timers.set('a', 10, ran('second@'))
  clock.advanceTo(10)
  expect(ran.list).toEqual(['first@10'])
})

it('does not run what was cancelled', () => {
  const { timers, clock, ran } = aWheel()
  timers.set('a', 10, ran('a@'))
  timers.set('b', 20, ran('b@'))
  timers.cancel('a')
  timers.cancel('unknown')
  clock.advanceTo(100)
  expect(ran.list).toEqual(['b@20'])
})

it('runs in the next turn what is due already, without the clock', async () => {
  const { timers, ran } = aWheel()
  timers.set('past', -5, ran('past@'))
  timers.set('now', 0, ran('now@'))
  expect([timers.isDue, ran.list]).toEqual([true, []])
  await turns()
  expect([timers.isDue, ran.list]).toEqual([false, ['past@0', 'now@0']])
})

it('lets a timer set others, due now and later', () => {
  const { timers, clock, ran } = aWheel()
  timers.set('a', 10, () => {
    timers.set('b', 10, ran('b@'))
    timers.set('a', 20, ran('a@'))
  })
  clock.advanceTo(20)
  expect(ran.list).toEqual(['b@10', 'a@20'])
})

it('runs the others when one throws, and says what it threw', () => {
  const { timers, clock, ran, faults } = aWheel()
  timers.set('bad', 10, () => {
    throw new Error('a defect')
  })
  timers.set('good', 10, ran('good@'))
  clock.advanceTo(10)
  expect(ran.list).toEqual(['good@10'])
  expect(faults).toMatchObject([{ message: 'a defect' }])
})

it('runs nothing and takes nothing once closed', async () => {
  const { timers, clock, ran } = aWheel()
  timers.set('due', 0, ran('due'))
  timers.set('later', 10, ran('later'))
  timers.close()
  timers.set('after', 20, ran('after'))
  clock.advanceTo(100)
  await turns()
  expect([ran.list, timers.isDue, timers.has('after')]).toEqual([[], false, false])
})

it('closes in the middle of what is due', () => {
  const { timers, clock, ran } = aWheel()
  timers.set('a', 10, () => timers.close())
  timers.set('b', 10, ran('b'))
  clock.advanceTo(10)
  expect(ran.list).toEqual([])
})

it('asks the clock for one call at a time, however many timers there are', () => {
  let waiting = 0
  const clock = { now: () => 0, at: () => ((waiting += 1), () => (waiting -= 1)) }
  const timers = new Timers(clock, () => undefined)
  for (let n = 1; n <= 1_000; n += 1) timers.set(`t${n}`, 1_001 - n, () => undefined)
  expect(waiting).toBe(1)
  timers.close()
  expect(waiting).toBe(0)
})

function aWheel() {
  const clock = manualClock(0)
  const faults: unknown[] = []
  const timers = new Timers(clock, (fault) => faults.push(fault))
  const list: string[] = []
  const ran = Object.assign((name: string) => () => void list.push(`${name}${clock.now()}`), { list })
  return { clock, timers, faults, ran }
}
