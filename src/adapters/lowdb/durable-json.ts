import type { Adapter } from 'lowdb'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { HookwardError } from '../../domain/errors.ts'
import { nodeFiles, type Files } from './files.ts'
import { temporaryPrefix, writeFlushed } from './folder.ts'
import { checksum } from './lines.ts'

const format = 1
const keys = new Set(['format', 'seq', 'crc', 'data'])

/** What a document looks like in its file. */
interface Envelope {
  readonly format: number
  /** The number of the last change it contains. */
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
  /** The number of the last change in the document: as read, and as the next `write` is to say. */
  seq = 0
  readonly #path: string
  readonly #files: Files
  readonly #before: () => Promise<void>

  /** `before` is awaited by each `write` when its text is made, and before the file is touched. */
  constructor(path: string, files: Files = nodeFiles, before: () => Promise<void> = () => Promise.resolve()) {
    this.#path = path
    this.#files = files
    this.#before = before
  }

  async read(): Promise<T | null> {
    const bytes = await readBytes(this.#path, this.#files)
    if (bytes === null) return null
    const envelope = parse(bytes, this.#path)
    this.seq = envelope.seq
    // The checksum says it is what was written; the store checks the shape of documents that carry none.
    return envelope.data as T
  }

  /** The text is made before the first pause, so later changes of `data` are not in it. One call at a time. */
  async write(data: T): Promise<void> {
    const text = signed(this.seq, data)
    await this.#before()
    await replaceFile(this.#files, this.#path, text)
  }
}

/** The text of a document with its checksum. */
export function signed(seq: number, data: object): string {
  const text = JSON.stringify(data)
  return `{"format":${format},"seq":${seq},"crc":"${checksum(text)}","data":${text}}`
}

/** Puts a text in the place of a file, or leaves the file as it was; durable when it resolves. */
export async function replaceFile(files: Files, path: string, text: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `${temporaryPrefix(path)}${randomUUID()}.tmp`)
  try {
    await writeFlushed(temporary, text, files)
    await files.rename(temporary, path)
  } catch (error) {
    // A temporary file that cannot be removed now is removed at the next start.
    await files.remove(temporary).catch(() => undefined)
    throw error
  }
  await files.flushFolder(dirname(path))
}

async function readBytes(path: string, files: Files): Promise<Uint8Array | null> {
  try {
    return await files.read(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
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
