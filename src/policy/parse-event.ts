import { HookwardError } from '../domain/errors.ts'
import type { Actor, HostEvent, Subject } from '../domain/event.ts'
import type { JsonObject } from '../domain/json.ts'
import { parseTopic, type Topic } from '../domain/topic.ts'
import type { Writable } from '../domain/writable.ts'
import { checkFields, checkJsonObject, checkObject, checkOrganization, checkSlug } from './check.ts'
import { checkText, checkWhole, checkWord, type Field } from './check.ts'

/** A checked event that has no id and no moment yet. */
export type EventDraft = Omit<HostEvent, 'id' | 'at'>

/** What may be emitted when no topics are named: any topic, with any data. */
export type OpenTopics = Readonly<Record<Topic, JsonObject>>

/** One event of the topics of a map, with the data of its topic: `{ 'invoice.paid': Invoice }`. */
export type EmitOf<Topics> = {
  [Name in keyof Topics & string]: EmitInput<Name, Topics[Name]>
}[keyof Topics & string]

/** An event of the host's own, or one of the documents' that needs no builder (`error.created`, the alerts). */
export interface EmitInput<Name extends Topic = Topic, Data = JsonObject> {
  /** `resource.action`, for example `invoice.paid`. Installation topics are sent by the engine itself. */
  readonly topic: Name
  /** Whose installations hear it: 1 to 128 characters. */
  readonly organization: string
  /** The `data` part of the body. */
  readonly data: Data
  /** The project it belongs to, for installations that filter: at most 128 characters. @default none */
  readonly project?: string
  /** Who caused it. @default the application itself */
  readonly actor?: Actor
  /** What it is about, for the request log: a type of at most 64 and an id of at most 256 characters. @default nothing */
  readonly subject?: Subject
}

/** An event for one integration alone. */
export interface SendInput extends Omit<EmitInput, 'organization'> {
  /** In which of its organisations it happens. @default the only one it is installed in */
  readonly organization?: string
}

/** Checks an event of the host's own. Whether JSON can carry `data` shows when the first body is made. */
export function parseEmit(input: unknown): EventDraft {
  const given = checkFields(input, event('the event'), ['topic', 'organization', 'data', 'project', 'actor', 'subject'])
  const { project, actor, subject } = given
  const draft: Writable<EventDraft> = {
    topic: emittedTopic(given.topic),
    organization: checkOrganization(given.organization),
    data: checkJsonObject(given.data, event('data')),
  }
  if (project !== undefined) Object.assign(draft, optionalProject(project))
  if (actor !== undefined) Object.assign(draft, optionalActor(actor))
  if (subject !== undefined) draft.subject = checkSubject(subject)
  return draft
}

/** `{ project }` when a project slug is given (at most 128 characters), else nothing. */
export function optionalProject(project: unknown, name = 'project'): Pick<EventDraft, 'project'> {
  return project === undefined ? {} : { project: checkText(project, event(name), 128) }
}

/** `{ actor }` when an actor is given, with exactly the fields of its form; else nothing. */
export function optionalActor(actor: unknown): Pick<EventDraft, 'actor'> {
  return actor === undefined ? {} : { actor: checkActor(actor) }
}

/** A field of an event: its refusal is `EVENT_INVALID`. */
export function event(name: string): Field {
  return { code: 'EVENT_INVALID', name }
}

/** Fields beyond the form's own are left behind: hosts pass their whole user record, and not all of it is for receivers. */
function checkActor(value: unknown): Actor {
  const given = checkObject(value, event('actor'))
  const type = checkWord(given.type, event('actor.type'), ['user', 'integration'])
  if (type === 'integration') return { type, integration: checkSlug(given.integration, 'actor.integration') }
  const id = checkWhole(given.id, event('actor.id'))
  if (given.name === undefined || given.name === null) return { type, id }
  return { type, id, name: checkText(given.name, event('actor.name'), 256) }
}

function checkSubject(value: unknown): Subject {
  const given = checkObject(value, event('subject'))
  return {
    type: checkText(given.type, event('subject.type'), 64),
    id: checkText(given.id, event('subject.id'), 256),
  }
}

function emittedTopic(topic: unknown): Topic {
  // Before the catalogue is asked, so that an unknown installation topic is not answered with a list of actions.
  if (typeof topic === 'string' && topic.startsWith('installation.'))
    throw new HookwardError('TOPIC_RESERVED', 'installation topics cannot be emitted')
  return parseTopic(topic)
}
