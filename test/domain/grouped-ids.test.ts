import { describe, expect, it } from 'vitest'
import { GroupedIds } from '../../src/domain/grouped-ids.ts'

describe('GroupedIds', () => {
  it('keeps each group in the order its ids came, an id once', () => {
    const ids = new GroupedIds()
    for (const id of ['c', 'a', 'b', 'a']) ids.add('acme', id)
    ids.add('other', 'a')
    expect([...ids.of('acme')]).toEqual(['c', 'a', 'b'])
    expect([ids.has('acme', 'b'), ids.has('other', 'b'), ids.has('nobody', 'b')]).toEqual([true, false, false])
  })

  it('lets one go, or all of a group, and nothing of another', () => {
    const ids = new GroupedIds()
    for (const group of ['acme', 'other']) for (const id of ['a', 'b']) ids.add(group, id)
    ids.delete('acme', 'a')
    ids.delete('nobody', 'a')
    expect([...ids.of('acme')]).toEqual(['b'])
    ids.clear('acme')
    expect([[...ids.of('acme')], [...ids.of('other')]]).toEqual([[], ['a', 'b']])
  })

  it('has an empty group take ids again, however many groups there are', () => {
    const ids = new GroupedIds()
    for (let n = 0; n < 1_500; n += 1) ids.add(`group-${n}`, 'a')
    for (let n = 0; n < 1_500; n += 1) ids.delete(`group-${n}`, 'a')
    for (const group of ['group-0', 'group-1499']) {
      expect([...ids.of(group)]).toEqual([])
      ids.add(group, 'b')
      expect([...ids.of(group)]).toEqual(['b'])
    }
  })

  it('keeps a group in order and an id once, however many it has, and takes ids again when all have gone', () => {
    const ids = new GroupedIds()
    const many = Array.from({ length: 100 }, (_, n) => `id-${n}`)
    for (const id of [...many, ...many]) ids.add('acme', id)
    expect([...ids.of('acme')]).toEqual(many)
    ids.delete('acme', 'id-50')
    expect([ids.has('acme', 'id-50'), ids.has('acme', 'id-51')]).toEqual([false, true])
    for (const id of many) ids.delete('acme', id)
    expect([...ids.of('acme')]).toEqual([])
    ids.add('acme', 'id-7')
    expect([...ids.of('acme')]).toEqual(['id-7'])
  })
})
