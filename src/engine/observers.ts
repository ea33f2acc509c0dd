import type { Attempt, Delivery } from '../domain/delivery.ts'
import { textOf, type HookwardError } from '../domain/errors.ts'
import type { Explanation, HealthState } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { OutcomeFacts } from '../domain/outcome.ts'
import type { Started } from '../machines/index.ts'
import type { OutageSign } from '../policy/own-outage.ts'
import type { Logger } from '../ports.ts'
import { factsOf, tryOf } from './settle.ts'

/** What listeners of a delivery's attempts hear. */
export interface DeliveryEvent {
  readonly integration: IntegrationId
  readonly delivery: Delivery
  readonly at: number
  /** Counted from 1. */
  readonly attempt: number
  readonly outcome: OutcomeFacts
}

export function deliveryEventOf(started: Started, { at, outcome }: Attempt): DeliveryEvent {
  const { delivery } = started
  return { integration: delivery.integrationId, delivery, at, attempt: tryOf(started), outcome: factsOf(outcome) }
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
  readonly sign: OutageSign
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
  /** A letter was given up, or there was nobody to write to. */
  readonly 'notice.failed': NoticeEvent
  /** Our own side is down: many hosts fail at once. Nothing is judged and no time counts until it is up again. */
  readonly frozen: OutageEvent
  /** Our own side is up again, or was believed to be down for long enough. */
  readonly thawed: OutageEndEvent
  /** What the policy in the shadow makes of an integration, or what the live one does, has changed. */
  readonly shadow: ShadowEvent
  /** The engine has stopped by itself: nothing it still holds in memory can be trusted. */
  readonly 'store.failed': { readonly at: number; readonly error: HookwardError }
}

/** The name of an event. */
export type EventName = keyof HookwardEvents

const eventNames: Readonly<Record<EventName | '*', true>> = {
  delivered: true,
  'delivery.failed': true,
  'delivery.dead': true,
  'delivery.expired': true,
  'ledger.filling': true,
  degraded: true,
  broken: true,
  disabled: true,
  recovered: true,
  quarantined: true,
  'notice.failed': true,
  frozen: true,
  thawed: true,
  shadow: true,
  'store.failed': true,
  '*': true,
}

/** The names listeners can be put on by, in words. */
export const knownNames = Object.keys(eventNames).join(', ')

/** Whether listeners can be put on by this name; `*` stands for all of them. */
export function isEventName(name: unknown): name is EventName | '*' {
  return typeof name === 'string' && Object.hasOwn(eventNames, name)
}

/** Any event, with its name beside it. */
export type AnyEvent = { [Name in EventName]: { readonly type: Name } & HookwardEvents[Name] }[EventName]

type Listener = (event: never) => unknown

/** Tells listeners; one that throws is logged and harms neither the engine nor the others. */
export class Observers {
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Put on twice, a listener is called twice, until each is taken off. */
  on(name: EventName | '*', listener: Listener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    const own: Listener = (event) => listener(event)
    this.#listeners.set(name, listeners.add(own))
    return () => {
      listeners.delete(own)
    }
  }

  /** Calls those who listen now; one that is put on meanwhile hears the next event. */
  tell<Name extends EventName>(type: Name, event: HookwardEvents[Name]): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) this.#call(type, listener, event)
    for (const listener of [...(this.#listeners.get('*') ?? [])]) this.#call(type, listener, { type, ...event })
  }

  #call(type: EventName, listener: Listener, event: object): void {
    const failed = (error: unknown) => this.#logger.error({ event: type, error: textOf(error) }, 'a listener threw')
    try {
      const answer = listener(event as never)
      if (answer instanceof Promise) answer.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}
