import type { Delivery } from '../domain/delivery.ts'
import type { HostEvent } from '../domain/event.ts'
import { actionOf } from '../domain/topic.ts'
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

/** Fans an event out: who hears it, and what each is sent. Nothing is written. */
export class Binding {
  readonly #parts: BindingParts

  constructor(parts: BindingParts) {
    this.#parts = parts
  }

  /** For everybody who subscribed to it. */
  all(draft: EventDraft, orderKey?: string): BoundEvent {
    const event = { ...this.#named(draft), ...optional({ orderKey }) }
    const candidates = this.#parts.catalogue.candidates(event.organization)
    const heard = subscribers(event, candidates)
    return { event, deliveries: this.#bind(event, heard), filtered: candidates.length - heard.length }
  }

  /** For one installation, whatever it subscribed to. */
  one(draft: EventDraft, subscriber: Subscriber): BoundEvent {
    const event = this.#named(draft)
    return { event, deliveries: this.#bind(event, [subscriber]), filtered: 0 }
  }

  #named(draft: EventDraft): HostEvent {
    const { clock, random } = this.#parts
    return { ...draft, id: newId('evt', random), at: clock.now() }
  }

  #bind(event: HostEvent, heard: readonly Subscriber[]): readonly Bound[] {
    const { application, catalogue, logger } = this.#parts
    const find = (id: string) => catalogue.integration(id)
    const actor = actorForm(event.actor, { application, find })
    if (isUnknownUser(event.actor))
      logger.warn(
        { topic: event.topic, user: event.actor.id },
        'the acting user is unknown: bodies show the application',
      )
    // Nobody hears it, and bad data is told to its sender all the same.
    if (heard.length === 0) encodeJson(event.data, eventBytesMax)
    return heard.map((subscriber) => this.#boundFor(event, subscriber, actor))
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
}

/** Without the fields that are undefined. */
function optional<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
