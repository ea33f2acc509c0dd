import { HookwardError } from '../domain/errors.ts'
import type { Actor } from '../domain/event.ts'
import type { InstallationId, IntegrationId } from '../domain/integration.ts'
import type { JsonObject } from '../domain/json.ts'
import { encodeJson } from '../policy/json.ts'

export type { EventDraft } from '../policy/parse-event.ts'

/** The largest body that is accepted, in bytes. */
export const eventBytesMax = 262_144

/** The actor of an event that nobody in particular caused, unless the host gives its own name. */
export const sentryApplication = { id: 'sentry', name: 'Sentry' } as const

/** The actor as a body shows it. */
export type ActorForm =
  | { readonly type: 'application'; readonly id: string; readonly name: string }
  | { readonly type: 'user'; readonly id: number; readonly name: string }

/** The four parts of a body. */
export interface EnvelopeParts {
  readonly action: string
  readonly installation: InstallationId
  readonly data: JsonObject
  readonly actor: ActorForm
}

/** Makes the body of a delivery, key for key as spec 5.1 has it. These bytes are signed, kept and sent; nothing is written twice. */
export function envelope({ action, installation, data, actor }: EnvelopeParts): Uint8Array {
  const text = encodeJson({ action, installation: { uuid: installation }, data, actor }, eventBytesMax)
  return Buffer.from(text, 'latin1')
}

/** What is needed to write an actor. */
export interface ActorContext {
  /** The host application. @default {@link sentryApplication} */
  readonly application?: { readonly id: string; readonly name: string }
  find(integrationId: IntegrationId): { readonly uuid: string; readonly name: string } | undefined
}

/** Whether an event names a user whom the host itself does not know any more. */
export function isUnknownUser(actor: Actor | undefined): actor is Extract<Actor, { type: 'user' }> {
  return actor?.type === 'user' && actor.name === undefined
}

/** The three forms of an actor (spec 5.3): the host application, an integration acting for itself, or a person. */
export function actorForm(actor: Actor | undefined, context: ActorContext): ActorForm {
  if (actor?.type === 'user' && actor.name !== undefined) return { type: 'user', id: actor.id, name: actor.name }
  if (actor === undefined || actor.type === 'user') return application(context.application ?? sentryApplication)
  const found = context.find(actor.integration)
  if (found === undefined)
    throw new HookwardError('INTEGRATION_UNKNOWN', `the actor ${JSON.stringify(actor.integration)} is not registered`)
  return application({ id: found.uuid, name: found.name })
}

function application({ id, name }: { readonly id: string; readonly name: string }): ActorForm {
  return { type: 'application', id, name }
}
