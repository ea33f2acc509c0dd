import type { Explanation } from './health.ts'
import type { IntegrationId } from './integration.ts'

/** A step of an incident that owners must hear of. */
export interface Notice {
  /** Made from the incident and the step, so the same step is never noticed twice. */
  readonly id: string
  readonly integrationId: IntegrationId
  readonly incidentId: string
  readonly step: 'disabled'
  readonly at: number
  /** `pending` until expanded into letters; `superseded` when no longer true before its first letter left. */
  readonly status: 'pending' | 'expanded' | 'done' | 'undeliverable' | 'superseded'
  /** The verdict as it stood: what the letters print. */
  readonly explanation: Explanation
}

/** One mail of a notice to one owner. */
export interface Letter {
  /** The Message-ID without its brackets: fixed before the first try, so a repeat can be recognised. */
  readonly id: string
  readonly noticeId: string
  readonly integrationId: IntegrationId
  readonly to: string
  readonly status: 'pending' | 'sent' | 'failed' | 'superseded'
  readonly tries: number
  readonly dueAt: number
  readonly sentAt?: number
  /** What the mail server said to the last try that failed. */
  readonly error?: string
}
