import { createHash } from 'node:crypto'
import { eventBytesMax, type EventDraft } from '../flows/envelope.ts'
import { checkFields, checkText } from '../policy/check.ts'
import { encodeJson } from '../policy/json.ts'

/** How an event is given. */
export interface EmitOptions {
  /** 1 to 256 characters. Within 24 hours the same key with the same event is accepted once. @default none */
  readonly key?: string
  /** 1 to 256 characters, for integrations that want events of one key in order. @default the event's subject */
  readonly orderKey?: string
}

/** Checks what was given, once, at the door. */
export function readEmitOptions(options: unknown): EmitOptions {
  const { key, orderKey } = checkFields(options, { code: 'EVENT_INVALID', name: 'the options' }, ['key', 'orderKey'])
  const text = (value: unknown, name: string) => checkText(value, { code: 'EVENT_INVALID', name }, 256)
  return {
    ...(key === undefined ? {} : { key: text(key, 'key') }),
    ...(orderKey === undefined ? {} : { orderKey: text(orderKey, 'orderKey') }),
  }
}

/** Tells two events apart that were given the same key: everything the caller said, nothing of ours. */
export function digestOf(draft: EventDraft): string {
  const { topic, organization, project, actor, subject, data } = draft
  const text = encodeJson({ topic, organization, project, actor, subject, data }, 2 * eventBytesMax)
  return createHash('sha256').update(text).digest('hex')
}
