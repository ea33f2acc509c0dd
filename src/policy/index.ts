/**
 * `hookward/policy`: the documents' rule, the `standard` one, and what a host needs to write a rule of its own.
 * A policy is a value of pure functions over a JSON memory; see {@link Policy}.
 * @module
 */
export { sentry, type SentryMemory } from './health/sentry.ts'
export type { SentryParams } from './health/sentry-params.ts'
export { standard } from './health/standard.ts'
export type { StandardMemory } from './health/standard/memory.ts'
export type { StandardParams } from './health/standard/params.ts'
export {
  countsForHealth,
  ruleFor,
  type CountedSignal,
  type Forgiven,
  type OutcomeRule,
  type OutcomeTable,
  type Patience,
  type Policy,
  type Schedule,
} from './health/policy.ts'
export type { NoticeSchedule } from './notices.ts'
export type { OutageRule, OutageSign } from './own-outage.ts'
export type { Ramp } from './ramp.ts'
export type { Evidence, Forecast, Level, PolicyRecord, Signal, Verdict, WhyNot } from '../domain/health.ts'
export type { IntegrationStatus } from '../domain/integration.ts'
export type { Json, JsonObject } from '../domain/json.ts'
export type { OutcomeFacts, OutcomeKind, ReceiverAsks } from '../domain/outcome.ts'
export type { Topic } from '../domain/topic.ts'
