import { join } from 'node:path'
import { HookwardError, type ErrorCode } from '../../domain/errors.ts'
import type { RememberedKey } from '../../domain/event.ts'
import { DurableJson } from './durable-json.ts'
import type { Files } from './files.ts'
import { segmentName } from './journal.ts'
import { keyFileName } from './key-files.ts'
import { linesIn } from './lines.ts'
import { ManifestFile, newManifest, type Manifest, type ShardFacts } from './manifest.ts'
import { scanJournal, type FoundJournal, type JournalFinding } from './segments.ts'
import { emptyShard, idsIn, shardNames, type FoundShard, type ShardDocument } from './shards.ts'

/** The folders in the folder of a store. */
export const storeFolders = ['integrations', 'journal', 'keys', 'requests'] as const

/** Something in a store's folder that is not as it should be. */
export interface Finding {
  readonly kind: 'torn' | 'line' | 'gap' | 'twice' | 'short' | 'document' | 'edited' | 'missing' | 'log' | 'left over'
  /** Relative to the folder of the store. */
  readonly file: string
  /** In words: what is wrong and what is unknown because of it. */
  readonly fact: string
  /** Whether something that was promised may be gone: the store does not open over it unasked. */
  readonly isDamage: boolean
}

/** A request log as it was found. */
export interface FoundRequests {
  readonly lastSeq: number
  readonly bytes: number
  readonly tornAt?: number
  readonly isDamaged: boolean
}

/** Everything in a store's folder, read and checked. */
export interface Inspection {
  readonly manifest: Manifest
  readonly isNew: boolean
  readonly shards: ReadonlyMap<string, FoundShard>
  readonly keys: readonly { readonly number: number; readonly keys: RememberedKey[] }[]
  readonly journal: FoundJournal
  readonly requests: ReadonlyMap<string, FoundRequests>
  readonly findings: readonly Finding[]
  /** The last record that is known to have been. */
  readonly lastSeq: number
}

/** Reads and checks a store's folder; changes nothing. Throws only what forbids to go on at all: `STORE_TOO_NEW`. */
export async function inspect(dir: string, files: Files): Promise<Inspection> {
  return new Inspector(dir, files).run()
}

class Inspector {
  readonly #dir: string
  readonly #files: Files
  readonly #findings: Finding[] = []

  constructor(dir: string, files: Files) {
    this.#dir = dir
    this.#files = files
  }

  async run(): Promise<Inspection> {
    const { manifest, isNew } = await this.#manifest()
    const shards = await this.#shards(manifest)
    const keys = await this.#keys(manifest)
    const requests = await this.#requests()
    await this.#leftOvers()
    const journal = await scanJournal(this.#files, join(this.#dir, 'journal'), manifest.floor)
    const lastSeq = Math.max(
      manifest.lastSeq,
      manifest.keys.seq,
      ...[...shards.values(), ...requests.values(), journal].map((one) => ('seq' in one ? one.seq : one.lastSeq)),
    )
    this.#judge(journal, manifest, lastSeq)
    return { manifest, isNew, shards, keys, journal, requests, findings: this.#findings, lastSeq }
  }

  async #manifest(): Promise<{ readonly manifest: Manifest; readonly isNew: boolean }> {
    const file = new ManifestFile(this.#dir, this.#files)
    const found = await this.#read('store.json', () => file.read())
    if (found !== null && found !== 'bad') return { manifest: found, isNew: false }
    const floor = await this.#lowestDocument()
    const isNew = found === null && floor === null && (await this.#files.list(join(this.#dir, 'journal'))).length === 0
    if (found === null && !isNew) this.#find('missing', 'store.json', 'is not there, though the folder holds a store')
    return { manifest: { ...newManifest('', ''), floor: floor ?? 0 }, isNew }
  }

  /** What the documents have in common, when nothing else says it. */
  async #lowestDocument(): Promise<number | null> {
    const seqs: number[] = []
    for (const name of shardNames) {
      const json = this.#document<ShardDocument>(join('integrations', `${name}.json`))
      const data = await json.read().catch(() => null)
      if (data !== null) seqs.push(json.seq)
    }
    return seqs.length === 0 ? null : Math.min(...seqs)
  }

  async #shards(manifest: Manifest): Promise<ReadonlyMap<string, FoundShard>> {
    const shards = new Map<string, FoundShard>()
    for (const name of shardNames) {
      const found = await this.#shard(name, manifest.written[name], manifest.floor)
      if (found !== null) shards.set(name, found)
    }
    return shards
  }

  async #shard(name: string, facts: ShardFacts | undefined, floor: number): Promise<FoundShard | null> {
    const file = join('integrations', `${name}.json`)
    const json = this.#document<ShardDocument>(file)
    const read = await this.#read(file, () => json.read())
    const data = read !== null && read !== 'bad' && !isShard(read) ? 'bad' : read
    if (data !== read) this.#find('document', file, 'does not hold what a store writes')
    const isOld = data !== null && data !== 'bad' && json.seq < (facts?.seq ?? 0)
    if (isOld) this.#find('document', file, `holds record ${json.seq}, and held ${facts?.seq ?? 0} before`)
    if (data === null && facts !== undefined) this.#find('missing', file, 'is not there, and was written before')
    if (data === null && facts === undefined) return null
    if (data === null || data === 'bad' || isOld) return this.#before(file, facts, floor)
    if (json.seq === facts?.seq) return { ...facts, data }
    // Written since `store.json` was: the journal still has all that follows the floor.
    return { seq: json.seq, from: Math.min(floor, json.seq), prev: facts?.seq ?? null, data }
  }

  /** The document before a damaged one, which the journal brings up to date. */
  async #before(file: string, facts: ShardFacts | undefined, floor: number): Promise<FoundShard> {
    const json = this.#document<ShardDocument>(`${file}.prev`)
    const read = await json.read().catch(() => 'bad' as const)
    const data = read === 'bad' ? null : read
    if (data !== null && json.seq >= (facts?.prev ?? 0)) {
      // A newer one than `store.json` knows was written by a mending that was cut off.
      const seq = json.seq === facts?.prev ? facts.from : json.seq
      return { seq, from: json.seq, prev: json.seq, data }
    }
    if (facts !== undefined && facts.prev !== null)
      this.#find(
        read === null ? 'missing' : 'document',
        `${file}.prev`,
        `${unfit}: what changed up to there is unknown`,
      )
    const from = facts?.from ?? floor
    return { seq: from, from, prev: null, data: emptyShard }
  }

  async #keys({ keys }: Manifest): Promise<Inspection['keys']> {
    const found: { number: number; keys: RememberedKey[] }[] = []
    const names = new Set(await this.#files.list(join(this.#dir, 'keys')))
    for (let number = keys.first; number <= keys.last || names.has(keyFileName(number)); number += 1) {
      const file = join('keys', keyFileName(number))
      const data = await this.#read(file, () => this.#document<RememberedKey[]>(file).read())
      if (data === null) this.#find('missing', file, 'is not there: keys given then are unknown')
      found.push({ number, keys: data === null || data === 'bad' ? [] : data })
    }
    return found
  }

  async #requests(): Promise<ReadonlyMap<string, FoundRequests>> {
    const found = new Map<string, FoundRequests>()
    for (const name of shardNames) {
      const file = join('requests', `${name}.jsonl`)
      const bytes = await this.#files.read(join(this.#dir, file)).catch(() => null)
      if (bytes === null) continue
      found.set(name, this.#requestFile(file, bytes))
    }
    return found
  }

  /** The log is for people, and the journal has the end of it: nothing in it keeps a store from opening. */
  #requestFile(file: string, bytes: Buffer): FoundRequests {
    let [lastSeq, goodEnd, badLines, isDamaged] = [0, 0, 0, false]
    for (const line of linesIn(bytes)) {
      if (line.seq === null) badLines += 1
      else {
        isDamaged ||= badLines > 0
        lastSeq = Math.max(lastSeq, line.seq)
        goodEnd = line.end
      }
    }
    if (isDamaged) this.#find('log', file, `has ${badLines} bad lines`, false)
    if (isDamaged || badLines === 0) return { lastSeq, bytes: bytes.length, isDamaged }
    this.#find('torn', file, `ends in ${bytes.length - goodEnd} bytes that are no line`, false)
    return { lastSeq, bytes: goodEnd, tornAt: goodEnd, isDamaged }
  }

  async #leftOvers(): Promise<void> {
    for (const folder of ['.', ...storeFolders])
      for (const name of await this.#files.list(join(this.#dir, folder)))
        if (/^\.(store|pulse|\d{10}|[0-3][0-9a-f])\.json(l|\.prev)?\..+\.tmp$/.test(name))
          this.#find('left over', join(folder, name), 'was never finished', false)
  }

  /** `lastSeq`: whatever is written after the journal, be it the request log, tells how far that had come. */
  #judge(journal: FoundJournal, { segment }: Manifest, lastSeq: number): void {
    for (const found of journal.findings)
      this.#find(found.kind, fileOf(found.segment), `at byte ${found.offset} ${factOf(found)}`, found.kind !== 'torn')
    if (segment > 0 && !journal.segments.has(segment))
      this.#find('missing', fileOf(segment), 'is not there, and was being written: what it held is unknown')
    if (journal.lastSeq >= lastSeq) return
    this.#find('short', 'journal', `ends with record ${journal.lastSeq}, and ended with ${lastSeq} before`)
  }

  /** A document, or `bad` when it is damaged, which is noted. */
  async #read<T>(file: string, read: () => Promise<T | null>): Promise<T | null | 'bad'> {
    try {
      return await read()
    } catch (error) {
      const kinds: Partial<Record<ErrorCode, Finding['kind']>> = {
        STORE_DAMAGED: 'document',
        STORE_DOC_EDITED: 'edited',
      }
      const kind = error instanceof HookwardError ? kinds[error.code] : undefined
      if (kind === undefined) throw error
      this.#find(kind, file, kind === 'edited' ? 'does not match its checksum' : 'is not a whole document')
      return 'bad'
    }
  }

  #document<T extends object>(file: string): DurableJson<T> {
    return new DurableJson<T>(join(this.#dir, file), this.#files)
  }

  #find(kind: Finding['kind'], file: string, fact: string, isDamage = true): void {
    this.#findings.push({ kind, file, fact, isDamage })
  }
}

const unfit = 'cannot take its place'

/** An edit by hand may have taken a list out, and be signed all the same. */
function isShard(data: ShardDocument): boolean {
  try {
    return Array.isArray(data.since) && [...idsIn(data)].every((id) => typeof id === 'string')
  } catch {
    return false
  }
}

function factOf({ kind, bytes, records }: JournalFinding): string {
  const [first, last] = records ?? []
  if (kind === 'twice') return `record ${first} stands for the second time`
  const what = kind === 'gap' ? 'records are missing' : `${bytes} bytes are no record`
  return first === undefined ? what : `${what}: records ${first} to ${last} are unknown`
}

function fileOf(segment: number): string {
  return join('journal', segmentName(segment))
}
