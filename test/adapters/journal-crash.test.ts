import { describe, expect, it } from 'vitest'
import { lowdbStore } from '../../src/adapters/lowdb/store.ts'
import type { Recovered, Store } from '../../src/ports.ts'
import { aChange, aDelivery, anEntry, anIntegration, bytes, t0 } from '../../src/testing/contracts/store-samples.ts'
import { VirtualDisk } from '../../src/testing/world/disk.ts'

/** Small enough that a short run has many segments, checkpoints and bodies to move. */
const small = { segmentBytesMax: 1_500, checkpointMs: 0, lockWaitMs: 0 }
const aStore = (disk: VirtualDisk): Store => lowdbStore({ dir: '/data', files: disk.files, ...small })

/** What was asked, and what was answered. */
class Books {
  readonly accepted = new Set<string>()
  readonly refused = new Set<string>()
  readonly settled = new Set<string>()
  readonly unsettled = new Set<string>()
  readonly keys = new Set<string>()

  copy(): Books {
    const copy = new Books()
    for (const name of ['accepted', 'refused', 'settled', 'unsettled', 'keys'] as const)
      for (const id of this[name]) copy[name].add(id)
    return copy
  }

  check(recovered: Recovered): void {
    const pending = new Set(recovered.pending.map(({ delivery }) => delivery.id))
    const lost = [...this.accepted].filter((id) => !pending.has(id) && !this.settled.has(id) && !this.unsettled.has(id))
    const back = [...this.settled].filter((id) => pending.has(id))
    expect({ lost, back }).toEqual({ lost: [], back: [] })
  }
}

/** `npm run torture` looks at every call. */
const everyNth = process.env['HOOKWARD_EVERY'] === undefined ? 7 : 1

const slugs = ['billing', 'chat', 'search', 'bots', 'mail']

/** Events of two deliveries each; most settle at once, a few stay, so that bodies must be moved. */
async function run(store: Store, books: Books, round: number): Promise<void> {
  const calls: Promise<unknown>[] = []
  for (let n = 0; n < 12; n += 1) {
    const ids = [`r${round}-${n}-a`, `r${round}-${n}-b`]
    calls.push(one(store, books, ids, n))
    if (n % 3 === 2) await Promise.all(calls)
  }
  await Promise.all(calls)
}

async function one(store: Store, books: Books, ids: readonly string[], n: number): Promise<void> {
  const [first = '', second = ''] = ids
  const deliveries = ids.map((id, k) => ({
    delivery: aDelivery({ id, integrationId: slugs[(n + k) % 5] ?? '' }),
    body: bytes(`{"for":"${id}"}`),
  }))
  try {
    if (n === 0) await store.configure({ kind: 'integration', integration: anIntegration({ id: slugs[n % 5] ?? '' }) })
    await store.append({ eventId: `evt_${first}`, key: first, digest: 'd', at: t0 + n, deliveries })
    for (const id of ids) books.accepted.add(id)
    books.keys.add(first)
  } catch {
    return void books.refused.add(first)
  }
  const gone = n % 4 === 0 ? [first] : ids
  if (n === 5) return
  for (const id of gone) await settle(store, books, id, id === second ? (n + 1) % 5 : n % 5)
}

async function settle(store: Store, books: Books, id: string, slug: number): Promise<void> {
  const integrationId = slugs[slug] ?? ''
  books.unsettled.add(id)
  try {
    await store.commit(
      aChange({
        integrationId,
        settled: [{ id, next: 'delivered' }],
        log: [anEntry({ integrationId, deliveryId: id })],
      }),
    )
    books.unsettled.delete(id)
    books.settled.add(id)
  } catch {
    return
  }
}

/** Opens what is left, looks that everything is there, and goes on with it. */
async function judge(disk: VirtualDisk, books: Books): Promise<void> {
  const store = aStore(disk)
  books.check(await store.open())
  const { pending } = await reopened(store)
  for (const { delivery } of pending)
    expect(new TextDecoder().decode(await store.body(delivery.id))).toBe(`{"for":"${delivery.id}"}`)
  for (const key of books.keys)
    expect(await store.append({ eventId: 'again', key, digest: 'd', at: t0 + 20, deliveries: [] })).toMatchObject({
      eventId: `evt_${key}`,
      duplicate: true,
    })
  await run(store, books, 9)
  await store.close()
  books.check(await store.open())
  await store.close()
}

async function reopened(store: Store): Promise<Recovered> {
  await store.close()
  return store.open()
}

async function prepared(): Promise<{ disk: VirtualDisk; books: Books }> {
  const disk = new VirtualDisk()
  const books = new Books()
  const store = aStore(disk)
  await store.open()
  await run(store, books, 0)
  await store.close()
  return { disk, books }
}

/** Asks again for all that was refused: what is answered now is accepted. */
async function repeat(disk: VirtualDisk, books: Books): Promise<void> {
  const store = aStore(disk)
  await store.open()
  for (const key of books.refused) {
    const eventId = `evt_${key}`
    const { duplicate } = await store.append({ eventId, key, digest: 'd', at: t0 + 20, deliveries: [] })
    if (duplicate) books.accepted.add(key)
    books.keys.add(key)
  }
}

/** A whole life: opened, used, closed. Gives its end, or that it was cut off. */
async function live(disk: VirtualDisk, books: Books): Promise<'ended' | 'stopped'> {
  const store = aStore(disk)
  const life = store
    .open()
    .then(() => run(store, books, 1))
    .catch(() => undefined)
    .then(() => store.close())
    .then(() => 'ended' as const)
  return Promise.race([life, disk.stopped.then(() => 'stopped' as const)])
}

/** Deterministic, from 0 to 1. */
function chanceFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

/** What the process that is gone had asked for and not heard of. */
function orphaned(books: Books): Books {
  const left = books.copy()
  for (let n = 0; n < 12; n += 1) if (!left.keys.has(`r1-${n}-a`)) left.refused.add(`r1-${n}-a`)
  return left
}

describe('a store whose machine stops', { timeout: 300_000 }, () => {
  it.each(['process', 'power'] as const)(
    'at any change of a file loses nothing that was answered (%s)',
    async (how) => {
      const start = await prepared()
      let n = 1
      for (; ; n += everyNth) {
        const disk = start.disk.copy()
        const books = start.books.copy()
        disk.at(n, 'stop')
        const end = await live(disk, books)
        if (end === 'ended') break
        for (let seed = 0; seed < (how === 'power' ? 3 : 1); seed += 1)
        await judge(disk.restarted(how, chanceFrom(n * 10 + seed)), books.copy()) // prettier-ignore
      }
      expect(n).toBeGreaterThan(50)
    },
  )
})

describe('a caller that asks again after the end of the process', { timeout: 300_000 }, () => {
  it.each(['stop', 'fail'] as const)(
    'hears only of what a power cut leaves, whatever had happened (%s at any change of a file)',
    async (what) => {
      const start = await prepared()
      for (let n = 1; ; n += everyNth) {
        const disk = start.disk.copy()
        const books = start.books.copy()
        disk.at(n, what)
        await live(disk, books)
        if (disk.calls() < n) break
        const again = disk.restarted('process')
        const repeated = orphaned(books)
        await repeat(again, repeated)
        await judge(again.restarted('power', chanceFrom(n)), repeated)
      }
    },
  )
})

describe('a disk that fails', { timeout: 300_000 }, () => {
  it.each(['EIO', 'ENOSPC'])(
    'once, at any change of a file, leaves no caller waiting and loses nothing (%s)',
    async (code) => {
      const start = await prepared()
      const ends = new Set<string>()
      let n = 1
      for (; ; n += everyNth) {
        const disk = start.disk.copy()
        const books = start.books.copy()
        disk.at(n, 'fail', code)
        ends.add(await live(disk, books))
        if (disk.calls() < n) break
        await judge(disk.restarted('process'), books)
      }
      expect([...ends]).toEqual(['ended'])
      expect(n).toBeGreaterThan(50)
    },
  )
})
