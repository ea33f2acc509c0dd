import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { HookwardError } from '../../domain/errors.ts'
import type { BodyPlace, InlineBody } from '../store-document.ts'
import type { Files } from './files.ts'
import { segmentName } from './journal.ts'

/** Reads a body back from the journal; throws `STORE_DAMAGED` when it is not what was written. */
export async function readBody(files: Files, folder: string, place: BodyPlace): Promise<InlineBody> {
  const path = join(folder, segmentName(place.segment))
  const bytes = await files.readAt(path, place.offset, place.length)
  if (bytes.byteLength !== place.length || crc32(bytes) !== place.crc)
    throw new HookwardError('STORE_DAMAGED', `${path} has lost a body at byte ${place.offset}`)
  return JSON.parse(bytes.toString('utf8')) as InlineBody
}
