import type { IntegrationId, IntegrationStatus } from '../../domain/integration.ts'
import type { Topic } from '../../domain/topic.ts'

/**
 * What a receiver does with an attempt: an answer, or a failure by its code, for example `ECONNREFUSED`,
 * `CERT_HAS_EXPIRED`, `DEADLINE`.
 */
export interface Answer {
  /** The HTTP status; leave it out when there is a `code`. */
  readonly status?: number
  /** Why no answer came. */
  readonly code?: string
  /** How long it takes; longer than the policy's deadline is a timeout. @default 0 */
  readonly afterMs?: number
  /** Its `Retry-After`, in seconds. */
  readonly retryAfter?: number
}

/** From a moment on, a receiver answers so. */
export interface Spell {
  readonly at: number
  readonly answer: Answer
  /** The share of attempts that get this answer, above 0 to 1; the others get 200. @default 1 */
  readonly share?: number
}

/** One event for one integration. */
export interface TracedEvent {
  readonly at: number
  /** @default 'trace.event' */
  readonly topic?: Topic
  /** What this one alone is always answered while its receiver answers 2xx: a payload it cannot take. */
  readonly poison?: Answer
}

/** One integration: what is emitted, and the truth about its receiver, whoever asks and when. */
export interface TracedIntegration {
  readonly integration: IntegrationId
  /** Those that stand on one host are down together; many hosts at once are an outage of our own. @default its own */
  readonly host?: string
  /** @default 'internal' */
  readonly status?: IntegrationStatus
  /** In the order of their moments. */
  readonly events: readonly TracedEvent[]
  /** In the order of their moments; before the first it answers 200. */
  readonly spells: readonly Spell[]
  /** From then on it never comes back, whatever it answers: the truth that a rule is measured by. */
  readonly deadAt?: number
}

/** Events and receivers over a time. Retries, probes and what is held are not in it: those are the policy's. */
export interface Trace {
  readonly name: string
  readonly from: number
  readonly until: number
  readonly integrations: readonly TracedIntegration[]
}
