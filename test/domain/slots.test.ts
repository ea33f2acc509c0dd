import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotMap } from '../../src/domain/slots.ts'

const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), value: fc.option(fc.nat()) })

describe('SlotMap', () => {
  it('holds what a map would, in the order a map would', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const [slots, model] = [new SlotMap<string, number>(), new Map<string, number>()]
        for (const { key, value } of steps) {
          if (value === null) {
            expect(slots.take(key)).toBe(model.get(key))
            model.delete(key)
          } else {
            slots.set(key, value)
            model.set(key, value)
          }
          expect([slots.size, slots.has(key), slots.get(key)]).toEqual([model.size, model.has(key), model.get(key)])
        }
        expect([...slots.keys()]).toEqual([...model.keys()])
        expect([...slots.values()]).toEqual([...model.values()])
      }),
    )
  })

  it('begins anew after many have come and all have gone', () => {
    const slots = new SlotMap<number, string>()
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 3_000; n += 1) slots.set(n, `value ${n}`)
      expect([slots.size, slots.get(2_999)]).toEqual([3_000, 'value 2999'])
      for (let n = 0; n < 3_000; n += 1) expect(slots.take(n)).toBe(`value ${n}`)
      expect([slots.size, [...slots.values()]]).toEqual([0, []])
    }
  })
})
