import { isUtf8 } from 'node:buffer'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { HookwardError } from '../../domain/errors.ts'
import { bodyBytes, storeBody, type BodyPlace, type InlineBody, type StoredBody } from '../store-document.ts'
import type { Files } from './files.ts'
import { segmentName, type Written } from './journal.ts'

/** A delivery whose body stands behind its record. */
export interface WithBody<T> {
  readonly delivery: T
  /** Bytes it takes there. */
  readonly length: number
  /** Bytes of the body itself. */
  readonly bytes: number
}

/** The part of a record that is about bodies, and the bodies as they stand behind it. */
export interface Bodies<T> {
  readonly facts: { readonly bodiesBytes: number; readonly deliveries: readonly WithBody<T>[] }
  readonly written: readonly Uint8Array[]
}

/** Puts bodies behind their record. */
export function bodiesBehind<T>(given: readonly { readonly delivery: T; readonly body: Uint8Array }[]): Bodies<T> {
  const written = given.map(({ body }) => elementOf(body))
  const deliveries = given.map(({ delivery, body }, n) => {
    return { delivery, length: written[n]?.byteLength ?? 0, bytes: body.byteLength }
  })
  const bodiesBytes = deliveries.reduce((sum, { length }) => sum + length + 1, 0)
  return { facts: { bodiesBytes: Math.max(0, bodiesBytes - 1), deliveries }, written }
}

/** Where each body stands, once its record does. */
export function placesOf<T>(
  { facts: { deliveries }, written }: Bodies<T>,
  { segment, bodiesAt }: Pick<Written, 'segment' | 'bodiesAt'>,
): readonly BodyPlace[] {
  let offset = bodiesAt
  return deliveries.map(({ length, bytes }, n) => {
    const place = { segment, offset, length, crc: crc32(written[n] ?? ''), bytes }
    offset += length + 1
    return place
  })
}

/** Bodies that were read back with their record; in the journals of earlier versions they stand within it. */
export function bodiesIn<T>(
  bytes: Buffer,
  { bodiesAt, segment }: Pick<Written, 'segment' | 'bodiesAt'>,
  facts: Bodies<T>['facts'] | EarlierFacts,
): readonly StoredBody[] {
  if (!('bodiesBytes' in facts)) return facts.deliveries.map(({ body }) => body)
  let at = bodiesAt
  const written = facts.deliveries.map(({ length }) => {
    const body = bytes.subarray(at, at + length)
    at += length + 1
    return body
  })
  return placesOf({ facts, written }, { bodiesAt, segment })
}

interface EarlierFacts {
  readonly deliveries: readonly { readonly body: InlineBody }[]
}

/** Reads a body back from the journal; throws `STORE_DAMAGED` when it is not what was written. */
export async function readBody(files: Files, folder: string, place: BodyPlace): Promise<Uint8Array> {
  const path = join(folder, segmentName(place.segment))
  const bytes = await files.readAt(path, place.offset, place.length)
  if (bytes.byteLength !== place.length || crc32(bytes) !== place.crc)
    throw new HookwardError('STORE_DAMAGED', `${path} has lost a body at byte ${place.offset}`)
  return place.length === place.bytes ? bytes : bodyBytes(JSON.parse(bytes.toString('utf8')) as InlineBody)
}

/** As every body of ours is, an object on one line, it stands there as it is; any other in the form of a document, which is longer. */
function elementOf(body: Uint8Array): Uint8Array {
  const isOurs = body[0] === brace && !body.includes(newline) && isUtf8(body)
  return isOurs ? body : Buffer.from(JSON.stringify(storeBody(body)))
}

const [newline, brace] = [10, 123]
