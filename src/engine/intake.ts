import { createHash } from 'node:crypto'
import type { Delivery } from '../domain/delivery.ts'
import type { HostEvent } from '../domain/event.ts'
import { actionOf, isLifecycle } from '../domain/topic.ts'
import { actorForm, envelope, eventBytesMax, type ActorForm, type EventDraft } from '../flows/envelope.ts'
import { checkFields, checkText } from '../policy/check.ts'
import { encodeJson } from '../policy/json.ts'
import { subscribers, type Subscriber } from '../policy/subscription.ts'
import type { Accepted, Clock, Random } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { FreshBodies } from './fresh-bodies.ts'
import { holdReason } from './holding.ts'
import type { Registry } from './registry.ts'
import { unsentEntryOf } from './settle.ts'
import type { Writes } from './writes.ts'

/** What became of an event. */
export interface EmitResult {
  /** `evt_` and 32 hex digits. */
  readonly eventId: string
  /** How many installations it goes to. */
  readonly deliveries: number
  /** The key was given before: nothing was added, and the other two fields are the first call's. */
  readonly duplicate: boolean
}

/** How an event is given. */
export interface EmitOptions {
  /** 1 to 256 characters. Within 24 hours the same key with the same event is accepted once. @default none */
  readonly key?: string
}

/** What intake works with. */
export interface IntakeParts {
  readonly clock: Clock
  readonly random: Random
  readonly application: { readonly id: string; readonly name: string }
  readonly catalogue: Catalogue
  readonly backlog: Backlog
  readonly writes: Writes
  readonly registry: Registry
  readonly dispatcher: Dispatcher
  readonly fresh: FreshBodies
}

type Bound = Accepted['deliveries'][number]

/** The way in for events: fan out, freeze one body per installation, make durable, and only then put in line. */
export class Intake {
  readonly #parts: IntakeParts

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  async accept(draft: EventDraft, options: EmitOptions = {}): Promise<EmitResult> {
    const { catalogue, clock, random, writes } = this.#parts
    const key = checkKey(options)
    const event: HostEvent = { ...draft, id: `evt_${hex(random.uuid())}`, at: clock.now() }
    const heard = subscribers(event, catalogue.candidates(event.organization))
    const deliveries = this.#bind(event, heard)
    if (deliveries.length === 0 && key === undefined) return { eventId: event.id, deliveries: 0, duplicate: false }
    const keyed = key === undefined ? {} : { key, digest: digestOf(draft) }
    const appended = await writes.append({ eventId: event.id, at: event.at, ...keyed, deliveries })
    if (!appended.duplicate) for (const bound of deliveries) this.#route(bound)
    return appended
  }

  /** An event for one installation, whatever it subscribed to. */
  async direct(draft: EventDraft, subscriber: Subscriber): Promise<void> {
    const { clock, random, writes } = this.#parts
    const event: HostEvent = { ...draft, id: `evt_${hex(random.uuid())}`, at: clock.now() }
    const deliveries = this.#bind(event, [subscriber])
    await writes.append({ eventId: event.id, at: event.at, deliveries })
    for (const bound of deliveries) this.#route(bound)
  }

  #bind(event: HostEvent, heard: readonly Subscriber[]): readonly Bound[] {
    const { application, catalogue } = this.#parts
    const find = (id: string) => catalogue.integration(id)
    const actor = actorForm(event.actor, { application, find })
    // Nobody hears it, and bad data is told to its sender all the same.
    if (heard.length === 0) encodeJson(event.data, eventBytesMax)
    return heard.map((subscriber) => this.#boundFor(event, subscriber, actor))
  }

  #boundFor(event: HostEvent, { integration, installation, topic }: Subscriber, actor: ActorForm): Bound {
    const delivery: Delivery = {
      id: `dlv_${hex(this.#parts.random.uuid())}`,
      eventId: event.id,
      integrationId: integration.id,
      installationId: installation.uuid,
      topic,
      organization: event.organization,
      ...(event.subject === undefined ? {} : { subject: event.subject }),
      acceptedAt: event.at,
    }
    const body = envelope({ action: actionOf(topic), installation: installation.uuid, data: event.data, actor })
    return { delivery, body }
  }

  /** The chart may have moved while the event was made durable. */
  #route({ delivery, body }: Bound): void {
    const { backlog, dispatcher, registry } = this.#parts
    backlog.add(delivery)
    if (isLifecycle(delivery.topic)) return this.#send(delivery, body)
    if (this.#isGone(delivery)) return
    const view = registry.now(delivery.integrationId)
    if (dispatcher.takes(delivery.integrationId, view.context.gate)) this.#send(delivery, body)
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
  #note(delivery: Delivery, next: 'skipped' | { readonly hold: ReturnType<typeof holdReason> }): void {
    const { catalogue, clock, registry } = this.#parts
    const at = clock.now()
    const url = catalogue.integration(delivery.integrationId)?.url ?? ''
    const log = next === 'skipped' ? [unsentEntryOf({ delivery, attempts: 0 }, 'UNINSTALLED', next, url, at)] : []
    void registry
      .note(delivery.integrationId, at, () => ({ settled: [{ id: delivery.id, next }], log }))
      .catch(() => undefined)
  }
}

function checkKey(options: unknown): string | undefined {
  const { key } = checkFields(options, { code: 'EVENT_INVALID', name: 'the options' }, ['key'])
  return key === undefined ? undefined : checkText(key, { code: 'EVENT_INVALID', name: 'key' }, 256)
}

function hex(uuid: string): string {
  return uuid.replaceAll('-', '')
}

/** Tells two events apart that were given the same key: everything the caller said, nothing of ours. */
function digestOf(draft: EventDraft): string {
  const { topic, organization, project, actor, subject, data } = draft
  const text = encodeJson({ topic, organization, project, actor, subject, data }, 2 * eventBytesMax)
  return createHash('sha256').update(text).digest('hex')
}
