/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    return mixed(state)
  }
}

/** One number from 0 to below 1 for a few others: the same whenever it is asked for. */
export function fractionOf(seed: number, ...parts: readonly number[]): number {
  let state = seed >>> 0
  for (const part of parts) state = (Math.imul(state ^ part, 0x9e3779b1) + 0x6d2b79f5) >>> 0
  return mixed(state)
}

/** The seed of one part of something that has a seed. */
export function seedOf(seed: number, part: number): number {
  return Math.floor(fractionOf(seed, part) * 4_294_967_296)
}

function mixed(state: number): number {
  let t = Math.imul(state ^ (state >>> 15), state | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}
