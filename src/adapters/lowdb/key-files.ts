import { join } from 'node:path'
import type { RememberedKey } from '../../domain/event.ts'
import { DurableJson } from './durable-json.ts'
import type { Files } from './files.ts'
import type { Journal } from './journal.ts'
import type { Manifest } from './manifest.ts'

const keysPerFileMax = 10_000
const dayMs = 86_400_000
const fileSpanMs = 3_600_000

interface KeyFile {
  readonly number: number
  readonly keys: RememberedKey[]
}

/** Idempotency keys outlive the journal in documents of their own, each written until it is full or an hour old. */
export class KeyFiles {
  readonly #folder: string
  readonly #files: Files
  readonly #keysMax: number
  readonly #full: { readonly number: number; readonly count: number; readonly lastAt: number }[] = []
  #open: KeyFile
  #fresh: RememberedKey[] = []

  /** `found` are the documents as they were read, oldest first. */
  constructor(folder: string, files: Files, found: readonly KeyFile[], keysMax = 1_000_000) {
    this.#folder = folder
    this.#files = files
    this.#keysMax = keysMax
    this.#open = { number: (found.at(-1)?.number ?? 0) + 1, keys: [] }
    for (const file of found) this.#close(file)
  }

  /** A key that no document holds yet. */
  add(key: RememberedKey): void {
    this.#fresh.push(key)
  }

  /** Writes the keys added so far; gives what `store.json` is to say of the documents. */
  async write(journal: Pick<Journal, 'lastSeq' | 'settled'>): Promise<Manifest['keys']> {
    const fresh = this.#fresh
    const seq = journal.lastSeq
    this.#fresh = []
    // A key must never be known while its event is not.
    await journal.settled()
    while (fresh.length > 0) {
      this.#open.keys.push(...fresh.splice(0, keysPerFileMax - this.#open.keys.length))
      await this.#save(seq)
      if (this.#isFull()) this.#next()
    }
    return { first: this.#firstNeeded(), last: this.#lastNumber(), seq }
  }

  /** Removes the documents before the first one that `store.json` names. */
  async clean(first: number): Promise<void> {
    while ((this.#full[0]?.number ?? first) < first) {
      const gone = this.#full.shift()
      if (gone !== undefined) await this.#files.remove(this.#pathOf(gone.number))
    }
  }

  async #save(seq: number): Promise<void> {
    const adapter = new DurableJson<readonly RememberedKey[]>(this.#pathOf(this.#open.number), this.#files)
    adapter.seq = seq
    await adapter.write(this.#open.keys)
  }

  #isFull(): boolean {
    const { keys } = this.#open
    return keys.length >= keysPerFileMax || (keys.at(-1)?.at ?? 0) - (keys[0]?.at ?? 0) >= fileSpanMs
  }

  #next(): void {
    this.#close(this.#open)
    this.#open = { number: this.#open.number + 1, keys: [] }
  }

  #close({ number, keys }: KeyFile): void {
    this.#full.push({ number, count: keys.length, lastAt: Math.max(0, ...keys.map(({ at }) => at)) })
  }

  #lastNumber(): number {
    return this.#open.keys.length > 0 ? this.#open.number : this.#open.number - 1
  }

  /** The oldest document with a key that may still count: within 24 hours of the newest, and among the newest of all. */
  #firstNeeded(): number {
    const newestAt = Math.max(this.#open.keys.at(-1)?.at ?? 0, ...this.#full.map(({ lastAt }) => lastAt))
    let newer = this.#open.keys.length
    let first = this.#open.number
    for (const { number, count, lastAt } of this.#full.toReversed()) {
      if (newestAt - lastAt >= dayMs || newer >= this.#keysMax) return first
      first = number
      newer += count
    }
    return first
  }

  #pathOf(number: number): string {
    return join(this.#folder, keyFileName(number))
  }
}

/** `0000000007.json` */
export function keyFileName(number: number): string {
  return `${String(number).padStart(10, '0')}.json`
}
