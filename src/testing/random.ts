import type { Random } from '../ports.ts'

/** Chance that is the same in every run with the same seed. */
export interface SeededRandom extends Random {
  /** Another one, made from this one's next number: what one part draws changes nothing for the others. */
  fork(): SeededRandom
}

/**
 * Chance and ids from a seed: the same in every run.
 * @param seed any number
 * @example
 * createHookward({ random: seededRandom(42), ...rest })
 */
export function seededRandom(seed: number): SeededRandom {
  const next = numbersFrom(seed)
  const hex = (digits: number) => next().toString(16).padStart(8, '0').slice(0, digits)
  return {
    fraction: () => next() / 2 ** 32,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(8)}${hex(4)}`,
    fork: () => seededRandom(next()),
  }
}

/** Whole numbers below 2^32: sfc32, whose first rounds mix the seed. */
function numbersFrom(seed: number): () => number {
  let [a, b, c, count] = [seed >>> 0, Math.floor(seed / 2 ** 32) | 0, 0x9e37_79b9, 1]
  const next = () => {
    const sum = (a + b + count) | 0
    count = (count + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let round = 0; round < 12; round += 1) next()
  return next
}
