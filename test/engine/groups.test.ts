import { describe, expect, it } from 'vitest'
import { Groups } from '../../src/engine/groups.ts'

const [a, b, c] = [{ uuid: 'a' }, { uuid: 'b' }, { uuid: 'c' }] as const

describe('Groups', () => {
  it('has nothing of a group nobody joined', () => {
    expect(new Groups().of('acme')).toEqual([])
  })

  it('keeps the order in which values came, one or many', () => {
    const groups = new Groups()
    for (const one of [c, a, b]) groups.put('acme', one)
    groups.put('other', a)
    expect(groups.of('acme')).toEqual([c, a, b])
    expect(groups.of('other')).toEqual([a])
  })

  it('takes a value that comes again for the one it had', () => {
    const groups = new Groups<{ readonly uuid: string; readonly n?: number }>()
    groups.put('acme', a)
    groups.put('acme', { uuid: 'a', n: 2 })
    expect(groups.of('acme')).toEqual([{ uuid: 'a', n: 2 }])
    groups.put('acme', b)
    groups.put('acme', { uuid: 'a', n: 3 })
    expect(groups.of('acme')).toEqual([{ uuid: 'a', n: 3 }, b])
  })

  it('drops one and keeps the others, down to none', () => {
    const groups = new Groups()
    for (const one of [a, b]) groups.put('acme', one)
    groups.drop('acme', 'a')
    groups.drop('acme', 'c')
    expect(groups.of('acme')).toEqual([b])
    groups.drop('acme', 'b')
    groups.drop('nobody', 'b')
    expect(groups.of('acme')).toEqual([])
    groups.put('acme', c)
    expect(groups.of('acme')).toEqual([c])
  })
})
