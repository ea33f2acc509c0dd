import { join } from 'node:path'
import type { StoredDelivery } from '../store-document.ts'
import { isPlace } from '../store-document.ts'
import type { StoreModel } from '../store-model.ts'
import { bodiesBehind, placesOf, readBody } from './bodies.ts'
import type { Files } from './files.ts'
import { segmentName, type Journal } from './journal.ts'
import type { KeyFiles } from './key-files.ts'
import type { ManifestFile } from './manifest.ts'
import type { MovedId } from './records.ts'
import type { RequestFiles } from './request-files.ts'
import type { Shards } from './shards.ts'

/** Of a segment that is kept for bodies alone, at least this share must be bodies; otherwise they are moved. */
const liveShareMin = 0.25
const movedBytesMax = 2 ** 20

/** What a store consists of while it is open. */
export interface StoreParts {
  readonly dir: string
  readonly files: Files
  readonly model: StoreModel
  readonly journal: Journal
  readonly shards: Shards
  readonly keys: KeyFiles
  readonly requests: RequestFiles
  readonly manifest: ManifestFile
  /** Throws when this process may not write any more. */
  readonly mayWrite: () => Promise<void>
}

/**
 * Writes the documents that have changed, says so in `store.json`, and lets go what the journal holds twice. Each step
 * leaves a folder that can be opened. `isClean`: nothing follows, so the next start may rely on it.
 */
export async function checkpoint(parts: StoreParts, isClean = false): Promise<void> {
  const { journal, model, shards } = parts
  await parts.mayWrite()
  journal.rotate()
  const base = journal.lastSeq
  await shards.write(model, journal)
  await say(parts, base, isClean)
  if (!isClean) await moveScattered(parts)
}

/** Writes everything anew, so that nothing of the journal but bodies is needed any more. */
export async function rebase(parts: StoreParts): Promise<void> {
  await parts.mayWrite()
  parts.journal.rotate()
  const base = parts.journal.lastSeq
  await parts.journal.settled()
  await parts.shards.rebase(parts.model, parts.journal)
  await say(parts, base, false)
}

async function say(parts: StoreParts, base: number, isClean: boolean): Promise<void> {
  const { journal, manifest, shards, requests } = parts
  const keys = await parts.keys.write(journal)
  await requests.sync()
  const floor = shards.floor(base)
  const { written } = shards
  await parts.mayWrite()
  await manifest.write((now) => {
    const { durableSeq: lastSeq, openSegment: segment } = journal
    return { ...now, floor, lastSeq, written, keys, segment, cleanShutdown: isClean }
  })
  await parts.keys.clean(keys.first)
  await removeSegments(parts, floor)
}

/** A segment goes when the documents have all of it and no body is needed from it. */
async function removeSegments({ dir, files, journal, model }: StoreParts, floor: number): Promise<void> {
  const needed = new Set(model.backlog.bytesBySegment.keys())
  const gone = [...journal.segments].filter(
    ([segment, { lastSeq }]) => segment < journal.segment && lastSeq <= floor && !needed.has(segment),
  )
  if (gone.length === 0) return
  // What settled the deliveries of these bodies must be durable first.
  await journal.settled()
  for (const [segment] of gone) {
    await files.remove(join(dir, 'journal', segmentName(segment)))
    journal.segments.delete(segment)
  }
}

/** Segments kept for few bodies: these are appended again, and the segments go with the next checkpoint. */
async function moveScattered(parts: StoreParts): Promise<void> {
  const { journal, manifest, model } = parts
  const floor = manifest.now?.floor ?? 0
  for (const [segment, live] of [...model.backlog.bytesBySegment]) {
    const facts = journal.segments.get(segment)
    if (facts === undefined || segment >= journal.segment || facts.lastSeq > floor) continue
    if (live < facts.bytes * liveShareMin) await moveBodies(parts, model.backlog.inSegment(segment))
  }
}

/** Appends the bodies of these deliveries again; gives those that could not be read. */
export async function moveBodies(
  parts: StoreParts,
  stored: readonly StoredDelivery[],
): Promise<readonly StoredDelivery[]> {
  const lost: StoredDelivery[] = []
  let moved: Moved[] = []
  let bytes = 0
  for (const one of stored) {
    const { id, integrationId } = one.pending.delivery
    if (!isPlace(one.body)) continue
    const body = await readBody(parts.files, join(parts.dir, 'journal'), one.body).catch(() => null)
    if (body === null) lost.push(one)
    else moved.push({ delivery: { id, integrationId }, body })
    bytes += one.body.length
    if (bytes < movedBytesMax) continue
    await append(parts, moved)
    moved = []
    bytes = 0
  }
  await append(parts, moved)
  return lost
}

interface Moved {
  readonly delivery: MovedId
  readonly body: Uint8Array
}

async function append({ journal, model, shards }: StoreParts, moved: readonly Moved[]): Promise<void> {
  if (moved.length === 0) return
  const bodies = bodiesBehind(moved)
  const written = journal.append([JSON.stringify({ t: 'moved', ...bodies.facts })], bodies.written)
  const places = placesOf(bodies, written)
  moved.forEach(({ delivery }, n) => {
    const place = places[n]
    if (place !== undefined) model.backlog.move(delivery.id, place)
  })
  const ids = moved.map(({ delivery }) => delivery.integrationId)
  shards.touch(ids, written.seq)
  await written.durable
}
