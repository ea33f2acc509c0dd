import type { Explanation } from './health.ts'
import type { IntegrationId } from './integration.ts'
import type { Topic } from './topic.ts'

/** What owners are told of: that it is broken, that it will be disabled, is, and still is, that it is back; or of its address. */
export type NoticeKind = 'broken' | 'warning' | 'disabled' | 'reminder' | 'recovered' | 'blocked'

/** The step itself: several warnings and reminders have a number each, in their order. */
export type NoticeStep = Exclude<NoticeKind, 'warning' | 'reminder'> | `warning-${number}` | `reminder-${number}`

/** A failed request as owners may read it: no body, no header, no address. */
export interface FailedRequest {
  readonly at: number
  readonly topic: Topic
  /** 0 when no answer came. */
  readonly status: number
  readonly code: string
}

/** What the request log knew when a notice became letters. */
export interface RecentRequests {
  /** The latest failures, newest first: at most 5. */
  readonly failed: readonly FailedRequest[]
  /** `null`: none among the requests the log still holds. */
  readonly lastSuccessAt: number | null
}

/** A step of an incident that owners must hear of. */
export interface Notice {
  /** Made from the incident and the step, so the same step is never noticed twice. */
  readonly id: string
  readonly integrationId: IntegrationId
  readonly incidentId: string
  readonly kind: NoticeKind
  readonly step: NoticeStep
  readonly at: number
  /** `pending` until expanded into letters; `superseded` when no longer true before its first letter left. */
  readonly status: 'pending' | 'expanded' | 'done' | 'undeliverable' | 'superseded'
  /** While it is pending: how often the host could not say whom to write to, when it is asked again, and why it failed. */
  readonly tries?: number
  readonly dueAt?: number
  /** Or why it is undeliverable. */
  readonly error?: string
  /** The verdict as it stood: what the letters print. */
  readonly explanation: Explanation
  /** Set when the notice is expanded, so that all of its letters say the same. */
  readonly requests?: RecentRequests
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
