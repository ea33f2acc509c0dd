import { join, resolve } from 'node:path'
import { HookwardError } from '../../domain/errors.ts'
import type { Integration } from '../../domain/integration.ts'
import type { StoreModel } from '../store-model.ts'
import { signed, replaceFile } from './durable-json.ts'
import { nodeFiles, type Files } from './files.ts'
import { inspect, type Finding, type Inspection } from './inspect.ts'
import { acquireLock } from './lock.ts'
import { lostBodies, partsOf } from './recovery.ts'
import { replay } from './replay.ts'
import type { RequestFiles } from './request-files.ts'
import { lowdbStore } from './store.ts'

/** What was found in the folder of a store. */
export interface StoreCheck {
  readonly dir: string
  readonly isSound: boolean
  readonly lastRecord: number
  readonly journal: { readonly segments: number; readonly lines: number; readonly bytes: number }
  readonly integrations: number
  readonly pending: number
  readonly findings: readonly Finding[]
}

/** One integration as the store has it, without its secrets. */
export interface StoredIntegration {
  readonly integration: Pick<Integration, 'id' | 'name' | 'organization' | 'url' | 'status' | 'topics'>
  /** The state of its chart; `healthy` where no record was ever needed. */
  readonly state: unknown
  readonly installations: readonly string[]
  readonly pending: number
  readonly held: number
  /** Dead letters. */
  readonly dead: number
  readonly notices: readonly { readonly step: string; readonly at: number; readonly status: string }[]
}

/** Reads and verifies every file of a store, without its lock and without touching anything. */
export async function checkStore(dir: string): Promise<StoreCheck> {
  const { found, model, findings } = await readStore(dir)
  const { journal, lastSeq } = found
  const { integrations, pending } = model.recovered([]).report
  return {
    dir: resolve(dir),
    isSound: isSound(findings),
    lastRecord: lastSeq,
    journal: { segments: journal.segments.size, lines: journal.lines, bytes: journal.bytes },
    integrations,
    pending,
    findings,
  }
}

/** What a store holds, one entry for each integration, or for the one named; without secrets. */
export async function showStore(dir: string, slug?: string): Promise<readonly StoredIntegration[]> {
  const { model } = await readStore(dir)
  const { integrations, installations, records, pending, dead } = model.recovered([])
  const wanted = integrations.filter(({ id }) => slug === undefined || id === slug)
  if (slug !== undefined && wanted.length === 0)
    throw new HookwardError('INTEGRATION_UNKNOWN', `the store has no integration ${JSON.stringify(slug)}`)
  const stateOf = new Map(records.map(({ context, value }) => [context.integrationId, value]))
  return wanted.map(({ id, name, organization, url, status, topics }) => {
    const own = pending.filter(({ delivery }) => delivery.integrationId === id)
    return {
      integration: { id, name, organization, url, status, topics },
      state: stateOf.get(id) ?? 'healthy',
      installations: installations.filter((one) => one.integrationId === id).map(({ organization }) => organization),
      pending: own.length,
      held: own.filter(({ held }) => held !== undefined).length,
      dead: dead.filter(({ delivery }) => delivery.integrationId === id).length,
      notices: model.notices(id).map(({ step, at, status }) => ({ step, at, status })),
    }
  })
}

/**
 * Signs documents anew that were edited by hand; gives their names. With `quarantine`, whatever is damaged beyond that
 * is set aside as well, and everything sound is written anew. Takes the lock.
 */
export async function fixStore(dir: string, { quarantine = false } = {}): Promise<readonly string[]> {
  const { found } = await readStore(dir)
  const edited = found.findings.filter(({ kind }) => kind === 'edited')
  const lock = await acquireLock(resolve(dir), 0)
  try {
    for (const { file } of edited) await sign(join(dir, file))
  } finally {
    await lock.release()
  }
  const done = edited.map(({ file }) => `${file} is signed anew`)
  return quarantine ? [...done, ...(await setAside(dir))] : done
}

async function setAside(dir: string): Promise<readonly string[]> {
  const store = lowdbStore({ dir, lockWaitMs: 0, onDamage: 'quarantine' })
  const { report } = await store.open()
  await store.close()
  return report.damage
}

async function sign(path: string): Promise<void> {
  const bytes = await nodeFiles.read(path)
  const { seq, data } = JSON.parse(bytes?.toString('utf8') ?? '') as { seq: number; data: object }
  await replaceFile(nodeFiles, path, signed(seq, data))
}

/** A store as it was read at one moment. */
export interface ReadStore {
  readonly found: Inspection
  readonly model: StoreModel
  readonly requests: Pick<RequestFiles, 'query'>
  readonly findings: readonly Finding[]
}

/** So often a store is read that an engine is changing meanwhile. */
const triesMax = 50

/**
 * All that a store holds, without its lock and without touching anything. An engine may be at work in there: what looks
 * damaged while files come and go is looked at again.
 */
export async function readStore(dir: string): Promise<ReadStore> {
  const placed = resolve(dir)
  for (let tries = 1; ; tries += 1) {
    const before = await standOf(placed)
    const view = await readOnce(placed).catch((cause: unknown) => ({ cause }))
    const isDone = 'findings' in view && isSound(view.findings)
    if (!isDone && tries < triesMax && (await standOf(placed)) !== before) continue
    if ('cause' in view) throw view.cause
    return view
  }
}

/** Changes whenever something is taken away. */
async function standOf(dir: string): Promise<string> {
  const manifest = await readOnly.read(join(dir, 'store.json'))
  return [manifest?.toString('latin1'), ...(await readOnly.list(join(dir, 'journal')))].join('\n')
}

const isSound = (findings: readonly Finding[]) => findings.every(({ isDamage }) => !isDamage)

async function readOnce(dir: string): Promise<ReadStore> {
  const found = await inspect(dir, readOnly)
  if (found.isNew) throw noStore(dir)
  const options = {
    dir,
    files: readOnly,
    limits: {},
    segmentBytesMax: 0,
    isFlushed: true,
    onDamage: 'refuse',
    mayWrite: refuse,
  } as const
  const parts = partsOf(found, options)
  await replay(dir, readOnly, found, parts)
  const { model, requests } = parts
  return { found, model, requests, findings: [...found.findings, ...lostBodies(found, model)] }
}

/** Throws `STORE_REQUIRED` unless an engine has been there: opening another folder would make it one. */
export async function checkFolder(dir: string): Promise<void> {
  if ((await readOnly.read(join(resolve(dir), 'store.json'))) === null) throw noStore(dir)
}

function noStore(dir: string): HookwardError {
  const fact = `${dir} holds no store with a journal: name the folder that the engine has as its dir`
  return new HookwardError('STORE_REQUIRED', fact)
}

const refuse = () => Promise.reject(new Error('a reading tool writes nothing'))

/** Reads, and nothing else. */
const readOnly: Files = {
  read: (path) => nodeFiles.read(path),
  readAt: (path, offset, length) => nodeFiles.readAt(path, offset, length),
  list: (folder) => nodeFiles.list(folder),
  create: refuse,
  append: refuse,
  makeFolder: refuse,
  flushFolder: refuse,
  rename: refuse,
  link: refuse,
  remove: refuse,
}
