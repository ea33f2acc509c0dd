import type { Delivery } from '../domain/delivery.ts'
import type { HostEvent } from '../domain/event.ts'
import { actionOf } from '../domain/topic.ts'
import type { Writable } from '../domain/writable.ts'
import { actorForm, envelope, eventBytesMax, isUnknownUser } from '../flows/envelope.ts'
import type { ActorForm, EventDraft } from '../flows/envelope.ts'
import { encodeJson } from '../policy/json.ts'
import { orderOf } from '../policy/ordering.ts'
import { subscribers, type Subscriber } from '../policy/subscription.ts'
import type { Accepted, Clock, Logger, Random } from '../ports.ts'
import type { Catalogue } from './catalogue.ts'
import { newId } from './ids.ts'

/** What events are bound with. */
export interface BindingParts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly application: { readonly id: string; readonly name: string }
  readonly catalogue: Catalogue
}

/** One delivery with its frozen body. */
export type Bound = Accepted['deliveries'][number]

/** An event with a delivery for each installation that hears it. */
export interface BoundEvent {
  readonly event: HostEvent
  readonly deliveries: readonly Bound[]
  /** How many installations of the organisation do not hear it. */
  readonly filtered: number
}

/** The id and the moment that an event was given before, where it was. */
interface Given {
  readonly eventId: string
  readonly at: number
}

/** Fans an event out: who hears it, and what each is sent. Nothing is written. */
export class Binding {
  readonly #parts: BindingParts

  constructor(parts: BindingParts) {
    this.#parts = parts
  }

  /** For everybody who subscribed to it. */
  all(draft: EventDraft, orderKey?: string, given?: Given): BoundEvent {
    const event = this.#named(draft, given, orderKey)
    const candidates = this.#parts.catalogue.candidates(event.organization)
    const heard = subscribers(event, candidates)
    return { event, deliveries: this.#bind(event, heard), filtered: candidates.length - heard.length }
  }

  /** For one installation, whatever it subscribed to. */
  one(draft: EventDraft, subscriber: Subscriber): { readonly event: HostEvent; readonly bound: Bound } {
    const event = this.#named(draft)
    return { event, bound: this.#boundFor(event, subscriber, this.#actorOf(event)) }
  }

  /** The moment is always the same, so that its key does not age between two times; never later than now. */
  #named(draft: EventDraft, given?: Given, orderKey?: string): HostEvent {
    const { clock, random } = this.#parts
    const now = clock.now()
    const id = given?.eventId ?? newId('evt', random)
    const { topic, organization, data, project, actor, subject, trace } = draft
    const event: Writable<HostEvent> = { id, topic, organization, data, at: Math.min(given?.at ?? now, now) }
    if (project !== undefined) event.project = project
    if (actor !== undefined) event.actor = actor
    if (subject !== undefined) event.subject = subject
    if (orderKey !== undefined) event.orderKey = orderKey
    if (trace !== undefined) event.trace = trace
    return event
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
    const { subject, trace } = event
    const order = orderOf(integration, event)
    const delivery: Writable<Delivery> = {
      id: newId('dlv', this.#parts.random),
      eventId: event.id,
      integrationId: integration.id,
      installationId: installation.uuid,
      topic,
      organization: event.organization,
      acceptedAt: event.at,
    }
    if (subject !== undefined) delivery.subject = subject
    if (order !== undefined) delivery.order = order
    if (trace !== undefined) delivery.trace = trace
    const body = envelope({ action: actionOf(topic), installation: installation.uuid, data: event.data, actor })
    return { delivery, body }
  }
}
