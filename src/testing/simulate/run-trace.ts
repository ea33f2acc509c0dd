import type { ChartState } from '../../domain/health.ts'
import type { Policy } from '../../policy/health/policy.ts'
import type { OutageRule } from '../../policy/own-outage.ts'
import { seedOf } from '../trace/random.ts'
import type { Trace, TracedIntegration } from '../trace/trace.ts'
import { Agenda } from './agenda.ts'
import { Course } from './course.ts'
import { OwnSide, type HealthClock } from './own-side.ts'
import { Watched, type Keeper } from './watched.ts'

/** A rule as a trace is run with it: who keeps an integration, and where the rule drops what others would hold. */
export interface TraceRule {
  readonly keeperOf: (traced: TracedIntegration, from: number, side: HealthClock) => Keeper
  readonly dropsIn?: (state: ChartState) => boolean
  /** When many hosts that fail are taken for an outage of our own. @default never */
  readonly ownOutage?: OutageRule | undefined
}

/** One integration at the end of a trace. */
export interface Ran {
  readonly traced: TracedIntegration
  readonly keeper: Keeper
  readonly course: Course
}

/** The rule of a policy, as the engine has it. */
export function ruleOf(policy: Policy): TraceRule {
  const { ownOutage } = policy
  return { keeperOf: ({ integration }, from, side) => new Watched(policy, integration, from, side), ownOutage }
}

/** Runs a trace to its end; the same seed gives the same run. */
export function runTrace({ from, until, integrations }: Trace, rule: TraceRule, seed: number): readonly Ran[] {
  const { dropsIn, keeperOf, ownOutage } = rule
  const agenda = new Agenda(from)
  const side: OwnSide = new OwnSide(agenda, ownOutage, () => ran.forEach(({ course }) => course.thawed()))
  const ran = integrations.map((traced, i): Ran => {
    const keeper = keeperOf(traced, from, side)
    const parts = { agenda, keeper, side, traced, seed: seedOf(seed, i) }
    return { traced, keeper, course: new Course(dropsIn === undefined ? parts : { ...parts, dropsIn }) }
  })
  for (const { course } of ran) course.begin()
  agenda.runUntil(until)
  return ran
}
