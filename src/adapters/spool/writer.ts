import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { HookwardError } from '../../domain/errors.ts'
import { nodeFiles, type Files } from '../lowdb/files.ts'
import { makeFolder, writeFlushed } from '../lowdb/folder.ts'
import { parseSpoolName, spoolBytes, spoolName } from './spool-file.ts'

/** Where a spool is, and what it may hold. */
export interface SpoolOptions {
  readonly folder: string
  readonly bytesMax: number
  readonly filesMax: number
  readonly files?: Files
}

interface Waiting {
  readonly record: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** One file holds at most so much, unless one record alone is larger. */
const fileBytesMax = 4 * 1_048_576

/**
 * Hands records over to whichever process holds the store. A record is durable when `add` resolves: all that wait go into
 * one file, which is flushed, renamed into the spool, and its folder flushed. The order of the calls is kept.
 */
export class SpoolWriter {
  /** Of this process alone; sorts by when it began. */
  readonly id = `${Date.now().toString(36).padStart(9, '0')}-${randomBytes(6).toString('hex')}`
  readonly #options: SpoolOptions
  readonly #files: Files
  readonly #waiting: Waiting[] = []
  #waitingChars = 0
  #written = 0
  #writing: Promise<void> | undefined

  constructor(options: SpoolOptions) {
    this.#options = options
    this.#files = options.files ?? nodeFiles
  }

  /** Whether it ever wrote a file. */
  get hasWritten(): boolean {
    return this.#written > 0 || this.#writing !== undefined
  }

  /** Throws `SPOOL_FULL` when there is no room: then nothing was written. After `SPOOL_FAILED` it is not known. */
  add(record: string): Promise<void> {
    if (this.#waitingChars + record.length > this.#options.bytesMax) return Promise.reject(this.#full())
    this.#waitingChars += record.length
    const added = new Promise<void>((resolve, reject) => this.#waiting.push({ record, resolve, reject }))
    this.#writing ??= this.#writeAll()
    return added
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  async #writeAll(): Promise<void> {
    // Whoever calls in the same turn goes into the same file.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#next()
      try {
        await this.#write(spoolBytes(batch.map(({ record }) => record)))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#writing = undefined
  }

  #next(): readonly Waiting[] {
    let chars = 0
    const end = this.#waiting.findIndex(({ record }, n) => (chars += record.length) > fileBytesMax && n > 0)
    const batch = this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
    for (const { record } of batch) this.#waitingChars -= record.length
    return batch
  }

  async #write(bytes: Buffer): Promise<void> {
    const { folder } = this.#options
    try {
      await makeFolder(folder)
      if (!(await this.#hasRoom(bytes.length))) throw this.#full()
      this.#written += 1
      const name = spoolName(this.id, this.#written, bytes.length)
      const temporary = join(folder, `.${name}.${randomUUID()}.tmp`)
      try {
        await writeFlushed(temporary, bytes, this.#files)
        await this.#files.rename(temporary, join(folder, name))
      } catch (error) {
        await this.#files.remove(temporary).catch(() => undefined)
        throw error
      }
      await this.#files.flushFolder(folder)
    } catch (cause) {
      if (cause instanceof HookwardError) throw cause
      const { code } = cause as NodeJS.ErrnoException
      throw new HookwardError('SPOOL_FAILED', `${folder} takes no file (${code ?? 'unknown error'})`, { cause })
    }
  }

  /** Processes that look at the same moment may each go beyond it by one file. */
  async #hasRoom(more: number): Promise<boolean> {
    const { folder, bytesMax, filesMax } = this.#options
    const found = (await this.#files.list(folder)).flatMap((name) => parseSpoolName(name) ?? [])
    return found.length < filesMax && found.reduce((sum, { bytes }) => sum + bytes, more) <= bytesMax
  }

  #full(): HookwardError {
    const { folder, bytesMax, filesMax } = this.#options
    const bounds = `${bytesMax} bytes and ${filesMax} files`
    return new HookwardError('SPOOL_FULL', `${folder} may hold ${bounds}, and there is no room for this event`)
  }
}
