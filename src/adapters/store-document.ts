import type { PendingDelivery } from '../domain/delivery.ts'
import type { RememberedKey } from '../domain/event.ts'
import type { AuditEntry, Folded, IntegrationRecord, Transition } from '../domain/health.ts'
import type { Installation, Integration, IntegrationId } from '../domain/integration.ts'
import type { Letter, Notice } from '../domain/notice.ts'
import type { StoredHours } from './attempt-hours.ts'

/** Everything a store must not lose, as plain JSON. Each list is in order of first appearance; histories are oldest first. */
export interface StoreDocument {
  readonly integrations: readonly Integration[]
  readonly installations: readonly Installation[]
  readonly records: readonly IntegrationRecord[]
  /** Successes after each record. */
  readonly folded: readonly { readonly integrationId: IntegrationId; readonly successes: Folded }[]
  readonly pending: readonly StoredDelivery[]
  readonly notices: readonly StoredNotice[]
  readonly letters: readonly Letter[]
  readonly transitions: readonly Transition[]
  readonly audit: readonly AuditEntry[]
  /** Left out by earlier versions. */
  readonly hours?: readonly StoredHours[]
  readonly keys: readonly RememberedKey[]
}

/** A delivery that is not settled, with its frozen body or the place of it. */
export interface StoredDelivery {
  readonly pending: PendingDelivery
  readonly body: StoredBody
  /** The number of the record it was accepted with; only where a journal numbers them. */
  readonly seq?: number
}

/** The text of a body; base64 when its bytes are not valid UTF-8 and a text would change them. */
export type InlineBody = string | { readonly base64: string }

/** Where the JSON text of a body stands in the journal: read back when its turn comes. */
export interface BodyPlace {
  readonly segment: number
  readonly offset: number
  /** Bytes of the JSON text, from `offset` on. */
  readonly length: number
  /** Checksum of the JSON text. */
  readonly crc: number
  /** Bytes of the body itself. */
  readonly bytes: number
}

/** A body as a store keeps it. */
export type StoredBody = InlineBody | BodyPlace

/** A notice, and the moment from which its 30 days count; null while it is still open. */
export interface StoredNotice {
  readonly notice: Notice
  readonly closedAt: number | null
}

/** A store that has never held anything. */
export const emptyDocument: StoreDocument = {
  integrations: [],
  installations: [],
  records: [],
  folded: [],
  pending: [],
  notices: [],
  letters: [],
  transitions: [],
  audit: [],
  hours: [],
  keys: [],
}

/** Successes of one bucket, counted in two parts. */
export function together(known: Folded, more: Folded): Folded {
  const firstAt = Math.min(known.firstAt, more.firstAt)
  return { n: known.n + more.n, firstAt, lastAt: Math.max(known.lastAt, more.lastAt), status: more.status }
}

/** Takes a copy of the bytes in the form the document keeps them in. */
export function storeBody(bytes: Uint8Array): InlineBody {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}

/** The bytes as they were stored; a fresh copy for each caller. */
export function bodyBytes(body: InlineBody): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(Buffer.from(body.base64, 'base64'))
}

/** How many bytes a body counts towards the backlog limit. */
export function bodySizeBytes(body: StoredBody): number {
  if (isPlace(body)) return body.bytes
  return typeof body === 'string' ? Buffer.byteLength(body) : Buffer.byteLength(body.base64, 'base64')
}

/** Whether the body itself is elsewhere. */
export function isPlace(body: StoredBody): body is BodyPlace {
  return typeof body === 'object' && 'segment' in body
}
