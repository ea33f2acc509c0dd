import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Gate } from '../../src/adapters/undici/gate.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('lets in as many as are allowed, and the next when one leaves', () => {
  const { enter, begun } = aGate(2)
  const first = enter('a')
  enter('a')
  enter('a')
  expect(begun).toEqual(['a', 'a'])
  first()
  first()
  expect(begun).toEqual(['a', 'a', 'a'])
})

it('takes the keys in turn, however many of one are waiting', () => {
  const { enter, begun } = aGate(1)
  const leave = enter('first')
  for (let n = 0; n < 50; n += 1) enter('crowd')
  enter('other')
  leave()
  vi.advanceTimersByTime(100)
  expect(begun).toEqual(['first', 'crowd', 'other'])
})

it('gives a place back after a while, whatever its holder does', () => {
  const { enter, begun } = aGate(1)
  enter('black hole')
  enter('other')
  vi.advanceTimersByTime(99)
  expect(begun).toEqual(['black hole'])
  vi.advanceTimersByTime(1)
  expect(begun).toEqual(['black hole', 'other'])
})

it('forgets those who give up waiting', () => {
  const { enter, begun } = aGate(1)
  const leave = enter('a')
  enter('b')()
  enter('c')
  leave()
  expect(begun).toEqual(['a', 'c'])
})

function aGate(width: number) {
  const gate = new Gate(width, 100)
  const begun: string[] = []
  return { begun, enter: (key: string) => gate.enter(key, () => begun.push(key)) }
}
