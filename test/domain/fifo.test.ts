import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fifo } from '../../src/domain/fifo.ts'

describe('Fifo', () => {
  it('gives its values in the order they came, however they come and go', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat({ max: 200 }), fc.constant('take' as const), fc.constant('clear' as const))),
        (steps) => {
          const [fifo, model] = [new Fifo<number>(), [] as number[]]
          let next = 0
          for (const step of steps) {
            if (step === 'clear') {
              fifo.clear()
              model.length = 0
            } else if (step === 'take') expect(fifo.shift()).toBe(model.shift())
            else for (let n = 0; n < step; n += 1, next += 1) model.push((fifo.push(next), next))
            expect([fifo.length, fifo.first]).toEqual([model.length, model[0]])
          }
          for (const value of model) expect(fifo.shift()).toBe(value)
          expect(fifo.shift()).toBeUndefined()
        },
      ),
    )
  })

  it('goes on in order when most of what came has left', () => {
    const fifo = new Fifo<number>()
    for (let n = 0; n < 1_000; n += 1) fifo.push(n)
    for (let n = 0; n < 900; n += 1) expect(fifo.shift()).toBe(n)
    for (let n = 1_000; n < 1_100; n += 1) fifo.push(n)
    expect(Array.from({ length: fifo.length }, () => fifo.shift())).toEqual(
      Array.from({ length: 200 }, (_, n) => 900 + n),
    )
  })
})
