import type { HoldReason } from '../domain/delivery.ts'
import type { SendResult } from '../domain/event.ts'
import { isLifecycle } from '../domain/topic.ts'
import type { EventDraft } from '../flows/envelope.ts'
import type { Subscriber } from '../policy/subscription.ts'
import type { Accepted, Appended } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import { Binding, type BindingParts, type Bound } from './binding.ts'
import type { Dispatcher } from './dispatcher.ts'
import { digestOf, readEmitOptions, type EmitOptions } from './emit-options.ts'
import type { FreshBodies } from './fresh-bodies.ts'
import { holdReason } from './holding.ts'
import { LargeEvents } from './large-events.ts'
import type { Ramps } from './ramps.ts'
import type { Registry } from './registry.ts'
import { unsentEntryOf } from './settle.ts'
import type { Writes } from './writes.ts'

/** What became of an event. */
export interface EmitResult {
  /** `evt_` and 32 hex digits. */
  readonly eventId: string
  /** How many installations it goes to. */
  readonly deliveries: number
  /** How many more the organisation has, as it is now, that do not hear it: by topic, by project, or still pending. */
  readonly filtered: number
  /** The key was given before: nothing was added, and `eventId` and `deliveries` are the first call's. */
  readonly duplicate: boolean
  /**
   * It was a standby that took it: the event is durable in the spool, and whoever holds the folder finds out who hears it
   * and whether its key was given before. The counts are 0 then. @default left out
   */
  readonly handedOver?: true
}

/** An event that a standby took, under the id and at the moment that it gave it. */
export interface Spooled {
  readonly eventId: string
  readonly at: number
}

/** What intake works with. */
export interface IntakeParts extends BindingParts {
  /** Finds out at once that the clock was set back. */
  readonly ownSide: { readonly time: { look(): void } }
  readonly backlog: Backlog
  readonly writes: Writes
  readonly registry: Registry
  readonly dispatcher: Dispatcher
  readonly fresh: FreshBodies
  readonly ramps: Ramps
}

/** The way in for events: fan out, freeze one body per installation, make durable, and only then put in line. */
export class Intake {
  readonly #parts: IntakeParts
  readonly #binding: Binding
  readonly #large: LargeEvents

  constructor(parts: IntakeParts) {
    this.#parts = parts
    this.#binding = new Binding(parts)
    this.#large = new LargeEvents(parts)
  }

  /** Throws at once what is refused at once. */
  accept(draft: EventDraft, options?: EmitOptions, spooled?: Spooled): Promise<EmitResult> {
    const { key = keyOf(spooled), orderKey } = options === undefined ? nothingAsked : readEmitOptions(options)
    this.#parts.ownSide.time.look()
    const { event, deliveries, filtered } = this.#binding.all(draft, orderKey, spooled)
    const { id: eventId, at } = event
    if (key !== undefined) return this.#append({ eventId, at, key, digest: digestOf(draft), deliveries }, filtered)
    if (deliveries.length > 0) return this.#append({ eventId, at, deliveries }, filtered)
    return Promise.resolve({ eventId, deliveries: 0, filtered, duplicate: false })
  }

  /** An event for one installation, whatever it subscribed to. */
  async direct(draft: EventDraft, subscriber: Subscriber): Promise<SendResult> {
    const { event, bound } = this.#binding.one(draft, subscriber)
    await this.take({ eventId: event.id, at: event.at, deliveries: [bound] })
    return { eventId: event.id, deliveryId: bound.delivery.id }
  }

  /** Deliveries that are bound already: made durable, then put in line. */
  take(batch: Accepted): Promise<Appended> {
    return this.#append(batch, 0)
  }

  #append(batch: Accepted, filtered: number): Promise<EmitResult> {
    return this.#parts.writes.append(batch, (appended) => {
      if (!appended.duplicate) for (const bound of batch.deliveries) this.#route(bound)
      const { eventId, deliveries, duplicate } = appended
      return { eventId, deliveries, filtered, duplicate }
    })
  }

  /** The chart may have moved while the event was made durable. */
  #route({ delivery, body }: Bound): void {
    const { backlog, dispatcher, ramps, registry } = this.#parts
    backlog.add(delivery, body.byteLength)
    this.#large.look(delivery, body)
    if (isLifecycle(delivery.topic)) return this.#send(delivery, body)
    if (this.#isGone(delivery)) return
    const view = registry.now(delivery.integrationId)
    if (ramps.isRunning(delivery.integrationId)) this.#note(delivery, { hold: 'recovering' })
    else if (dispatcher.takes(delivery, view.context.gate)) this.#send(delivery, body)
    else this.#note(delivery, { hold: holdReason(view) })
  }

  #send({ id }: Bound['delivery'], body: Uint8Array): void {
    this.#parts.fresh.keep(id, body)
    this.#parts.dispatcher.enqueue(id)
  }

  #isGone(delivery: Bound['delivery']): boolean {
    if (this.#parts.catalogue.installation(delivery.installationId) !== undefined) return false
    this.#note(delivery, 'skipped')
    return true
  }

  /** A write that fails stops the engine, which tells so itself; the event is durable already. */
  #note(delivery: Bound['delivery'], next: 'skipped' | { readonly hold: HoldReason }): void {
    const { catalogue, clock, registry } = this.#parts
    const at = clock.now()
    const url = catalogue.integration(delivery.integrationId)?.url ?? ''
    const log = next === 'skipped' ? [unsentEntryOf({ delivery, attempts: 0 }, 'UNINSTALLED', next, url, at)] : []
    void registry
      .note(delivery.integrationId, at, () => ({ settled: [{ id: delivery.id, next }], log }))
      .catch(() => undefined)
  }
}

const nothingAsked: EmitOptions = {}

/** The spool gives an event until it was removed, perhaps twice. No caller's key holds a control character. */
function keyOf(spooled: Spooled | undefined): string | undefined {
  return spooled && `\u0000${spooled.eventId}`
}
