import { join } from 'node:path'
import { DurableJson } from './durable-json.ts'
import type { Files } from './files.ts'

/** How many documents a store is divided into; fixed when it is made. */
export const shardCount = 64

/** What is known of the document of a shard, and of the one before it. */
export interface ShardFacts {
  /** The last record the document contains. */
  readonly seq: number
  /** The document before it lacks nothing up to here; the journal has all that follows. */
  readonly from: number
  /** The last record of the document before it; null when there is none, and the shard was empty at `from`. */
  readonly prev: number | null
}

/** `store.json`: what a store consists of, so that what is missing is missed. */
export interface Manifest {
  readonly format: 1
  readonly storeId: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly shards: number
  /** Everything up to here is in the documents; the journal has every record that follows. */
  readonly floor: number
  /** The last record there was at the last checkpoint: the journal must reach at least as far. */
  readonly lastSeq: number
  readonly written: Readonly<Record<string, ShardFacts>>
  /** The documents of idempotency keys, and the last record they contain. */
  readonly keys: { readonly first: number; readonly last: number; readonly seq: number }
  /** The segment that was open at the last word; 0 when none was. */
  readonly segment: number
  /** False while a process has it open, and after one that was killed. */
  readonly cleanShutdown: boolean
}

/** Reads and writes `store.json`. */
export class ManifestFile {
  readonly #json: DurableJson<Manifest>
  #now: Manifest | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(dir: string, files: Files, now?: Manifest) {
    this.#json = new DurableJson(join(dir, 'store.json'), files)
    this.#now = now
  }

  /** Null when there is none. */
  async read(): Promise<Manifest | null> {
    const manifest = await this.#json.read()
    this.#now = manifest ?? undefined
    return manifest
  }

  get now(): Manifest | undefined {
    return this.#now
  }

  /** Writes what is to be said, after what is being written; `change` sees what was said last. */
  write(change: (now: Manifest) => Manifest): Promise<void> {
    const writing = this.#last.then(async () => {
      if (this.#now === undefined) throw new Error('there is no store.json')
      const next = change(this.#now)
      this.#json.seq = next.lastSeq
      await this.#json.write(next)
      this.#now = next
    })
    this.#last = writing.catch(() => undefined)
    return writing
  }
}

/** What a new store begins with. */
export function newManifest(storeId: string, createdAt: string): Manifest {
  const keys = { first: 1, last: 0, seq: 0 }
  return {
    format: 1,
    storeId,
    createdAt,
    shards: shardCount,
    floor: 0,
    lastSeq: 0,
    written: {},
    keys,
    segment: 0,
    cleanShutdown: true,
  }
}
