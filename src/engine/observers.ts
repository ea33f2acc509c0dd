import type { Attempt } from '../domain/delivery.ts'
import { textOf } from '../domain/errors.ts'
import type { DeliveryEvent, EventName, HookwardEvents } from '../domain/told.ts'
import type { Started } from '../machines/index.ts'
import type { Logger } from '../ports.ts'
import { publish } from './diagnostics.ts'
import { factsOf, tryOf } from './settle.ts'

export type { AnyEvent, DeliveryEvent, EventName, HealthEvent, HookwardEvents } from '../domain/told.ts'

export function deliveryEventOf(started: Started, { at, outcome }: Attempt): DeliveryEvent {
  const { delivery } = started
  const { durationMs } = outcome
  const attempt = tryOf(started)
  return { integration: delivery.integrationId, delivery, at, attempt, outcome: factsOf(outcome), durationMs }
}

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
  'notice.sent': true,
  'notice.delayed': true,
  'notice.failed': true,
  frozen: true,
  thawed: true,
  shadow: true,
  holding: true,
  'spool.refused': true,
  'store.failed': true,
  '*': true,
}

/** The names listeners can be put on by, in words. */
export const knownNames = Object.keys(eventNames).join(', ')

/** Whether listeners can be put on by this name; `*` stands for all of them. */
export function isEventName(name: unknown): name is EventName | '*' {
  return typeof name === 'string' && Object.hasOwn(eventNames, name)
}

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
    publish(type, event)
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
