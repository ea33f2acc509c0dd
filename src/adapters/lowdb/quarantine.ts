import { basename, join } from 'node:path'
import { replaceFile } from './durable-json.ts'
import type { Files } from './files.ts'
import type { Finding } from './inspect.ts'

/** Keeps bytes that failed a check, each with a note of where they come from and why. */
export class Quarantine {
  readonly #dir: string
  readonly #files: Files

  constructor(dir: string, files: Files) {
    this.#dir = dir
    this.#files = files
  }

  /** Keeps a copy of bytes of a file. */
  async keep(file: string, bytes: Uint8Array, fact: string): Promise<void> {
    const path = await this.#place(file)
    await replaceFile(this.#files, path, bytes)
    await this.#note(path, file, fact)
  }

  /** Moves a whole file. */
  async move(file: string, fact: string): Promise<void> {
    const path = await this.#place(file)
    await this.#note(path, file, fact)
    await this.#files.rename(join(this.#dir, file), path)
    await this.#files.flushFolder(join(this.#dir, 'quarantine'))
  }

  async #place(file: string): Promise<string> {
    const folder = join(this.#dir, 'quarantine')
    await this.#files.makeFolder(folder)
    const taken = new Set(await this.#files.list(folder))
    for (let n = 1; ; n += 1) {
      const name = `${basename(file)}.${n}`
      if (!taken.has(name)) return join(folder, name)
    }
  }

  async #note(path: string, file: string, fact: string): Promise<void> {
    await replaceFile(this.#files, `${path}.json`, `${JSON.stringify({ file, fact }, null, 2)}\n`)
  }
}

/** A finding as a sentence. */
export function sentenceOf({ file, fact }: Pick<Finding, 'file' | 'fact'>): string {
  return `${file} ${fact}`
}
