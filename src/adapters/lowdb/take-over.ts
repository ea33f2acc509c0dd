import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { LogEntry } from '../../domain/delivery.ts'
import { HookwardError } from '../../domain/errors.ts'
import { emptyDocument, type StoreDocument } from '../store-document.ts'
import { StoreModel } from '../store-model.ts'
import { rebase } from './checkpoint.ts'
import { DurableJson, replaceFile } from './durable-json.ts'
import { takeUp } from './document-store.ts'
import { inspect, storeFolders } from './inspect.ts'
import { newManifest } from './manifest.ts'
import { loggedText } from './records.ts'
import { partsOf, type RecoveryOptions } from './recovery.ts'
import { idsIn } from './shards.ts'

const backup = 'backup-document'
const olds = ['hookward.json', 'requests.json']

/**
 * Turns the one document of an earlier store (or of `journal: false`) into a store with a journal. The old files are
 * copied to `backup-document/` first, and go when `store.json` says that the new ones are whole. Tells what it did.
 */
export async function takeOver(options: RecoveryOptions): Promise<readonly string[]> {
  const { dir, files } = options
  const path = join(dir, 'hookward.json')
  const old = await files.read(path)
  if (old === null) return []
  if ((await files.read(join(dir, 'store.json'))) === null) await convert(path, options)
  else await checkCopied(old, options)
  for (const name of olds) await files.remove(join(dir, name))
  await files.flushFolder(dir)
  return [`hookward.json was taken over; a copy of it is in ${backup}`]
}

/** Both are there: the last take-over was cut off before its end, or a person put a document in. */
async function checkCopied(old: Buffer, { dir, files }: RecoveryOptions): Promise<void> {
  const copy = await files.read(join(dir, backup, 'hookward.json'))
  if (copy?.equals(old) === true) return
  const fact = `${dir} holds both hookward.json and a store with a journal`
  throw new HookwardError('STORE_OTHER_KIND', fact)
}

async function convert(path: string, options: RecoveryOptions): Promise<void> {
  const { dir, files, limits } = options
  const document = (await new DurableJson<StoreDocument>(path, files).read()) ?? emptyDocument
  takeUp(document, path)
  const logPath = join(dir, 'requests.json')
  const log = await new DurableJson<LogEntry[]>(logPath, files).read().catch(() => null)
  await files.makeFolder(join(dir, backup))
  for (const name of olds) {
    const bytes = await files.read(join(dir, name))
    if (bytes !== null) await replaceFile(files, join(dir, backup, name), bytes)
  }
  // What a take-over that was cut off left behind.
  for (const folder of ['integrations', 'keys', 'requests'])
    for (const name of await files.list(join(dir, folder))) await files.remove(join(dir, folder, name))
  for (const folder of storeFolders) await files.makeFolder(join(dir, folder))
  const manifest = newManifest(randomUUID(), new Date().toISOString())
  const found = { ...(await inspect(dir, files)), manifest, lastSeq: document.integrations.length + 1 }
  const parts = partsOf(found, options)
  const model = new StoreModel(document, undefined, limits)
  document.integrations.forEach(({ id }, n) => parts.shards.came(id, n + 1))
  parts.shards.touch(idsIn(document), 1)
  for (const key of document.keys) parts.keys.add(key)
  parts.requests.add(1, (log ?? []).map(loggedText), log?.at(-1)?.at ?? 0)
  // Its `store.json` comes last.
  await rebase({ ...parts, model })
  await parts.journal.close()
}
