import { expect, it } from 'vitest'
import { KeyFiles } from '../../src/adapters/lowdb/key-files.ts'
import { linesIn } from '../../src/adapters/lowdb/lines.ts'
import { loggedText } from '../../src/adapters/lowdb/records.ts'
import { RequestFiles } from '../../src/adapters/lowdb/request-files.ts'
import { shardName } from '../../src/adapters/lowdb/shards.ts'
import { anEntry, dayMs, t0 } from '../../src/testing/contracts/store-samples.ts'
import { VirtualDisk } from '../../src/testing/world/disk.ts'

it('rewrites a request log without what has aged, and goes on where it was', async () => {
  const disk = new VirtualDisk()
  const path = `/requests/${shardName('billing')}.jsonl`
  const files = new RequestFiles('/requests', disk.files, new Map())
  const longest = { responseBody: 'x'.repeat(1_000), responseCode: 500 }
  let largest = 0
  for (let seq = 1; seq <= 4_000; seq += 1) {
    files.add(seq, [loggedText(anEntry({ ...longest, at: t0 + seq, requestId: `r${seq}` }))], t0 + seq)
    if (seq % 100 === 0) await files.sync()
    if (seq % 100 === 0) largest = Math.max(largest, disk.get(path).length)
  }
  expect(largest).toBeLessThan(2 ** 21)
  const ids = (await files.query({ integrationId: 'billing' })).map(({ requestId }) => requestId)
  expect([ids[0], ids.at(-1), ids.length]).toEqual(['r4000', 'r3901', 100])
  expect([...linesIn(disk.get(path))].every(({ seq }) => seq !== null)).toBe(true)
  const again = new RequestFiles(
    '/requests',
    disk.files,
    new Map([[shardName('billing'), { lastSeq: 4_000, bytes: 1 }]]),
  )
  again.add(4_000, [loggedText(anEntry({ requestId: 'known' }))], t0 + 4_000)
  again.add(4_001, [loggedText(anEntry({ requestId: 'new', at: t0 + 4_001 }))], t0 + 4_001)
  expect((await again.query({ integrationId: 'billing', limit: 2 })).map(({ requestId }) => requestId)).toEqual(['new', 'r4000']) // prettier-ignore
})

it('keeps idempotency keys in documents of 10,000 and lets a document go 24 hours after its last key', async () => {
  const disk = new VirtualDisk()
  const files = new KeyFiles('/keys', disk.files, [])
  const journal = { lastSeq: 7, settled: () => Promise.resolve() }
  const add = (count: number, at: number) => {
    for (let n = 0; n < count; n += 1) files.add({ key: `${at}-${n}`, digest: null, at, eventId: 'e', deliveries: 1 })
  }
  add(25_000, t0)
  expect(await files.write(journal)).toEqual({ first: 1, last: 3, seq: 7 })
  add(1, t0 + dayMs - 1)
  expect(await files.write(journal)).toEqual({ first: 1, last: 3, seq: 7 })
  add(1, t0 + dayMs)
  const facts = await files.write(journal)
  expect(facts).toEqual({ first: 3, last: 4, seq: 7 })
  await files.clean(facts.first)
  expect(disk.paths()).toEqual(['/keys/0000000003.json', '/keys/0000000004.json'])
})

it('goes on with a request log after a write of half a line', async () => {
  const disk = new VirtualDisk()
  const files = new RequestFiles('/requests', disk.files, new Map())
  const idOf = async () => (await files.query({ integrationId: 'billing' })).map(({ requestId }) => requestId)
  files.add(1, [loggedText(anEntry({ requestId: 'first' }))], t0)
  expect(await idOf()).toEqual(['first'])
  files.add(2, [loggedText(anEntry({ requestId: 'second' }))], t0)
  disk.at(2, 'fail', 'ENOSPC')
  expect(await idOf()).toEqual(['second', 'first'])
  expect([...linesIn(disk.get(`/requests/${shardName('billing')}.jsonl`))].map(({ seq }) => seq)).toEqual([1, null])
  expect(await idOf()).toEqual(['second', 'first'])
  const lines = [...linesIn(disk.get(`/requests/${shardName('billing')}.jsonl`))]
  expect(lines.map(({ seq }) => seq)).toEqual([1, 2])
})

it('rewrites a request log under the number of what is in it, not of what still waits', async () => {
  const disk = new VirtualDisk()
  const path = `/requests/${shardName('billing')}.jsonl`
  const files = new RequestFiles('/requests', disk.files, new Map())
  const entry = anEntry({ responseBody: 'x'.repeat(20_000) })
  for (let seq = 1; seq <= 200; seq += 1) files.add(seq, [loggedText(entry)], t0)
  const written = files.sync()
  while (disk.paths().length === 0) await new Promise((resolve) => setImmediate(resolve))
  files.add(201, [loggedText(anEntry())], t0)
  await written
  const seqs = [...linesIn(disk.get(path))].map(({ seq }) => seq)
  expect(seqs).toEqual([...Array.from({ length: 100 }, () => 200), 201])
})

it('says of a request log that cannot be read which file it is, and goes on writing it', async () => {
  const disk = new VirtualDisk()
  let isBroken = true
  const failed = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))
  const read = (path: string) => (isBroken ? failed() : disk.files.read(path))
  const files = new RequestFiles('/requests', { ...disk.files, read }, new Map())
  files.add(1, [loggedText(anEntry())], t0)
  const asked = files.query({ integrationId: 'billing' })
  await expect(asked).rejects.toMatchObject({ code: 'STORE_FAILED' })
  await expect(asked).rejects.toThrow(`/requests/${shardName('billing')}.jsonl failed (EIO)`)
  files.add(2, [loggedText(anEntry())], t0)
  isBroken = false
  expect(await files.query({ integrationId: 'billing' })).toHaveLength(2)
})

it('loses no line of a request log that comes during a write, however many come', async () => {
  const disk = new VirtualDisk()
  const files = new RequestFiles('/requests', disk.files, new Map())
  const add = (from: number, to: number) => {
    for (let seq = from; seq <= to; seq += 1)
      files.add(seq, [loggedText(anEntry({ requestId: `r${seq}`, responseBody: 'x'.repeat(100_000) }))], t0)
  }
  add(1, 10)
  const written = files.sync()
  while (disk.paths().length === 0) await new Promise((resolve) => setImmediate(resolve))
  add(11, 45)
  await written
  expect(await files.query({ integrationId: 'billing' })).toHaveLength(45)
})

it('loses no line of a request log that comes in a burst, as long as the disk keeps up', async () => {
  const disk = new VirtualDisk()
  const files = new RequestFiles('/requests', { ...disk.files, pace: never }, new Map())
  for (let seq = 1; seq <= 100; seq += 1) {
    files.add(seq, [loggedText(anEntry({ requestId: `r${seq}`, responseBody: 'x'.repeat(100_000) }))], t0)
    if (seq % 30 === 0) for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await files.query({ integrationId: 'billing' })).toHaveLength(100)
})

/** A clock that stands still: nothing is written because time has passed. */
const never = { elapsedMs: () => 0, after: () => () => undefined }
