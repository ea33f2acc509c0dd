import type { DeliveryId } from './delivery.ts'
import type { Explanation } from './health.ts'
import type { IntegrationId, IntegrationView, Owner } from './integration.ts'
import type { Topic } from './topic.ts'

/** What owners are told of: that it is broken, that it will be disabled, is, and still is, that it is back; or of its address. */
export type NoticeKind = 'broken' | 'warning' | 'disabled' | 'reminder' | 'recovered' | 'blocked'

/** The step itself: several warnings and reminders have a number each, in their order. */
export type NoticeStep = Exclude<NoticeKind, 'warning' | 'reminder'> | `warning-${number}` | `reminder-${number}`

/** A failed request as owners may read it: no body, no header, no address. */
export interface FailedRequest {
  readonly at: number
  readonly topic: Topic
  /** Its delivery: the `webhook-id` it was sent with. Absent in notices of earlier versions. */
  readonly deliveryId?: DeliveryId
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

/** One mail of a notice to one owner, or a message of it by another channel. */
export interface Letter {
  /** The Message-ID without its brackets: fixed before the first try, so a repeat can be recognised. */
  readonly id: string
  readonly noticeId: string
  readonly integrationId: IntegrationId
  /** By which channel. Absent: mail. */
  readonly channel?: string
  readonly to: string
  readonly status: 'pending' | 'sent' | 'failed' | 'superseded'
  readonly tries: number
  readonly dueAt: number
  readonly sentAt?: number
  /** What the mail server, or the channel, said to the last try that failed. */
  readonly error?: string
}

/** Someone who is told by a channel of the host's own; `address` means what that channel takes it for. */
export interface ChannelAddress {
  /** Its name among the option `channels`. */
  readonly channel: string
  /** 1 to 256 characters. */
  readonly address: string
}

/** Who hears of a notice: an owner by mail, anybody else by the channel named. */
export type Recipient = Owner | ChannelAddress

/** One whom a notice goes to. */
export interface Addressee {
  readonly channel: string
  readonly to: string
}

/** One letter as data, for channels that say it in their own way. */
export interface NoticeMessage {
  /** The same each time it is sent, so that one that comes again after a crash can be known. */
  readonly id: string
  /** The address, as the host gave it. */
  readonly to: string
  /** What happened, with the verdict as it stood (`explanation`) and the last requests that failed. */
  readonly notice: Notice
  /** Whom it is about; of the URL neither query nor user. */
  readonly integration: Pick<IntegrationView, 'id' | 'name' | 'organization' | 'status' | 'url'>
  /** All of it in words, as in a mail. Where links that enable are wanted, these carry them. */
  readonly subject: string
  readonly text: string
  readonly html: string
}
