import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { HookwardError } from '../../domain/errors.ts'
import { isPlace, type StoredDelivery } from '../store-document.ts'
import type { StoreLimits } from '../store-limits.ts'
import { StoreModel } from '../store-model.ts'
import { moveBodies, rebase, type StoreParts } from './checkpoint.ts'
import { replaceFile } from './durable-json.ts'
import type { Files } from './files.ts'
import { storeFolders, type Finding, type Inspection } from './inspect.ts'
import { Journal, segmentName } from './journal.ts'
import { KeyFiles } from './key-files.ts'
import { ManifestFile, newManifest } from './manifest.ts'
import { Quarantine, sentenceOf } from './quarantine.ts'
import { replay } from './replay.ts'
import { RequestFiles } from './request-files.ts'
import { Shards, type FoundShard } from './shards.ts'

/** How a folder is opened. */
export interface RecoveryOptions {
  readonly dir: string
  readonly files: Files
  readonly limits: StoreLimits
  readonly segmentBytesMax: number
  readonly isFlushed: boolean
  /** What to do about damage: stop and touch nothing, or set it aside and go on. */
  readonly onDamage: 'refuse' | 'quarantine'
  readonly mayWrite: () => Promise<void>
}

/** What was made of a folder. */
export interface RecoveredParts {
  readonly parts: StoreParts
  readonly damage: readonly string[]
  readonly removedFiles: readonly string[]
}

/** Makes an open store of what was found. Touches nothing unless all of it can be used. */
export async function recover(found: Inspection, options: RecoveryOptions): Promise<RecoveredParts> {
  const { dir, files, onDamage } = options
  const damage = found.findings.filter(({ isDamage }) => isDamage)
  if (onDamage === 'refuse') refuse(dir, damage)
  const parts = partsOf(found, options)
  await replayed(dir, files, found, parts)
  const lost = bodiless(found, parts.model)
  if (onDamage === 'refuse') refuse(dir, lost.map(findingOf))
  const removedFiles = await repair(dir, files, found)
  if (found.isNew) await begin(dir, files, parts.manifest)
  const notes = found.findings.filter(({ kind }) => kind !== 'left over').map(sentenceOf)
  if (damage.length + lost.length > 0) notes.push(...(await setAside(found, parts, lost)))
  return { parts, damage: notes, removedFiles }
}

function refuse(dir: string, findings: readonly Finding[]): void {
  const [first] = findings
  if (first === undefined) return
  const more = findings.length > 1 ? `, and ${findings.length - 1} more` : ''
  const code = findings.every(({ kind }) => kind === 'edited') ? 'STORE_DOC_EDITED' : 'STORE_DAMAGED'
  throw new HookwardError(code, `${join(dir, sentenceOf(first))}${more}`)
}

/** The parts of a store, as they were found and before anything that follows the documents is applied. */
export function partsOf(found: Inspection, options: RecoveryOptions): StoreParts {
  const { dir, files, isFlushed, limits, mayWrite, segmentBytesMax } = options
  const segments = new Map(
    [...found.journal.segments].map(([n, { lastSeq, bytes, tornAt }]) => [n, { lastSeq, bytes: tornAt ?? bytes }]),
  )
  const manifest = new ManifestFile(dir, files, found.manifest)
  const began = (segment: number) => manifest.write((now) => ({ ...now, segment, cleanShutdown: false }))
  const written = { files, folder: join(dir, 'journal'), segmentBytesMax, isFlushed, mayWrite, began, segments }
  const requests = [...found.requests].filter(([, { isDamaged }]) => !isDamaged)
  return {
    dir,
    files,
    manifest,
    mayWrite,
    model: modelOf(found, limits),
    journal: new Journal({ ...written, segment: Math.max(0, ...segments.keys()) + 1, seq: found.lastSeq + 1 }),
    shards: new Shards(join(dir, 'integrations'), files, found.shards),
    keys: new KeyFiles(join(dir, 'keys'), files, found.keys, limits.keysMax),
    requests: new RequestFiles(join(dir, 'requests'), files, new Map(requests), mayWrite),
  }
}

/** The request log is kept in files of its own. */
const noLog = { add: () => undefined, query: () => [] }

function modelOf({ shards, keys }: Inspection, limits: StoreLimits): StoreModel {
  const documents = [...shards.values()].map(({ data }) => data)
  const since = new Map(documents.flatMap((document) => document.since))
  const order = (id: string) => since.get(id) ?? Infinity
  const all = <Name extends keyof FoundShard['data']>(name: Name) =>
    documents.flatMap((document) => (document[name] ?? []) as readonly NonNullable<FoundShard['data'][Name]>[number][])
  try {
    const document = {
      integrations: all('integrations').toSorted((a, b) => order(a.id) - order(b.id)),
      installations: all('installations').toSorted((a, b) => order(a.integrationId) - order(b.integrationId)),
      records: all('records'),
      folded: all('folded'),
      pending: all('pending').toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0)),
      notices: all('notices'),
      letters: all('letters'),
      transitions: all('transitions'),
      audit: all('audit'),
      hours: all('hours'),
      keys: keys.flatMap((file) => file.keys),
    }
    return new StoreModel(document, noLog, limits)
  } catch (cause) {
    throw new HookwardError('STORE_DAMAGED', 'a document does not hold what a store writes', { cause })
  }
}

async function replayed(dir: string, files: Files, found: Inspection, parts: StoreParts): Promise<void> {
  try {
    await replay(dir, files, found, parts)
  } catch (cause) {
    throw new HookwardError('STORE_DAMAGED', `a record of ${join(dir, 'journal')} cannot be applied`, { cause })
  }
}

/** The same as findings. */
export function lostBodies(found: Inspection, model: StoreModel): readonly Finding[] {
  return bodiless(found, model).map(findingOf)
}

/** Deliveries whose body should be in a segment, and is not. A segment without damage has all that lies within it. */
function bodiless({ journal }: Inspection, model: StoreModel): readonly StoredDelivery[] {
  return model.backlog.toJSON().filter(({ body }) => {
    if (!isPlace(body)) return false
    const segment = journal.segments.get(body.segment)
    return segment === undefined || body.offset + body.length > (segment.tornAt ?? segment.bytes)
  })
}

function findingOf({ pending, body }: StoredDelivery): Finding {
  const segment = isPlace(body) ? body.segment : 0
  const fact = `does not hold the body of delivery ${pending.delivery.id}`
  return { kind: 'line', file: join('journal', segmentName(segment)), fact, isDamage: true }
}

/** What never held a promise: left-over files go, unfinished tails are kept aside and cut off. */
async function repair(dir: string, files: Files, found: Inspection): Promise<readonly string[]> {
  for (const folder of storeFolders) await files.makeFolder(join(dir, folder))
  const leftOver = found.findings.filter(({ kind }) => kind === 'left over').map(({ file }) => file)
  for (const file of leftOver) await files.remove(join(dir, file))
  await renewLast(dir, files, found)
  for (const [name, { isDamaged, tornAt }] of found.requests) {
    const file = join('requests', `${name}.jsonl`)
    if (isDamaged) await new Quarantine(dir, files).move(file, 'has bad lines')
    else if (tornAt !== undefined) await renew(dir, files, file, tornAt)
  }
  return leftOver
}

/**
 * Of the segment that a process was writing when it ended, nobody knows how much was flushed: lines that are read now
 * may be gone after a power cut, and flushing them again does not help when a flush has failed. So they are written anew.
 */
async function renewLast(dir: string, files: Files, { manifest, journal }: Inspection): Promise<void> {
  const [segment, last] = [...journal.segments].at(-1) ?? []
  if (segment === undefined || (manifest.cleanShutdown && last?.tornAt === undefined)) return
  await renew(dir, files, join('journal', segmentName(segment)), last?.tornAt)
}

/** Writes a file anew, up to where its unfinished tail begins, which is kept aside. */
async function renew(dir: string, files: Files, file: string, tornAt?: number): Promise<void> {
  const bytes = (await files.read(join(dir, file))) ?? Buffer.alloc(0)
  if (tornAt !== undefined) {
    const fact = `ended in these bytes, from ${tornAt} on, which are no line`
    await new Quarantine(dir, files).keep(file, bytes.subarray(tornAt), fact)
  }
  await replaceFile(files, join(dir, file), bytes.subarray(0, tornAt))
}

async function begin(dir: string, files: Files, manifest: ManifestFile): Promise<void> {
  await manifest.write(() => newManifest(randomUUID(), new Date().toISOString()))
  await files.flushFolder(dir)
}

/** Goes on without what is damaged: every damaged file is kept aside, and what is sound is written anew. */
async function setAside(found: Inspection, parts: StoreParts, lost: readonly StoredDelivery[]): Promise<string[]> {
  const { dir, files, manifest, model } = parts
  const quarantine = new Quarantine(dir, files)
  for (const { kind, file, fact } of found.findings)
    if (kind === 'document' || kind === 'edited') await quarantine.move(file, fact)
  if (manifest.now?.storeId === '') await begin(dir, files, manifest)
  const damaged = [...found.journal.segments].filter(([, { isDamaged }]) => isDamaged).map(([segment]) => segment)
  const unread = await Promise.all(damaged.map((segment) => moveBodies(parts, model.backlog.inSegment(segment))))
  const gone = [...new Set([...lost, ...unread.flat()])]
  for (const { pending } of gone) model.backlog.settle([{ id: pending.delivery.id, next: 'dead' }], 0)
  for (const segment of damaged) parts.journal.segments.delete(segment)
  await rebase(parts)
  for (const segment of damaged) await quarantine.move(join('journal', segmentName(segment)), 'has bad lines')
  return gone.map(({ pending }) => `delivery ${pending.delivery.id} is given up: its body is unknown`)
}
