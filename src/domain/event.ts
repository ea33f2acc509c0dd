import type { IntegrationId } from './integration.ts'
import type { JsonObject } from './json.ts'
import type { Topic } from './topic.ts'
import type { TraceContext } from './trace.ts'

/** `evt_` and 32 hex digits; the digits are the seed of every idempotency key of the event (spec 5.10). */
export type EventId = string

/** Who caused an event. Left out: the host application itself. */
export type Actor =
  /** Without a name when the host does not know the user any more: bodies then show the application. */
  | { readonly type: 'user'; readonly id: number; readonly name?: string }
  | { readonly type: 'integration'; readonly integration: IntegrationId }

/** What an event is about; kept in the request log so that a failure can be traced to its subject. */
export interface Subject {
  readonly type: string
  readonly id: string
}

/** What the host emits, checked and ready to be fanned out. */
export interface HostEvent {
  readonly id: EventId
  readonly topic: Topic
  readonly organization: string
  readonly project?: string
  readonly actor?: Actor
  readonly subject?: Subject
  /** For integrations that want events of one key in order. */
  readonly orderKey?: string
  /** The `data` part of the body. */
  readonly data: JsonObject
  /** Where in a trace of the host it was emitted. */
  readonly trace?: TraceContext
  readonly at: number
}

/** What became of an event that was sent to one integration alone. */
export interface SendResult {
  readonly eventId: EventId
  /** `dlv_` and 32 hex digits. */
  readonly deliveryId: string
}

/** What the first call with an idempotency key was given and what it was told. */
export interface RememberedKey {
  readonly key: string
  /** Null when the caller gave none. */
  readonly digest: string | null
  readonly at: number
  readonly eventId: EventId
  /** How many deliveries the event had. */
  readonly deliveries: number
}
