import { HookwardError } from '../../domain/errors.ts'
import { actorForm, envelope, eventBytesMax, type EventDraft } from '../../flows/envelope.ts'
import { encodeJson } from '../../policy/json.ts'
import type { EmitOptions } from '../emit-options.ts'
import type { Spooled } from '../intake.ts'

/** An event as it lies in the spool: parsed and checked, not yet fanned out. */
export interface SpooledEvent {
  readonly given: Spooled
  readonly options: EmitOptions
  readonly draft: EventDraft
}

const version = 1

/** The text of an event; throws what the engine would throw for data that cannot become a body. */
export function spooledText({ given, options, draft }: SpooledEvent): string {
  checkBody(draft)
  return encodeJson({ v: version, ...given, ...options, draft }, 2 * eventBytesMax)
}

/** Reads an event back; throws `STORE_TOO_NEW` for one that a later version wrote. */
export function parseSpooled(text: string): SpooledEvent {
  const { v, eventId, at, key, orderKey, draft } = JSON.parse(text) as Spooled &
    EmitOptions & { readonly v: number; readonly draft: EventDraft }
  if (v > version) throw new HookwardError('STORE_TOO_NEW', `a later version handed over an event in form ${v}`)
  const options = { ...(key === undefined ? {} : { key }), ...(orderKey === undefined ? {} : { orderKey }) }
  return { given: { eventId, at }, options, draft }
}

/** Nobody knows here who hears it; every body of it is as long as this one, or shorter where an integration is its actor. */
function checkBody({ actor, data, topic }: EventDraft): void {
  const find = () => ({ uuid: anyUuid, name: 'n'.repeat(256) })
  envelope({
    action: topic.slice(topic.indexOf('.') + 1),
    installation: anyUuid,
    data,
    actor: actorForm(actor, { find }),
  })
}

const anyUuid = '00000000-0000-0000-0000-000000000000'

/** Whether an event that was refused may be taken later, as it is: then it was not the event's fault. */
export function isForNow(error: unknown): boolean {
  return error instanceof HookwardError && /^(STORE|ENGINE)_/.test(error.code)
}
