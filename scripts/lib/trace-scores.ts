import { sentry, standard } from '../../src/policy/index.ts'
import { ruleOf, runTrace, type Ran, type TraceRule } from '../../src/testing/simulate/run-trace.ts'
import type { Keeper } from '../../src/testing/simulate/watched.ts'
import { traces, type TraceName } from '../../src/testing/trace/traces.ts'
import { Convoy } from './rivals/convoy.ts'
import { Opossum } from './rivals/opossum.ts'
import { Outpost } from './rivals/outpost.ts'
import { Svix } from './rivals/svix.ts'

/** How one rule fared on traces. */
export interface Score {
  /** Receivers that were switched off and lived. */
  readonly disabledAlive: number
  readonly alive: number
  /** Receivers that were gone for good, and those of them that nobody was told of and that were not switched off. */
  readonly dead: number
  readonly missed: number
  /** For each dead one, from the first event it did not get until its owner was told; `Infinity`: never. */
  readonly untilToldMs: readonly number[]
  readonly mails: number
  /** Events that a living receiver could have had, given up or dropped. */
  readonly lost: number
  readonly events: number
  readonly outcomes: number
}

/** The rules that are compared. */
export const rules: Readonly<Record<string, TraceRule>> = {
  standard: ruleOf(standard()),
  sentry: ruleOf(sentry()),
  Svix: theirs(() => new Svix()),
  Outpost: theirs(() => new Outpost()),
  Convoy: theirs(() => new Convoy()),
  opossum: { keeperOf: () => new Opossum(), dropsIn: (state) => state.startsWith('broken') },
}

/** Whoever is compared runs through the same events and receivers. */
export function scoreOf(rule: TraceRule, name: TraceName, seeds: readonly number[]): Score {
  return sumOf(seeds.map((seed) => sumOf(runTrace(traces[name](seed), rule, seed).map(scored))))
}

/** Several scores as one. */
export function sumOf(scores: readonly Score[]): Score {
  const sum = (numberOf: (score: Score) => number) => scores.reduce((total, score) => total + numberOf(score), 0)
  return {
    disabledAlive: sum((score) => score.disabledAlive),
    alive: sum((score) => score.alive),
    dead: sum((score) => score.dead),
    missed: sum((score) => score.missed),
    untilToldMs: scores.flatMap((score) => score.untilToldMs),
    mails: sum((score) => score.mails),
    lost: sum((score) => score.lost),
    events: sum((score) => score.events),
    outcomes: sum((score) => score.outcomes),
  }
}

/** What is for a disabled endpoint is not kept by any of them. */
function theirs(keeperOf: () => Keeper): TraceRule {
  return { keeperOf, dropsIn: (state) => state === 'disabled' }
}

function scored({ traced, keeper, course }: Ran): Score {
  const { deadAt = Infinity } = traced
  const isDead = deadAt < Infinity
  const offAt = keeper.changes.find(({ to }) => to === 'disabled')?.at ?? Infinity
  const firstMissedAt = traced.events.find(({ at }) => at >= deadAt)?.at ?? Infinity
  const toldAt = keeper.told.find(({ at }) => at >= firstMissedAt)?.at ?? Infinity
  const couldArrive = isDead ? [] : course.parcels.filter(({ event }) => event.poison === undefined)
  return {
    disabledAlive: offAt < deadAt ? 1 : 0,
    alive: isDead ? 0 : 1,
    dead: isDead ? 1 : 0,
    missed: isDead && toldAt === Infinity && offAt === Infinity ? 1 : 0,
    untilToldMs: isDead ? [toldAt - firstMissedAt] : [],
    mails: keeper.told.length,
    lost: couldArrive.filter(({ state }) => state === 'dead' || state === 'dropped').length,
    events: course.parcels.length,
    outcomes: course.attempts,
  }
}
