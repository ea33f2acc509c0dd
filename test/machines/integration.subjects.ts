import type { HealthContext } from '../../src/domain/health.ts'
import type { IntegrationStatus } from '../../src/domain/integration.ts'
import {
  sentry,
  standard,
  type Json,
  type OutcomeFacts,
  type Policy,
  type SentryMemory,
  type StandardMemory,
} from '../../src/policy/index.ts'
import { streak, type StreakMemory } from '../support/streak-policy.ts'
import { forgivingPuppet, laterMs, levels, puppet, type PuppetMemory } from './puppet-policy.ts'

/** One policy to walk the chart with, and one signal of each class that it tells apart. */
export interface Subject {
  readonly name: string
  readonly policy: Policy
  readonly failures: readonly { readonly status: IntegrationStatus; readonly outcome: OutcomeFacts }[]
  /** Successes in one signal. */
  readonly successes: readonly number[]
  /** Spans after which it may judge otherwise. */
  readonly spansMs: readonly number[]
  /** Memories that are judged alike now and ever after share a key: this is what keeps the walk finite. */
  keyOf(context: HealthContext): Json
}

const failure = (kind: OutcomeFacts['kind'], status: number, code: string) =>
  ({ status: 'internal', outcome: { kind, status, code } }) as const

const byStreak: Subject = {
  name: 'streak',
  policy: streak(),
  failures: [failure('server', 500, 'HTTP_500')],
  successes: [1],
  spansMs: [],
  keyOf: ({ policy }) => (policy.memory as StreakMemory).streak,
}

const bySentry: Subject = {
  name: 'sentry',
  policy: sentry({ windowDays: 2, timeoutsPerDay: 2 }),
  failures: [
    failure('rejected', 404, 'HTTP_404'),
    failure('timeout', 0, 'DEADLINE'),
    failure('server', 500, 'HTTP_500'),
    { ...failure('rejected', 404, 'HTTP_404'), status: 'published' },
  ],
  successes: [1],
  spansMs: [86_400_000],
  keyOf: ({ policy, at }) => {
    const { days, failed } = policy.memory as SentryMemory
    const today = Math.floor(at / 86_400_000)
    const rows = days.map(([day, success, error, timeout]) => [
      Math.min(today - day, 2),
      success > 0,
      error > 0 && success === 0,
      Math.min(timeout, 2),
    ])
    return [failed, ...rows]
  },
}

/** Rows alone, and nothing that an earlier incident or the window would change. */
const small = {
  degradedFailures: 1,
  degradedSpanMs: 0,
  brokenFailures: 2,
  brokenSpanMs: 0,
  degradedOf: 1_000_000,
  brokenOf: 1_000_000,
  healthySuccesses: 1,
  quietAttempts: 1_000_000,
  quietSpanMs: 0,
  probationMs: 500_000,
  probationFactor: 1,
  incidentsMs: 0,
  disabledMs: 200_000,
  disabledAttempts: 3,
  disabledDays: 1,
  disabledDeliveries: 1,
}

const byStandard: Subject = {
  name: 'standard',
  policy: standard(small),
  failures: [
    failure('rejected', 404, 'HTTP_404'),
    failure('rejected', 422, 'HTTP_422'),
    { ...failure('server', 500, 'HTTP_500'), status: 'published' },
  ],
  successes: [1],
  spansMs: [small.disabledMs],
  keyOf: ({ policy, at }) => {
    const { level, status, streak, run } = policy.memory as StandardMemory
    const [inARow, attempts] = [streak?.n ?? 0, run?.attempts ?? 0]
    const isOver = run !== null && at >= run.firstAt + small.disabledMs
    return [level, status === 'published', Math.min(inARow, 2), Math.min(attempts, 3), isOver]
  },
}

/** Each level, and each other level that time may bring while it rests where that level put it. */
const told = [
  ...levels,
  ...levels.slice(1).map((later) => `healthy later ${later}`),
  ...levels.filter((later) => later !== 'degraded').map((later) => `degraded later ${later}`),
  'broken later disabled',
]

const byPuppet = (name: string, policy: Policy): Subject => ({
  name,
  policy,
  failures: told.map((code) => failure('server', 500, code)),
  successes: [1, 2, 3, 4],
  spansMs: [laterMs],
  keyOf: ({ policy, at }) => {
    const { now, later } = policy.memory as PuppetMemory
    return later === null ? [now] : [now, later.level, at >= later.at]
  },
})

/** The small streak policy, both rules that ship made small, and a puppet with and without probation, and forgiving. */
export const subjects: readonly Subject[] = [
  byStreak,
  bySentry,
  byStandard,
  byPuppet('puppet', puppet()),
  byPuppet('puppet without probation', puppet({ probationMs: 0 })),
  byPuppet('forgiving puppet', forgivingPuppet()),
]
