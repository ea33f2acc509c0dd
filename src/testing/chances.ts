/** Mulberry32: the same row of numbers from 0 up to 1 for the same seed. */
export function chances(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from `least` to `most`. */
export function whole(chance: () => number, least: number, most: number): number {
  return least + Math.floor(chance() * (most - least + 1))
}

/** A span from `leastMs` to `mostMs`, short ones as often as long ones of each length. */
export function spanMs(chance: () => number, leastMs: number, mostMs: number): number {
  return Math.round(leastMs * (mostMs / leastMs) ** chance())
}

/** One of a list, which must not be empty. */
export function oneOf<T>(chance: () => number, list: readonly T[]): T {
  return list[whole(chance, 0, list.length - 1)] as T
}
