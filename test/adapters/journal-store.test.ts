import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lowdbStore } from '../../src/adapters/lowdb/store.ts'
import { storeContract } from '../contracts/store.ts'

storeContract('the journal store', (options) => {
  const root = mkdtempSync(join(tmpdir(), 'hookward-journal-'))
  const dir = join(root, 'data')
  return {
    store: () => lowdbStore({ dir, lockWaitMs: 0, ...options }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
})

/** The same with a checkpoint after nearly every record, and segments of a few records. */
storeContract('the journal store, always at a checkpoint,', (options) => {
  const root = mkdtempSync(join(tmpdir(), 'hookward-journal-'))
  const dir = join(root, 'data')
  return {
    store: () => lowdbStore({ dir, lockWaitMs: 0, segmentBytesMax: 1_000, checkpointMs: 0, ...options }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
})
