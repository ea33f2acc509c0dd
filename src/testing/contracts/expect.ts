import { inspect, isDeepStrictEqual } from 'node:util'

/** What may be expected of a value; each throws an `Error` that shows both. */
export interface Expected {
  readonly not: Pick<Expected, 'toContain' | 'toHaveProperty'>
  /** The very same. */
  toBe(expected: unknown): void
  /** The same in all its fields; those that are undefined are as if they were left out. */
  toEqual(expected: unknown): void
  /** It has these fields, the same; it may have more. */
  toMatchObject(expected: object): void
  toHaveLength(length: number): void
  /** A text has this part, or a list this entry. */
  toContain(part: unknown): void
  toHaveProperty(name: string): void
  toBeAtLeast(least: number): void
  toBeAtMost(most: number): void
}

/** Expects something of a value: as test runners have it, without one. */
export function expect(actual: unknown): Expected {
  const check = (isMet: boolean, wanted: string, expected: unknown) => {
    if (!isMet) throw new Error(`expected ${shown(actual)} ${wanted} ${shown(expected)}`)
  }
  const has = (name: string) => typeof actual === 'object' && actual !== null && name in actual
  const length = (actual as { readonly length?: unknown } | null | undefined)?.length
  return {
    not: {
      toContain: (part) => check(!holds(actual, part), 'not to contain', part),
      toHaveProperty: (name) => check(!has(name), 'not to have the field', name),
    },
    toBe: (expected) => check(Object.is(actual, expected), 'to be', expected),
    toEqual: (expected) => check(isSame(actual, expected), 'to be', expected),
    toMatchObject: (expected) => check(matches(actual, expected), 'to have', expected),
    toHaveLength: (wanted) => check(length === wanted, 'to have the length', wanted),
    toContain: (part) => check(holds(actual, part), 'to contain', part),
    toHaveProperty: (name) => check(has(name), 'to have the field', name),
    toBeAtLeast: (least) => check(Number(actual) >= least, 'to be at least', least),
    toBeAtMost: (most) => check(Number(actual) <= most, 'to be at most', most),
  }
}

/** Expects a rejection that has these fields, or whose text looks like this. */
export async function expectRejection(promise: Promise<unknown>, wanted: object | RegExp): Promise<void> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('value' in outcome) throw new Error(`expected a rejection with ${shown(wanted)}, and got ${shown(outcome.value)}`)
  const { error } = outcome
  const isMet = wanted instanceof RegExp ? wanted.test((error as Error).message) : matches(error, wanted)
  if (!isMet) throw new Error(`expected a rejection with ${shown(wanted)}, and got ${shown(error)}`)
}

function holds(whole: unknown, part: unknown): boolean {
  if (typeof whole === 'string') return whole.includes(String(part))
  return Array.isArray(whole) && whole.some((one) => isSame(one, part))
}

/** Bytes are the same whatever holds them, and what is undefined is not there. */
function isSame(actual: unknown, expected: unknown): boolean {
  return isDeepStrictEqual(plain(actual), plain(expected))
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value)
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, plain(one)]))
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(fields.map(([name, one]) => [name, plain(one)]))
}

/** Lists must have the same length, and objects may have more. */
function matches(actual: unknown, expected: unknown): boolean {
  if (expected instanceof RegExp) return typeof actual === 'string' && expected.test(actual)
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) && actual.length === expected.length && expected.every((one, n) => matches(actual[n], one))
    )
  if (typeof expected !== 'object' || expected === null || expected instanceof Uint8Array)
    return isSame(actual, expected)
  if (typeof actual !== 'object' || actual === null) return false
  return Object.entries(expected).every(([name, one]) => matches((actual as Record<string, unknown>)[name], one))
}

function shown(value: unknown): string {
  return inspect(value, { depth: 6, maxArrayLength: 20, breakLength: 120 }).slice(0, 2_000)
}
