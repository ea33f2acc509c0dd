import {
  atRandom,
  clockOf,
  dayMs,
  expired,
  fine,
  forGood,
  hanging,
  hourMs,
  minuteMs,
  monday,
  refused,
  secondMs,
  spell,
  unavailable,
  within,
} from './arrivals.ts'
import { fractionOf, seedOf } from './random.ts'
import type { Spell, Trace, TracedEvent, TracedIntegration } from './trace.ts'

/** What every made trace is told apart by. */
export type TraceName = keyof typeof traces

/**
 * Traces that are made from a seed: the same seed gives the same events and receivers. Each covers 28 days from a Monday,
 * `oneAWeek` 70; `deadAt` marks the receivers that never come back.
 * @example
 * simulate({ history: traces.flapping(7), candidate: standard() })
 */
export const traces = {
  /** Three receivers, an event every ten minutes; of two hundred attempts one fails. */
  steady: (seed = 1) => made('steady', seed, 28, (use) => [1, 2, 3].map((n) => use(n, 6, [sometimes(0.005)]))),

  /** A hundred events within a minute, every six hours: the receiver cannot take that many, and once it is restarted. */
  burst: (seed = 1) =>
    made('burst', seed, 28, (_, seeds, days) => {
      const starts = Array.from({ length: days * 4 }, (_unused, i) => monday + i * 6 * hourMs + hourMs)
      const events = starts.flatMap((at, i) => within(seedOf(seeds(1), i), at, minuteMs, 100))
      const restartAt = monday + 10 * dayMs + hourMs
      const spells = starts.flatMap((at) =>
        at === restartAt
          ? spell(at, at + 20 * minuteMs, refused)
          : spell(at + 5 * secondMs, at + 2 * minuteMs, unavailable, 0.6),
      )
      return [one('burst-1', events, spells)]
    }),

  /**
   * Office hours from Monday to Friday. One is down for a weekend, one has a certificate that expires on a Thursday
   * evening and is renewed on Tuesday morning, and one is gone from a Wednesday on.
   */
  weekdayOnly: (seed = 1) =>
    made('weekdayOnly', seed, 28, (use) => {
      const office = ({ at }: TracedEvent) => clockOf(at).weekday < 5 && clockOf(at).hour >= 8 && clockOf(at).hour < 18
      const friday = monday + 4 * dayMs + 17 * hourMs
      const thursday = monday + 10 * dayMs + 18 * hourMs
      return [
        use(1, 12, spell(friday, friday + 64 * hourMs, unavailable), office),
        use(2, 12, spell(thursday, thursday + 111 * hourMs, expired), office),
        gone(use(3, 12, [], office), forGood(monday + 9 * dayMs + 11 * hourMs, refused)),
      ]
    }),

  /** One event a week, for ten weeks: one receiver fails for six hours around one of them, one is gone after the third. */
  oneAWeek: (seed = 1) =>
    made('oneAWeek', seed, 70, (_, seeds) => {
      const weekly = (n: number) =>
        Array.from({ length: 10 }, (_unused, week) => ({
          at: monday + week * 7 * dayMs + Math.floor(fractionOf(seeds(n), week) * 5 * dayMs),
        }))
      const [well, dying] = [weekly(1), weekly(2)]
      const fourth = well[3]?.at ?? monday
      return [
        one('oneAWeek-1', well, spell(fourth - hourMs, fourth + 5 * hourMs, unavailable)),
        gone(one('oneAWeek-2', dying, []), forGood(monday + 21 * dayMs, { status: 404, afterMs: 50 })),
      ]
    }),

  /** Up for ten minutes and down for ten, for five days; and one of which half the attempts fail, for ten. */
  flapping: (seed = 1) =>
    made('flapping', seed, 28, (use) => {
      const turns = Array.from({ length: 5 * 72 }, (_, i) => monday + 5 * dayMs + i * 20 * minuteMs)
      return [
        use(
          1,
          6,
          turns.flatMap((at) => spell(at, at + 10 * minuteMs, { status: 502, afterMs: 30 })),
        ),
        use(2, 6, spell(monday + 5 * dayMs, monday + 15 * dayMs, { status: 500, afterMs: 200 }, 0.5)),
      ]
    }),

  /** A deployment each night takes eight minutes, and once it takes two hours; each receiver has its own hour for it. */
  deployWindow: (seed = 1) =>
    made('deployWindow', seed, 28, (use, _, days) => {
      const deployments = (hour: number) =>
        Array.from({ length: days }, (_unused, day) => {
          const at = monday + day * dayMs + hour * hourMs
          return spell(at, at + (day === 12 ? 2 * hourMs : 8 * minuteMs), refused)
        })
      return [use(1, 20, deployments(2).flat()), use(2, 2, deployments(14).flat())]
    }),

  /** Our own network is down, for 45 minutes and for eight hours: twenty receivers that are well cannot be reached. */
  ownOutage: (seed = 1) =>
    made('ownOutage', seed, 28, (use) => {
      const outages = [
        ...spell(monday + 6 * dayMs, monday + 6 * dayMs + 45 * minuteMs, refused),
        ...spell(monday + 15 * dayMs, monday + 15 * dayMs + 8 * hourMs, refused),
      ]
      return Array.from({ length: 20 }, (_, n) => use(n + 1, 1 + (n % 4), outages))
    }),

  /** Of a hundred events one is refused with 400 however often it is sent, and one makes the receiver answer 500. */
  poisonPayload: (seed = 1) =>
    made('poisonPayload', seed, 28, (use, seeds) => {
      const poison = (status: number, salt: number) => (event: TracedEvent, i: number) =>
        fractionOf(seeds(salt), i) < 0.01 ? { ...event, poison: { status, afterMs: 80 } } : event
      const poisoned = (integration: TracedIntegration, status: number, salt: number): TracedIntegration => ({
        ...integration,
        events: integration.events.map(poison(status, salt)),
      })
      return [poisoned(use(1, 6, []), 400, 51), poisoned(use(2, 6, []), 500, 52)]
    }),

  /** Answers come after three to eight seconds, and in the afternoon after twelve. */
  slow: (seed = 1) =>
    made('slow', seed, 28, (use, _, days) => {
      const hours = Array.from({ length: days * 24 }, (_unused, hour) => monday + hour * hourMs)
      const paced = hours.map((at): Spell => {
        const { hour } = clockOf(at)
        const afterMs = hour >= 13 && hour < 17 ? 12_000 : 3_000 + 1_000 * (hour % 6)
        return { at, answer: { status: 200, afterMs } }
      })
      return [use(1, 6, paced), use(2, 30, paced)]
    }),

  /** One asks for patience through every working day; the other throttles everything from the third day on, for good. */
  throttled: (seed = 1) =>
    made('throttled', seed, 28, (use, _, days) => {
      const asking = { status: 429, retryAfter: 300, afterMs: 30 }
      const mornings = Array.from({ length: days }, (_unused, day) => monday + day * dayMs + 9 * hourMs)
      const busy = mornings.filter((at) => clockOf(at).weekday < 5).flatMap((at) => spell(at, at + 8 * hourMs, asking))
      return [use(1, 6, busy), gone(use(2, 6, []), forGood(monday + 2 * dayMs, asking))]
    }),

  /** Twenty receivers, now and then one of their attempts fails; one of them hangs for good from the sixth day on. */
  oneDeadOfMany: (seed = 1) =>
    made('oneDeadOfMany', seed, 28, (use) =>
      Array.from({ length: 20 }, (_, n) => {
        const integration = use(n + 1, 1 + (n % 5), [sometimes(0.01)])
        return n === 7 ? gone(integration, forGood(monday + 5 * dayMs + 7 * hourMs, hanging)) : integration
      }),
    ),
} as const

type Use = (
  n: number,
  perHour: number,
  spells: readonly Spell[],
  wanted?: (event: TracedEvent) => boolean,
) => TracedIntegration

function made(
  name: string,
  seed: number,
  days: number,
  integrations: (use: Use, seeds: (n: number) => number, days: number) => readonly TracedIntegration[],
): Trace {
  const until = monday + days * dayMs
  const seeds = (n: number) => seedOf(seed, n)
  const use: Use = (n, perHour, spells, wanted = () => true) =>
    one(`${name}-${n}`, atRandom(seeds(n), monday, until, perHour).filter(wanted), spells)
  return { name, from: monday, until, integrations: integrations(use, seeds, days) }
}

function one(integration: string, events: readonly TracedEvent[], spells: readonly Spell[]): TracedIntegration {
  return { integration, events, spells: [forGood(monday, fine), ...spells] }
}

/** It is gone from the beginning of a spell on. */
function gone(integration: TracedIntegration, last: Spell): TracedIntegration {
  const spells = integration.spells.filter(({ at }) => at < last.at)
  return { ...integration, spells: [...spells, last], deadAt: last.at }
}

function sometimes(share: number): Spell {
  return { at: monday, answer: { status: 500, afterMs: 150 }, share }
}
