import type { Delivery } from '../../domain/delivery.ts'
import { errorCodes, HookwardError, type ErrorCode } from '../../domain/errors.ts'
import type { RememberedKey } from '../../domain/event.ts'
import type { Installation, Integration, IntegrationId } from '../../domain/integration.ts'
import type { AnyEvent } from '../../domain/told.ts'
import type { MailOutcome } from '../../ports.ts'
import { bodyBytes, storeBody, type InlineBody } from '../store-document.ts'

/** What hosts and workers say to each other changed last with this number. */
export const protocol = 1

/** An idempotency key is remembered for so long. */
export const keyMs = 86_400_000

/** The names under which workers are registered. */
export const names = {
  integration: 'Integration',
  notifier: 'Notifier',
  catalogue: 'Catalogue',
  emitted: 'Emitted',
  feed: 'Feed',
} as const
/** The key of an object of which there is only one. */
export const only = 'all'
/** How many deliveries one call brings, and how many bytes of bodies unless one alone has more. */
export const [batchMax, batchBytesMax] = [64, 1_048_576]

/** One delivery on its way to its integration. */
export interface Parcel {
  readonly delivery: Delivery
  readonly body: InlineBody
}

/** A call of the public face, by the name it has there. */
export interface Order {
  readonly name: string
  readonly args: readonly unknown[]
}

/** What a call came to; a refusal is a value, so that nothing is tried again for it. */
export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly fact: string }

/** A letter that is due, by the number of tries before. */
export interface LetterRef {
  readonly integrationId: IntegrationId
  readonly letterId: string
  readonly tries: number
}

/** How a letter ended. */
export interface Mailed {
  readonly letterId: string
  readonly outcome: MailOutcome
}

/** What is known of an integration outside of it: without its secrets and the values of its headers. */
export interface Entry {
  readonly integrationId: IntegrationId
  /** Null: it is gone. */
  readonly integration: Integration | null
  readonly installations: readonly Installation[]
}

/** One event with an idempotency key. */
export interface Keyed {
  readonly eventId: string
  readonly digest: string
  readonly at: number
  readonly parcels: readonly Parcel[]
}

/** A key that was given elsewhere, and for how long it is to be remembered yet. */
export interface MovedKey {
  readonly first: Pick<RememberedKey, 'eventId' | 'digest' | 'at' | 'deliveries'>
  readonly leftMs: number
}

/** Events since a number, and the number to ask with next. */
export interface News {
  readonly seq: number
  readonly events: readonly AnyEvent[]
}

export function parcelOf({ delivery, body }: { readonly delivery: Delivery; readonly body: Uint8Array }): Parcel {
  return { delivery, body: storeBody(body) }
}

export function bound({ delivery, body }: Parcel): { readonly delivery: Delivery; readonly body: Uint8Array } {
  return { delivery, body: bodyBytes(body) }
}

/** Runs a call so that what it refuses becomes a value; anything else is a defect, and stays thrown. */
export async function replyOf(call: () => unknown): Promise<Reply> {
  try {
    return { ok: true, value: (await call()) ?? null }
  } catch (error) {
    if (!(error instanceof HookwardError) || defects.includes(error.code)) throw error
    return { ok: false, code: error.code, fact: error.fact }
  }
}

/** Its value, or throws what was refused. */
export function valueOf(reply: Reply): unknown {
  if (reply.ok) return reply.value
  throw new HookwardError(reply.code in errorCodes ? reply.code : 'RESTATE_VERSION', reply.fact)
}

const defects: readonly ErrorCode[] = ['BROKEN_INVARIANT', 'ENGINE_FAILED', 'ENGINE_STOPPED']
