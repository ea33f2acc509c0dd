import type { Delivery } from './delivery.ts'
import type { HookwardError } from './errors.ts'
import type { Explanation, HealthState } from './health.ts'
import type { IntegrationId } from './integration.ts'
import type { OutcomeFacts } from './outcome.ts'

/** What listeners of a delivery's attempts hear. */
export interface DeliveryEvent {
  readonly integration: IntegrationId
  readonly delivery: Delivery
  readonly at: number
  /** Counted from 1. */
  readonly attempt: number
  readonly outcome: OutcomeFacts
  /** How long the attempt took. */
  readonly durationMs: number
}

/** What listeners of an integration's health hear. */
export interface HealthEvent {
  readonly integration: IntegrationId
  readonly at: number
  readonly explanation: Explanation
}

/** A delivery that left the ledger unsent. */
export interface ExpiryEvent {
  readonly integration: IntegrationId
  readonly delivery: Delivery
  readonly at: number
  /** The ledger's bytes were full and it was the oldest, or it was there for 30 days. */
  readonly code: 'LEDGER_FULL' | 'LEDGER_AGED'
}

/** A ledger with little room left. */
export interface LedgerEvent {
  readonly integration: IntegrationId
  readonly at: number
  /** Bytes of bodies in it, and the most there may be. */
  readonly bytes: number
  readonly bytesMax: number
}

/** A letter that was sent, or is tried again later. */
export interface LetterEvent {
  readonly integration: IntegrationId
  readonly at: number
  readonly noticeId: string
  /** By which channel and whom. */
  readonly channel: string
  readonly to: string
  /** Counted from 1. */
  readonly tries: number
}

/** A letter that could not be sent for now. */
export interface LateLetterEvent extends LetterEvent {
  /** It is tried again at this moment. */
  readonly dueAt: number
  readonly error: string
}

/** A letter that was given up, or a notice that nobody could be told of. */
export interface NoticeEvent {
  readonly integration: IntegrationId
  readonly at: number
  readonly noticeId: string
  /** By which channel and whom: left out when there was nobody to tell, or it could not be found out whom. */
  readonly channel?: string
  readonly to?: string
  readonly error: string
}

/** An outage of our own side. */
export interface OutageEvent {
  readonly at: number
  /** `silence`: nobody is reached any more. `share`: too many began to fail together. */
  readonly sign: 'silence' | 'share'
  /** Hosts that cannot be reached. */
  readonly hosts: number
  /** Hosts that were alive when it began. */
  readonly alive: number
}

/** The end of an outage of our own side. */
export interface OutageEndEvent extends OutageEvent {
  readonly frozenAt: number
}

/** A policy in the shadow and the one that decides see an integration otherwise than before. */
export interface ShadowEvent {
  readonly integration: IntegrationId
  readonly at: number
  readonly live: HealthState
  readonly shadow: HealthState
  /** Why the shadow has it so. */
  readonly explanation: Explanation
}

/** Something in the spool that could not be taken up. */
export interface SetAsideEvent {
  readonly at: number
  /** In `spool/` it was called so; in `quarantine/` it is, with a number behind it. */
  readonly file: string
  /** Why, without the data. */
  readonly fact: string
}

/** Every event of the engine, by name. Each is told after its change is durable. */
export interface HookwardEvents {
  /** A delivery arrived, as the policy sees it. */
  readonly delivered: DeliveryEvent
  /** Every failed attempt, also the last one. */
  readonly 'delivery.failed': DeliveryEvent
  /** No attempt follows. */
  readonly 'delivery.dead': DeliveryEvent
  /** It was held, or a dead letter, for too long or among too many, and is gone. */
  readonly 'delivery.expired': ExpiryEvent
  /** What is held and what is dead takes 80 percent of the room there is: at the end the oldest expires. */
  readonly 'ledger.filling': LedgerEvent
  /** It left healthy, also on its way further down. */
  readonly degraded: HealthEvent
  /** Its deliveries are held from now on. */
  readonly broken: HealthEvent
  /** It is switched off, and its owners are being told. */
  readonly disabled: HealthEvent
  /** It is healthy again: its incident is over. */
  readonly recovered: HealthEvent
  /** Our own part failed over it again and again; `integrations.enable` tries anew. */
  readonly quarantined: HealthEvent
  /** A letter has left: the mail server, or the channel, took it. */
  readonly 'notice.sent': LetterEvent
  /** A letter could not be sent, and is tried again. */
  readonly 'notice.delayed': LateLetterEvent
  /** A letter was given up, or there was nobody to write to. */
  readonly 'notice.failed': NoticeEvent
  /** Our own side is down: many hosts fail at once. Nothing is judged and no time counts until it is up again. */
  readonly frozen: OutageEvent
  /** Our own side is up again, or was believed to be down for long enough. */
  readonly thawed: OutageEndEvent
  /** What the policy in the shadow makes of an integration, or what the live one does, has changed. */
  readonly shadow: ShadowEvent
  /** This process holds the folder from now on: with `standby`, it has taken over what was another's. */
  readonly holding: { readonly at: number }
  /** A file or a record of the spool was damaged, or refused by what it holds: it lies in the folder's quarantine. */
  readonly 'spool.refused': SetAsideEvent
  /** The engine has stopped by itself: nothing it still holds in memory can be trusted. */
  readonly 'store.failed': { readonly at: number; readonly error: HookwardError }
}

/** The name of an event. */
export type EventName = keyof HookwardEvents

/** Any event, with its name beside it. */
export type AnyEvent = { [Name in EventName]: { readonly type: Name } & HookwardEvents[Name] }[EventName]
