import { Low } from 'lowdb'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { IntegrationId } from '../../domain/integration.ts'
import { emptyDocument, type StoreDocument } from '../store-document.ts'
import type { StoreModel } from '../store-model.ts'
import { DurableJson, replaceFile } from './durable-json.ts'
import type { Files } from './files.ts'
import type { Journal } from './journal.ts'
import { shardCount, type ShardFacts } from './manifest.ts'

/** What one document holds: everything about its integrations. */
export interface ShardDocument extends Omit<StoreDocument, 'keys'> {
  /** The record by which each integration first came: their order. */
  readonly since: readonly (readonly [IntegrationId, number])[]
}

/** A document that holds nothing. */
export const emptyShard: ShardDocument = { ...emptyDocument, since: [] }

/** A shard as it was found. */
export interface FoundShard extends ShardFacts {
  readonly data: ShardDocument
}

interface Shard {
  readonly path: string
  readonly ids: Set<IntegrationId>
  facts: ShardFacts | null
  /** The first record that the document does not contain; undefined while there is none. */
  touchedAt: number | undefined
}

/** The documents that an operator opens: `integrations/00.json` to `3f.json`, each a lowdb document. */
export class Shards {
  readonly #files: Files
  readonly #byName = new Map<string, Shard>()
  readonly #since = new Map<IntegrationId, number>()

  constructor(folder: string, files: Files, found: ReadonlyMap<string, FoundShard>) {
    this.#files = files
    for (const name of shardNames) {
      const one = found.get(name)
      const ids = new Set(one === undefined ? [] : idsIn(one.data))
      const facts = one === undefined ? null : { seq: one.seq, from: one.from, prev: one.prev }
      this.#byName.set(name, { path: join(folder, `${name}.json`), ids, facts, touchedAt: undefined })
      for (const [id, seq] of one?.data.since ?? []) this.#since.set(id, seq)
    }
  }

  /** Whether a record is news for an integration. */
  isNew(id: IntegrationId, seq: number): boolean {
    return seq > (this.#of(id).facts?.seq ?? 0)
  }

  /** A record says something about these integrations. */
  touch(ids: Iterable<IntegrationId>, seq: number): void {
    for (const id of ids) {
      const shard = this.#of(id)
      shard.ids.add(id)
      shard.touchedAt ??= seq
    }
  }

  /** Every document is to be written anew. */
  touchAll(seq: number): void {
    for (const shard of this.#byName.values()) if (shard.ids.size > 0) shard.touchedAt ??= seq
  }

  /** An integration came; the first time counts for its place in the order. */
  came(id: IntegrationId, seq: number): void {
    if (!this.#since.has(id)) this.#since.set(id, seq)
  }

  went(id: IntegrationId): void {
    this.#since.delete(id)
  }

  get isDirty(): boolean {
    return [...this.#byName.values()].some(({ touchedAt }) => touchedAt !== undefined)
  }

  /** Writes what has changed, one document at a time; what is written meanwhile comes with the next call. */
  async write(model: StoreModel, journal: Journal): Promise<void> {
    for (const shard of this.#byName.values()) {
      if (shard.touchedAt !== undefined) await this.#writeOne(shard, shard.touchedAt, model, journal)
      else if (shard.facts !== null && shard.facts.from < shard.facts.seq) await this.#settle(shard, shard.facts)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Writes everything anew, twice each: nothing of the journal is needed for them afterwards. */
  async rebase(model: StoreModel, journal: Journal): Promise<void> {
    const seq = journal.lastSeq
    for (const shard of this.#byName.values()) {
      if (shard.ids.size === 0 && shard.facts === null) continue
      const data = { ...model.documentOf(shard.ids), since: this.#sinceOf(shard.ids) }
      for (const path of [`${shard.path}.prev`, shard.path]) {
        const adapter = new DurableJson<ShardDocument>(path, this.#files)
        adapter.seq = seq
        await new Low(adapter, data).write()
      }
      Object.assign(shard, { facts: { seq, from: seq, prev: seq }, touchedAt: undefined })
    }
  }

  /** What `store.json` is to say of them. */
  get written(): Readonly<Record<string, ShardFacts>> {
    return Object.fromEntries([...this.#byName].flatMap(([name, { facts }]) => (facts === null ? [] : [[name, facts]])))
  }

  /** The journal must keep every record after this one, or the documents cannot be rebuilt. */
  floor(atMost: number): number {
    return Math.min(atMost, ...[...this.#byName.values()].map(floorOf))
  }

  /** The text is made before the first pause: it contains exactly the records up to `seq`. */
  async #writeOne(shard: Shard, touchedAt: number, model: StoreModel, journal: Journal): Promise<void> {
    const seq = journal.lastSeq
    const { facts } = shard
    const before = async () => {
      // A document must not be ahead of the journal.
      await journal.settled()
      if (facts !== null) await this.#keep(shard)
    }
    const adapter = new DurableJson<ShardDocument>(shard.path, this.#files, before)
    adapter.seq = seq
    shard.touchedAt = undefined
    await new Low(adapter, { ...model.documentOf(shard.ids), since: this.#sinceOf(shard.ids) }).write()
    shard.facts = { seq, from: touchedAt - 1, prev: facts?.seq ?? null }
  }

  /** The document as it is stays beside the one that takes its place. */
  async #keep({ path }: Shard): Promise<void> {
    await this.#files.remove(`${path}.prev`)
    await this.#files.link(path, `${path}.prev`)
  }

  /** Nothing has changed since: the document before it becomes a second copy, and the journal need not go back so far. */
  async #settle(shard: Shard, { seq }: ShardFacts): Promise<void> {
    const bytes = await this.#files.read(shard.path)
    if (bytes !== null) await replaceFile(this.#files, `${shard.path}.prev`, bytes)
    shard.facts = { seq, from: seq, prev: seq }
  }

  #sinceOf(ids: Iterable<IntegrationId>): ShardDocument['since'] {
    return [...ids].flatMap((id) => {
      const seq = this.#since.get(id)
      return seq === undefined ? [] : [[id, seq] as const]
    })
  }

  #of(id: IntegrationId): Shard {
    const name = shardName(id)
    const shard = this.#byName.get(name)
    if (shard === undefined) throw new Error(`there is no shard ${name}`)
    return shard
  }
}

/** The name of the document an integration is in: from the first bits of the sha-256 of its id. */
export function shardName(id: IntegrationId): string {
  const known = names.get(id)
  if (known !== undefined) return known
  const name = nameOf((createHash('sha256').update(id).digest()[0] ?? 0) % shardCount)
  // Integrations come and go for as long as a process runs.
  if (names.size >= namesMax) names.clear()
  names.set(id, name)
  return name
}

/** Asked for at every change: worked out once. */
const names = new Map<IntegrationId, string>()
const namesMax = 16_384

const nameOf = (n: number) => n.toString(16).padStart(2, '0')

/** `00` to `3f`. */
export const shardNames: readonly string[] = Array.from({ length: shardCount }, (_, n) => nameOf(n))

function floorOf({ facts, touchedAt }: Shard): number {
  if (facts !== null && facts.from < facts.seq) return facts.from
  return touchedAt === undefined ? Infinity : touchedAt - 1
}

/** Every integration a document says something about. */
export function idsIn(data: Omit<StoreDocument, 'keys'>): ReadonlySet<IntegrationId> {
  const { installations, folded, letters, transitions, audit, hours = [] } = data
  return new Set([
    ...data.integrations.map(({ id }) => id),
    ...data.records.map(({ context }) => context.integrationId),
    ...data.pending.map(({ pending }) => pending.delivery.integrationId),
    ...data.notices.map(({ notice }) => notice.integrationId),
    ...[...installations, ...folded, ...letters, ...transitions, ...audit, ...hours].map(
      ({ integrationId }) => integrationId,
    ),
  ])
}
