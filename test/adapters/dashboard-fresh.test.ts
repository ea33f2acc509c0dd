import { describe, expect, it } from 'vitest'
import { Fresh } from '../../src/adapters/dashboard/fresh.ts'
import { turns } from '../support/world.ts'

/** Something that is made when it is told to be. */
function making() {
  const begun: ((value: number) => void)[] = []
  const fresh = new Fresh(() => new Promise<number>((resolve) => begun.push(resolve)))
  return { fresh, begun }
}

describe('what takes a while to make', () => {
  it('is made once for all who ask meanwhile, and kept for a while', async () => {
    const { fresh, begun } = making()
    const asked = [fresh.get(), fresh.get()]
    await turns()
    begun[0]?.(1)
    expect(await Promise.all([...asked, fresh.get()])).toEqual([1, 1, 1])
    expect(begun).toHaveLength(1)
  })

  it('is made anew for who asks after a change, also after one while it was being made', async () => {
    const { fresh, begun } = making()
    const first = fresh.get()
    await turns()
    fresh.stale()
    const second = fresh.get()
    await turns()
    // One at a time.
    expect(begun).toHaveLength(1)
    begun[0]?.(1)
    expect(await first).toBe(1)
    while (begun.length < 2) await turns()
    begun[1]?.(2)
    expect(await second).toBe(2)
  })

  it('is not begun once for each of many changes', async () => {
    const { fresh, begun } = making()
    const first = fresh.get()
    await turns()
    const later = [1, 2, 3].map(() => {
      fresh.stale()
      return fresh.get()
    })
    begun[0]?.(1)
    await first
    while (begun.length < 2) await turns()
    begun[1]?.(2)
    expect(await Promise.all(later)).toEqual([2, 2, 2])
    expect(begun).toHaveLength(2)
  })

  it('is tried again by the next who asks when it failed', async () => {
    let tries = 0
    const fresh = new Fresh(() => Promise.reject(new Error(`try ${(tries += 1)}`)))
    await expect(fresh.get()).rejects.toThrow('try 1')
    await expect(fresh.get()).rejects.toThrow('try 2')
  })
})
