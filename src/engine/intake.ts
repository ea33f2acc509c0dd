import { createHash } from 'node:crypto'
import type { Delivery, HoldReason } from '../domain/delivery.ts'
import type { HostEvent, SendResult } from '../domain/event.ts'
import { actionOf, isLifecycle } from '../domain/topic.ts'
import { actorForm, envelope, eventBytesMax, isUnknownUser } from '../flows/envelope.ts'
import type { ActorForm, EventDraft } from '../flows/envelope.ts'
import { checkFields, checkText } from '../policy/check.ts'
import { encodeJson } from '../policy/json.ts'
import { orderOf } from '../policy/ordering.ts'
import { subscribers, type Subscriber } from '../policy/subscription.ts'
import type { Accepted, Clock, Logger, Random } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { FreshBodies } from './fresh-bodies.ts'
import { holdReason } from './holding.ts'
import { newId } from './ids.ts'
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

/** How an event is given. */
export interface EmitOptions {
  /** 1 to 256 characters. Within 24 hours the same key with the same event is accepted once. @default none */
  readonly key?: string
  /** 1 to 256 characters, for integrations that want events of one key in order. @default the event's subject */
  readonly orderKey?: string
}

/** What intake works with. */
export interface IntakeParts {
  readonly clock: Clock
  /** Finds out at once that the clock was set back. */
  readonly ownSide: { readonly time: { look(): void } }
  readonly random: Random
  readonly logger: Logger
  readonly application: { readonly id: string; readonly name: string }
  readonly catalogue: Catalogue
  readonly backlog: Backlog
  readonly writes: Writes
  readonly registry: Registry
  readonly dispatcher: Dispatcher
  readonly fresh: FreshBodies
  readonly ramps: Ramps
}

type Bound = Accepted['deliveries'][number]

/** The way in for events: fan out, freeze one body per installation, make durable, and only then put in line. */
export class Intake {
  readonly #parts: IntakeParts
  readonly #large: LargeEvents

  constructor(parts: IntakeParts) {
    this.#parts = parts
    this.#large = new LargeEvents(parts)
  }

  async accept(draft: EventDraft, options: EmitOptions = {}, spooled?: Spooled): Promise<EmitResult> {
    const { catalogue, clock, random, writes } = this.#parts
    const { key = keyOf(spooled), orderKey } = checkOptions(options)
    this.#parts.ownSide.time.look()
    const id = spooled?.eventId ?? newId('evt', random)
    const event: HostEvent = { ...draft, ...optional({ orderKey }), id, at: momentOf(spooled, clock.now()) }
    const candidates = catalogue.candidates(event.organization)
    const heard = subscribers(event, candidates)
    const deliveries = this.#bind(event, heard)
    const filtered = candidates.length - heard.length
    if (deliveries.length === 0 && key === undefined)
      return { eventId: event.id, deliveries: 0, filtered, duplicate: false }
    const keyed = key === undefined ? {} : { key, digest: digestOf(draft) }
    const appended = await writes.append({ eventId: event.id, at: event.at, ...keyed, deliveries })
    if (!appended.duplicate) for (const bound of deliveries) this.#route(bound)
    return { ...appended, filtered }
  }

  /** An event for one installation, whatever it subscribed to. */
  async direct(draft: EventDraft, subscriber: Subscriber): Promise<SendResult> {
    const { clock, random, writes } = this.#parts
    const event: HostEvent = { ...draft, id: newId('evt', random), at: clock.now() }
    const bound = this.#boundFor(event, subscriber, this.#actorOf(event))
    await writes.append({ eventId: event.id, at: event.at, deliveries: [bound] })
    this.#route(bound)
    return { eventId: event.id, deliveryId: bound.delivery.id }
  }

  #bind(event: HostEvent, heard: readonly Subscriber[]): readonly Bound[] {
    const actor = this.#actorOf(event)
    // Nobody hears it, and bad data is told to its sender all the same.
    if (heard.length === 0) encodeJson(event.data, eventBytesMax)
    return heard.map((subscriber) => this.#boundFor(event, subscriber, actor))
  }

  #actorOf({ actor, topic }: HostEvent): ActorForm {
    const { application, catalogue, logger } = this.#parts
    const find = (id: string) => catalogue.integration(id)
    if (isUnknownUser(actor))
      logger.warn({ topic, user: actor.id }, 'the acting user is unknown: bodies show the application')
    return actorForm(actor, { application, find })
  }

  #boundFor(event: HostEvent, { integration, installation, topic }: Subscriber, actor: ActorForm): Bound {
    const delivery: Delivery = {
      id: newId('dlv', this.#parts.random),
      eventId: event.id,
      integrationId: integration.id,
      installationId: installation.uuid,
      topic,
      organization: event.organization,
      ...optional({ subject: event.subject, order: orderOf(integration, event) }),
      acceptedAt: event.at,
    }
    const body = envelope({ action: actionOf(topic), installation: installation.uuid, data: event.data, actor })
    return { delivery, body }
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

  #send({ id }: Delivery, body: Uint8Array): void {
    this.#parts.fresh.keep(id, body)
    this.#parts.dispatcher.enqueue(id)
  }

  #isGone(delivery: Delivery): boolean {
    if (this.#parts.catalogue.installation(delivery.installationId) !== undefined) return false
    this.#note(delivery, 'skipped')
    return true
  }

  /** A write that fails stops the engine, which tells so itself; the event is durable already. */
  #note(delivery: Delivery, next: 'skipped' | { readonly hold: HoldReason }): void {
    const { catalogue, clock, registry } = this.#parts
    const at = clock.now()
    const url = catalogue.integration(delivery.integrationId)?.url ?? ''
    const log = next === 'skipped' ? [unsentEntryOf({ delivery, attempts: 0 }, 'UNINSTALLED', next, url, at)] : []
    void registry
      .note(delivery.integrationId, at, () => ({ settled: [{ id: delivery.id, next }], log }))
      .catch(() => undefined)
  }
}

/** The spool gives an event until it was removed, perhaps twice. No caller's key holds a control character. */
function keyOf(spooled: Spooled | undefined): string | undefined {
  return spooled && `\u0000${spooled.eventId}`
}

/** Always the same, so that its key does not age between two times; never later than now. */
function momentOf(spooled: Spooled | undefined, now: number): number {
  return Math.min(spooled?.at ?? now, now)
}

/** Checks what comes with an event. */
export function checkOptions(options: unknown): EmitOptions {
  const { key, orderKey } = checkFields(options, { code: 'EVENT_INVALID', name: 'the options' }, ['key', 'orderKey'])
  const text = (value: unknown, name: string) =>
    value === undefined ? undefined : checkText(value, { code: 'EVENT_INVALID', name }, 256)
  return optional({ key: text(key, 'key'), orderKey: text(orderKey, 'orderKey') })
}

/** Without the fields that are undefined. */
function optional<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const left: Record<string, unknown> = {}
  for (const name in fields) if (fields[name] !== undefined) left[name] = fields[name]
  return left as { [Name in keyof T]?: Exclude<T[Name], undefined> }
}

/** Tells two events apart that were given the same key: everything the caller said, nothing of ours. */
function digestOf(draft: EventDraft): string {
  const { topic, organization, project, actor, subject, data } = draft
  const text = encodeJson({ topic, organization, project, actor, subject, data }, 2 * eventBytesMax)
  return createHash('sha256').update(text).digest('hex')
}
