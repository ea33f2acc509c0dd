import type { ChartState } from '../../domain/health.ts'
import { seedOf } from '../trace/random.ts'
import type { Trace, TracedIntegration } from '../trace/trace.ts'
import { Agenda } from './agenda.ts'
import { Course } from './course.ts'
import type { Keeper } from './watched.ts'

/** A rule as a trace is run with it: who keeps an integration, and where the rule drops what others would hold. */
export interface TraceRule {
  readonly keeperOf: (traced: TracedIntegration, from: number) => Keeper
  readonly dropsIn?: (state: ChartState) => boolean
}

/** One integration at the end of a trace. */
export interface Ran {
  readonly traced: TracedIntegration
  readonly keeper: Keeper
  readonly course: Course
}

/** Runs a trace to its end; the same seed gives the same run. */
export function runTrace({ from, until, integrations }: Trace, rule: TraceRule, seed: number): readonly Ran[] {
  const agenda = new Agenda(from)
  const ran = integrations.map((traced, i) => {
    const keeper = rule.keeperOf(traced, from)
    const dropsIn = rule.dropsIn === undefined ? {} : { dropsIn: rule.dropsIn }
    return { traced, keeper, course: new Course({ agenda, keeper, traced, seed: seedOf(seed, i), ...dropsIn }) }
  })
  for (const { course } of ran) course.begin()
  agenda.runUntil(until)
  return ran
}
