import type { Adapter } from 'lowdb'
import { randomUUID } from 'node:crypto'
import { readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { HookwardError } from '../../domain/errors.ts'
import { flushFolder, temporaryPrefix, writeFlushed } from './folder.ts'

const format = 1
const keys = new Set(['format', 'seq', 'crc', 'data'])

/** What a document looks like in its file. */
interface Envelope {
  readonly format: number
  /** Raised by one with each write. */
  readonly seq: number
  /** Checksum of the text of `data`; absent when a person took it out to have an edit accepted. */
  readonly crc?: string
  readonly data: object
}

/**
 * Keeps one JSON document in one file. When `write` resolves, the document outlives a power cut; a write that fails
 * leaves the document before it. `read` gives the document as it was written or throws, and never touches the file.
 */
export class DurableJson<T extends object> implements Adapter<T> {
  readonly #path: string
  #seq = 0

  constructor(path: string) {
    this.#path = path
  }

  async read(): Promise<T | null> {
    const bytes = await readBytes(this.#path)
    if (bytes === null) return null
    const envelope = parse(bytes, this.#path)
    this.#seq = envelope.seq
    // The checksum says it is what was written; the store checks the shape of documents that carry none.
    return envelope.data as T
  }

  /** The text is made before the first pause, so later changes of `data` are not in it. One call at a time. */
  async write(data: T): Promise<void> {
    const text = JSON.stringify(data)
    this.#seq += 1
    const crc = checksum(text)
    await replace(this.#path, `{"format":${format},"seq":${this.#seq},"crc":"${crc}","data":${text}}`)
  }
}

async function replace(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `${temporaryPrefix(path)}${randomUUID()}.tmp`)
  try {
    await writeFlushed(temporary, text)
    await rename(temporary, path)
  } catch (error) {
    // A temporary file that cannot be removed now is removed at the next start.
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
  await flushFolder(dirname(path))
}

async function readBytes(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    const isRefused = code === 'EACCES' || code === 'EPERM'
    throw new HookwardError(
      isRefused ? 'STORE_UNWRITABLE' : 'STORE_DAMAGED',
      `${path} cannot be read (${code ?? '?'})`,
      { cause },
    )
  }
}

function parse(bytes: Uint8Array, path: string): Envelope {
  const value = parseJson(bytes)
  if (isNewer(value)) throw new HookwardError('STORE_TOO_NEW', `${path} has a format newer than ${format}`)
  if (!isEnvelope(value)) throw new HookwardError('STORE_DAMAGED', `${path} is not a whole document`)
  // Parsing and writing again gives the text as it was written, and does not mind another layout.
  if (value.crc !== undefined && value.crc !== checksum(JSON.stringify(value.data)))
    throw new HookwardError('STORE_DOC_EDITED', `${path} does not match its checksum`)
  return value
}

function parseJson(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown> | null) : null
  } catch {
    return null
  }
}

function isNewer(value: Record<string, unknown> | null): boolean {
  return Number.isInteger(value?.['format']) && Number(value?.['format']) > format
}

function isEnvelope(value: object | null): value is Envelope {
  // A damaged field name must not pass for a field that a person took out.
  if (value === null || !Object.keys(value).every((key) => keys.has(key))) return false
  const { format: own, seq, crc, data } = value as Record<string, unknown>
  const isNumbered = own === format && Number.isInteger(seq) && Number(seq) >= 0
  return isNumbered && (crc === undefined || typeof crc === 'string') && typeof data === 'object' && data !== null
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
