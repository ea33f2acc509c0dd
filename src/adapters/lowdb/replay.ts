import { join } from 'node:path'
import type { Change } from '../../ports.ts'
import type { StoredBody } from '../store-document.ts'
import type { StoreModel } from '../store-model.ts'
import { bodiesIn } from './bodies.ts'
import type { Files } from './files.ts'
import type { Inspection } from './inspect.ts'
import { segmentName } from './journal.ts'
import type { KeyFiles } from './key-files.ts'
import { linesIn } from './lines.ts'
import {
  changesOf,
  integrationsIn,
  loggedText,
  newsOf,
  readRecord,
  type AcceptRecord,
  type JournalRecord,
  type MovedId,
  type MovedRecord,
} from './records.ts'
import type { RequestFiles } from './request-files.ts'
import type { Shards } from './shards.ts'

/** What a replay fills. */
export interface Replayed {
  readonly model: StoreModel
  readonly shards: Shards
  readonly keys: KeyFiles
  readonly requests: RequestFiles
}

/** Applies every good record that follows the documents, each part of it to the documents that lack it. */
export async function replay(dir: string, files: Files, found: Inspection, into: Replayed): Promise<void> {
  const { floor, keys } = found.manifest
  for (const [segment, { lastSeq, bytes: length }] of found.journal.segments) {
    if (lastSeq <= floor) continue
    const whole = await files.read(join(dir, 'journal', segmentName(segment)))
    // An engine may have written on since a reading tool looked.
    const bytes = whole?.subarray(0, length) ?? Buffer.alloc(0)
    for (const line of linesIn(bytes)) {
      if (line.seq === null || line.seq <= floor) continue
      const { record, bodiesAt } = readRecord(bytes, line)
      apply(record, { seq: line.seq, segment, bytes, bodiesAt }, into, line.seq > keys.seq)
    }
  }
}

interface Standing {
  readonly seq: number
  readonly segment: number
  /** The whole segment. */
  readonly bytes: Buffer
  readonly bodiesAt: number
}

function apply(record: JournalRecord, standing: Standing, into: Replayed, isKeyNew: boolean): void {
  const { model, shards } = into
  const isNew = (id: string) => shards.isNew(id, standing.seq)
  shards.touch(integrationsIn(record).filter(isNew), standing.seq)
  if (record.t === 'configure') applyEntry(record, standing.seq, into, isNew)
  else if (record.t === 'changes' || record.t === 'change') applyChanges(changesOf(record), standing.seq, into, isNew)
  else applyBodies(record, standing, model, isNew)
  if (record.t !== 'accept' || !isKeyNew) return
  const key = model.keys.remember(record)
  if (key !== undefined) into.keys.add(key)
}

type IsNew = (id: string) => boolean

function applyEntry(
  { of, entry }: Extract<JournalRecord, { t: 'configure' }>,
  seq: number,
  { model, shards }: Replayed,
  isNew: IsNew,
): void {
  if (!isNew(of)) return
  model.configure(entry)
  if (entry.kind === 'integration') shards.came(of, seq)
  if (entry.kind === 'removed') shards.went(of)
}

/** A delivery that is not here was settled by a record that the documents have. */
function applyChanges(changes: readonly Change[], seq: number, { model, requests }: Replayed, isNew: IsNew): void {
  for (const change of changes) {
    const news = newsOf(change, isNew)
    const settled = (news.settled ?? []).filter(({ id }) => model.backlog.get(id) !== undefined)
    model.commit({ ...news, settled })
  }
  const log = changes.flatMap((change) => change.log ?? [])
  requests.add(seq, log.map(loggedText), changes.at(-1)?.at ?? 0)
}

function applyBodies(
  record: AcceptRecord | MovedRecord,
  { seq, segment, bytes, bodiesAt }: Standing,
  model: StoreModel,
  isNew: IsNew,
): void {
  const bodies = bodiesIn<MovedId>(bytes, { segment, bodiesAt }, record)
  const keep = <T extends MovedId>(list: readonly { delivery: T }[], take: (one: T, body: StoredBody) => void) =>
    list.forEach(({ delivery }, n) => {
      const body = bodies[n]
      if (body !== undefined && isNew(delivery.integrationId)) take(delivery, body)
    })
  if (record.t === 'accept') keep(record.deliveries, (delivery, body) => model.backlog.add(delivery, body, seq))
  else keep(record.deliveries, ({ id }, body) => model.backlog.move(id, body))
}
