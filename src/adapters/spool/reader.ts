import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeFiles, type Files } from '../lowdb/files.ts'
import { Quarantine } from '../lowdb/quarantine.ts'
import { parseSpoolName, readSpool, type SpoolContent, type SpoolFile } from './spool-file.ts'

/** A temporary file that nobody has touched for so long belongs to a writer that died. */
const leftOverMs = 600_000

/** What the process that holds the store sees of the spool in its folder. */
export class SpoolReader {
  readonly #dir: string
  readonly #files: Files
  readonly #quarantine: Quarantine

  constructor(dir: string, files: Files = nodeFiles) {
    this.#dir = dir
    this.#files = files
    this.#quarantine = new Quarantine(dir, files)
  }

  /** The files of each writer, in the order they were written, and names that no writer gives. */
  async list(): Promise<{ readonly queues: readonly (readonly SpoolFile[])[]; readonly strays: readonly string[] }> {
    const names = (await this.#files.list(join(this.#dir, 'spool'))).filter((name) => !name.startsWith('.'))
    const queues = new Map<string, SpoolFile[]>()
    const strays: string[] = []
    for (const name of names) {
      const file = parseSpoolName(name)
      if (file === null) strays.push(name)
      else queues.set(file.writer, [...(queues.get(file.writer) ?? []), file])
    }
    return { queues: [...queues.values()], strays }
  }

  /** Null when it is not there any more. */
  async read(file: SpoolFile): Promise<SpoolContent | null> {
    const bytes = await this.#files.read(this.#path(file.name))
    return bytes === null ? null : readSpool(file, bytes)
  }

  /** Everything in it was taken. After a power cut it may be there again. */
  async remove({ name }: SpoolFile): Promise<void> {
    await this.#files.remove(this.#path(name))
  }

  /** Keeps a copy of a file that is damaged, with a note of why. */
  async keep({ name }: SpoolFile, fact: string): Promise<void> {
    const bytes = await this.#files.read(this.#path(name))
    if (bytes !== null) await this.#quarantine.keep(join('spool', name), bytes, fact)
  }

  /** Keeps one record that cannot be taken, with a note of why. */
  async keepRecord({ name }: SpoolFile, record: string, fact: string): Promise<void> {
    await this.#quarantine.keep(join('spool', name), Buffer.from(`${record}\n`), fact)
  }

  /** Moves a file away that no writer wrote. */
  async setAside(name: string, fact: string): Promise<void> {
    await this.#quarantine.move(join('spool', name), fact)
  }

  /** Removes temporary files of writers that died before they were done: nobody was told that these were taken. */
  async removeLeftOvers(): Promise<readonly string[]> {
    const names = (await this.#files.list(join(this.#dir, 'spool'))).filter((name) => /^\..*\.tmp$/.test(name))
    const removed: string[] = []
    for (const name of names) {
      const touchedAt = await stat(this.#path(name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity,
      )
      if (Date.now() - touchedAt < leftOverMs) continue
      await this.#files.remove(this.#path(name))
      removed.push(name)
    }
    return removed
  }

  #path(name: string): string {
    return join(this.#dir, 'spool', name)
  }
}
