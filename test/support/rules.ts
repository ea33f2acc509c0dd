import { describe } from 'vitest'
import { sentry, standard, type Policy } from '../../src/policy/index.ts'
import { oneDayMs, type World } from './world.ts'

/** A rule that ships, and what differs between the two where a test is about both. */
export interface Rule {
  readonly policy: Policy
  /** The same with an attempt's deadline as short as it can be, the first retry after so long, and no chance in it. */
  readonly hasty: Policy
  readonly retriesMs: readonly number[]
  /** What a 404 makes of a delivery at its first attempt. */
  readonly refused: 'dead' | 'waiting'
  /** What the receiver answers until it is disabled, and the words for it. */
  readonly fatal: { readonly status: number; readonly summary: string }
  /** Brings the integration of a world to be disabled by its receiver's answers. */
  readonly disable: (world: World) => Promise<void>
}

const sentrys: Rule = {
  policy: sentry({ windowDays: 2, retriesMs: [] }),
  hasty: sentry({ windowDays: 2, deadlineMs: 50 }),
  retriesMs: [300_000, 300_000, 300_000],
  refused: 'dead',
  fatal: { status: 404, summary: 'each of the last 2 days had errors and no success' },
  disable: async ({ receiver, clock, comment }) => {
    receiver.answer(404)
    await comment()
    clock.advanceBy(oneDayMs)
    await comment()
  },
}

const standards: Rule = {
  policy: standard(),
  hasty: standard({ deadlineMs: 1_000, jitter: 0 }),
  retriesMs: [5_000, 300_000, 1_800_000],
  refused: 'waiting',
  fatal: { status: 410, summary: 'the receiver itself asked for it (HTTP_410)' },
  disable: async ({ receiver, comment }) => {
    receiver.answer(410)
    await comment()
  },
}

/** A group of tests under each rule that ships: for what does not depend on the rule. */
export const underEachRule = describe.each<[string, Rule]>([
  ['sentry', sentrys],
  ['standard', standards],
])
