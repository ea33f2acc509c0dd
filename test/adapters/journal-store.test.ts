import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkStore } from '../../src/adapters/lowdb/store-tools.ts'
import { lowdbStore } from '../../src/adapters/lowdb/store.ts'
import type { Store } from '../../src/ports.ts'
import { accepted, aChange, storeContract } from '../contracts/store.ts'

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

describe('the journal store at work', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hookward-journal-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const segments = () => readdirSync(join(dir, 'journal'))
  const settle = (store: Store, id: string) => store.commit(aChange({ settled: [{ id, next: 'delivered' }] }))

  it('is read as sound at any moment', { timeout: 30_000 }, async () => {
    const store = lowdbStore({ dir, segmentBytesMax: 10_000, checkpointMs: 5 })
    await store.open()
    let isOver = false
    const work = async () => {
      for (let n = 0; !isOver; n += 1) {
        await store.append(accepted([`d${n}`], { eventId: `e${n}`, key: `k${n}` }))
        // Every fiftieth stays, so that its body is moved.
        if (n % 50 > 0) await settle(store, `d${n}`)
      }
    }
    const working = work()
    for (let n = 0; n < 60; n += 1)
      expect((await checkStore(dir)).findings.filter(({ isDamage }) => isDamage)).toEqual([])
    isOver = true
    await working
    await store.close()
  })
})
