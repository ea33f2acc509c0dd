import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { shardName } from '../../src/adapters/lowdb/shards.ts'
import { checkStore } from '../../src/adapters/lowdb/store-tools.ts'
import { lowdbStore } from '../../src/adapters/lowdb/store.ts'
import type { Store } from '../../src/ports.ts'
import { storeContract } from '../../src/testing.ts'
import { accepted, aChange, anEntry, dayMs, t0 } from '../../src/testing/contracts/store-samples.ts'
import { keepsTo } from '../support/contract.ts'

keepsTo(
  'the journal store',
  storeContract((options) => {
    const root = mkdtempSync(join(tmpdir(), 'hookward-journal-'))
    const dir = join(root, 'data')
    return {
      store: () => lowdbStore({ dir, lockWaitMs: 0, ...options }),
      remove: () => rmSync(root, { recursive: true, force: true }),
    }
  }),
)

/** The same with a checkpoint after nearly every record, and segments of a few records. */
keepsTo(
  'the journal store, always at a checkpoint,',
  storeContract((options) => {
    const root = mkdtempSync(join(tmpdir(), 'hookward-journal-'))
    const dir = join(root, 'data')
    return {
      store: () => lowdbStore({ dir, lockWaitMs: 0, segmentBytesMax: 1_000, checkpointMs: 0, ...options }),
      remove: () => rmSync(root, { recursive: true, force: true }),
    }
  }),
)

describe('the journal store at work', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hookward-journal-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const segments = () => readdirSync(join(dir, 'journal'))
  const closedAndOpened = async (store: Store) => {
    await store.close()
    return store.open()
  }
  const settle = (store: Store, id: string) => store.commit(aChange({ settled: [{ id, next: 'delivered' }] }))

  it('puts into the documents at a start what it read from the journal, without waiting for a change', async () => {
    const killed = join(dir, 'killed')
    const store = lowdbStore({ dir: join(dir, 'data') })
    await store.open()
    await store.append(accepted(['d1']))
    cpSync(join(dir, 'data'), killed, { recursive: true })
    await store.close()
    rmSync(join(killed, 'lock.json'))
    const again = lowdbStore({ dir: killed })
    await again.open()
    await vi.waitFor(() => expect(readdirSync(join(killed, 'integrations'))).toEqual([`${shardName('billing')}.json`]))
    await again.close()
  })

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

  it('lets segments go behind one that stays for what waits in it', async () => {
    const store = lowdbStore({ dir, segmentBytesMax: 5_000, checkpointMs: 5 })
    await store.open()
    await store.append(accepted(Array.from({ length: 40 }, (_, n) => `held${n}`)))
    for (let n = 0; n < 400; n += 1) {
      await store.append(accepted([`d${n}`], { eventId: `e${n}` }))
      if (n % 20 > 0) await settle(store, `d${n}`)
    }
    await vi.waitFor(() => expect(segments().length).toBeLessThan(6), 5_000)
    const { pending } = await closedAndOpened(store)
    expect(pending).toHaveLength(60)
    for (const { delivery } of pending)
      expect(new TextDecoder().decode(await store.body(delivery.id))).toBe(`{"for":"${delivery.id}"}`)
    await store.close()
  })

  it('takes no more after changes of which one cannot be made, and has none of them after a start', async () => {
    const store = lowdbStore({ dir })
    await store.open()
    await store.append(accepted(['d1']))
    const settled = [{ id: 'd1', next: 'delivered' }] as const
    const twice = [aChange({ settled }), aChange({ settled })]
    await expect(store.commitAll?.(twice)).rejects.toMatchObject({ code: 'BROKEN_INVARIANT' })
    await expect(store.commit(aChange())).rejects.toMatchObject({ code: 'BROKEN_INVARIANT' })
    expect((await closedAndOpened(store)).pending).toHaveLength(1)
    await store.close()
  })

  it('writes the documents of what changed during a checkpoint, though nothing follows', async () => {
    const store = lowdbStore({ dir, segmentBytesMax: 2_000, checkpointMs: 20 })
    await store.open()
    await Promise.all(Array.from({ length: 60 }, (_, n) => store.append(accepted([`d${n}`], { eventId: `e${n}` }))))
    await Promise.all(Array.from({ length: 60 }, (_, n) => settle(store, `d${n}`)))
    const documents = () =>
      readdirSync(join(dir, 'integrations'))
        .filter((name) => name.endsWith('.json'))
        .map((name) => JSON.parse(readFileSync(join(dir, 'integrations', name), 'utf8')) as { seq: number })
    await vi.waitFor(() => expect(documents()).toMatchObject([{ seq: 120 }]), 3_000)
    await store.close()
  })

  it('gives a key that was used again after its window its place among the newest', async () => {
    const store = lowdbStore({ dir, keysMax: 3 })
    const give = (key: string, at: number) =>
      store.append({ eventId: `${key}-${at}`, key, digest: 'd', at, deliveries: [] })
    await store.open()
    await give('again', t0)
    await give('other', t0 + dayMs)
    await give('again', t0 + dayMs + 1)
    await closedAndOpened(store)
    await give('third', t0 + dayMs + 2)
    await give('fourth', t0 + dayMs + 3)
    expect(await give('again', t0 + dayMs + 4)).toMatchObject({ duplicate: true })
    await store.close()
  })

  it('writes nothing more once another has taken the folder', async () => {
    const store = lowdbStore({ dir })
    await store.open()
    await store.append(accepted(['a']))
    await store.commit(aChange({ settled: [{ id: 'a', next: 'delivered' }], log: [anEntry()] }))
    const lock = join(dir, 'lock.json')
    const taken = readFileSync(lock, 'utf8').replace(/"token":"[^"]+"/, '"token":"another"')
    writeFileSync(lock, taken)
    await store.close()
    expect([readdirSync(join(dir, 'requests')), readFileSync(lock, 'utf8')]).toEqual([[], taken])
  })
})
