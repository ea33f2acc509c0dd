import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DurableJson, signed } from '../../src/adapters/lowdb/durable-json.ts'
import { lowdbStore, type LowdbStoreOptions } from '../../src/adapters/lowdb/store.ts'
import type { Recovered } from '../../src/ports.ts'
import {
  aChange,
  accepted,
  aDelivery,
  anEntry,
  anInstallation,
  anIntegration,
  bytes,
  t0,
} from '../../src/testing/contracts/store-samples.ts'
import { VirtualDisk } from '../../src/testing/world/disk.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hookward-damage-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const aStore = (disk: VirtualDisk, parts: Partial<LowdbStoreOptions> = {}) =>
  lowdbStore({ dir, files: disk.files, lockWaitMs: 0, ...parts })
const nameOf = (path: string) => path.slice(dir.length + 1)
const filesIn = (disk: VirtualDisk) => disk.paths().map(nameOf)

/** Everything that was promised, read back. */
interface Content extends Omit<Recovered, 'report'> {
  readonly bodies: readonly string[]
  readonly isKeyKnown: boolean
  readonly log: number
}

type Outcome = { readonly code: string } | { readonly content: Content; readonly damage: readonly string[] }

async function outcomeOf(disk: VirtualDisk, parts: Partial<LowdbStoreOptions> = {}): Promise<Outcome> {
  const store = aStore(disk, parts)
  try {
    const { report, ...recovered } = await store.open()
    const ids = recovered.pending.map(({ delivery }) => delivery.id)
    const bodies = await Promise.all(ids.map(async (id) => new TextDecoder().decode(await store.body(id))))
    const log = (await store.log({ integrationId: 'billing' })).length
    const again = await store.append({ eventId: 'e', key: 'k', digest: 'd', at: t0, deliveries: [] })
    return { content: { ...recovered, bodies, isKeyKnown: again.duplicate, log }, damage: report.damage }
  } catch (error) {
    return { code: (error as { code: string }).code }
  } finally {
    await store.close()
  }
}

/** A store with a little of everything. `end`: closed, or cut off as by a SIGKILL after its last answer. */
async function aSmallStore(end: 'closed' | 'killed'): Promise<VirtualDisk> {
  const disk = new VirtualDisk()
  const first = aStore(disk)
  await first.open()
  await first.configure({ kind: 'integration', integration: anIntegration() })
  await first.configure({ kind: 'installation', installation: anInstallation() })
  await first.append(accepted(['a'], { key: 'k', digest: 'd' }))
  await first.close()
  const second = aStore(disk)
  await second.open()
  const other = aDelivery({ id: 'b', integrationId: 'chat' })
  await second.append({ eventId: 'evt_2', at: t0, deliveries: [{ delivery: other, body: bytes('{"for":"b"}') }] })
  await second.append(accepted(['gone'], { eventId: 'evt_3' }))
  await second.commit(aChange({ settled: [{ id: 'gone', next: 'delivered' }], log: [anEntry()] }))
  const killed = disk.restarted('process')
  await second.close()
  return end === 'killed' ? killed : disk
}

/** The same content, with records that no document holds yet. */
async function killedAgain(disk: VirtualDisk): Promise<VirtualDisk> {
  const store = aStore(disk)
  await store.open()
  for (const integrationId of ['billing', 'chat']) {
    const delivery = aDelivery({ id: 'brief', integrationId })
    await store.append({ eventId: 'evt_4', at: t0, deliveries: [{ delivery, body: bytes('{}') }] })
    await store.commit(aChange({ integrationId, settled: [{ id: 'brief', next: 'delivered' }] }))
  }
  const killed = disk.restarted('process')
  await store.close()
  return killed
}

/** `npm run torture` looks at every byte. */
const everyNth = process.env['HOOKWARD_EVERY'] === undefined ? 11 : 1

const codes = /^STORE_(DAMAGED|DOC_EDITED|TOO_NEW)$/

/** Refused, or everything is there, or what is missing was said. */
function expectNoticed(outcome: Outcome, sound: Content, what: string): void {
  if ('code' in outcome) expect(outcome.code, what).toMatch(codes)
  else if (outcome.damage.length === 0) expect(outcome.content, what).toEqual(sound)
}

async function soundOf(disk: VirtualDisk): Promise<Content> {
  const outcome = await outcomeOf(disk.copy())
  if ('code' in outcome) throw new Error(outcome.code)
  expect(outcome).toMatchObject({ damage: [], content: { isKeyKnown: true, log: 1, bodies: ['{"for":"a"}', '{"for":"b"}'] } }) // prettier-ignore
  return outcome.content
}

describe.each(['closed', 'killed'] as const)('damage to a store that was %s', { timeout: 300_000 }, (end) => {
  it('by any single changed byte is noticed or changes nothing', async () => {
    const start = await aSmallStore(end)
    const sound = await soundOf(start)
    for (const path of start.paths())
      for (let at = 0; at < start.get(path).length; at += everyNth) {
        const disk = start.copy()
        const changed = Buffer.from(start.get(path))
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
        disk.set(path, changed)
        expectNoticed(await outcomeOf(disk), sound, `${nameOf(path)} at ${at}`)
      }
  })

  it('by any cut of the last 2 KiB of any file is noticed or changes nothing', async () => {
    const start = await aSmallStore(end)
    const sound = await soundOf(start)
    for (const path of start.paths())
      for (let cut = 1; cut <= Math.min(2_048, start.get(path).length); cut += everyNth) {
        if (end === 'killed' && isUnseen(start, path, cut)) continue
        const disk = start.copy()
        disk.set(path, start.get(path).subarray(0, -cut))
        expectNoticed(await outcomeOf(disk), sound, `${nameOf(path)} less ${cut}`)
      }
  })

  it('by the loss of any file is noticed or changes nothing', async () => {
    const start = await aSmallStore(end)
    const sound = await soundOf(start)
    for (const path of start.paths()) {
      const disk = start.copy()
      disk.remove(path)
      // The request log is for people: its loss is no damage.
      const expected = nameOf(path).startsWith('requests') ? { ...sound, log: expect.any(Number) as number } : sound
      expectNoticed(await outcomeOf(disk), expected, nameOf(path))
    }
  })

  it('of a document is mended from the document before it and the journal, when told to go on', async () => {
    const start = await aSmallStore(end)
    const sound = await soundOf(start)
    const documents = filesIn(start).filter((name) => /^integrations\/..\.json$/.test(name))
    expect(documents.length).toBeGreaterThan(0)
    for (const name of documents) {
      const disk = start.copy()
      disk.set(join(dir, name), Buffer.from('zeros'))
      expect(await outcomeOf(disk.copy())).toEqual({ code: 'STORE_DAMAGED' })
      const mended = await outcomeOf(disk, { onDamage: 'quarantine' })
      expect(mended).toMatchObject({ content: sound, damage: [`${name} is not a whole document`] })
      expect(filesIn(disk)).toContain(`quarantine/${name.slice(-7)}.1`)
      expect(await outcomeOf(disk)).toEqual({ content: sound, damage: [] })
    }
  })

  it('of a document is mended though the mending is cut off, wherever that is', async () => {
    const start = await killedAgain(await aSmallStore(end))
    const sound = await soundOf(start)
    for (const name of filesIn(start).filter((one) => /^integrations\/..\.json$/.test(one))) {
      const damaged = start.copy()
      damaged.set(join(dir, name), Buffer.from('zeros'))
      for (let n = 1, isWhole = false; !isWhole; n += 1) {
        const disk = damaged.copy()
        disk.at(n, 'stop')
        isWhole = (await Promise.race([outcomeOf(disk, { onDamage: 'quarantine' }), disk.stopped])) !== undefined
        const again = disk.restarted('process')
        expect(await outcomeOf(again, { onDamage: 'quarantine' }), `${name} ${n}`).toMatchObject({ content: sound })
      }
    }
  })

  it('by the loss of a document and of the one before it can be gone on from, and what is unknown is named', async () => {
    const disk = await aSmallStore(end)
    const names = filesIn(disk).filter((name) => /^integrations\/..\.json(\.prev)?$/.test(name))
    for (const name of names) disk.remove(join(dir, name))
    const went = await outcomeOf(disk, { onDamage: 'quarantine' })
    expect(went).toMatchObject({ damage: expect.arrayContaining(names.map((name) => expect.stringContaining(name) as string)) as unknown }) // prettier-ignore
    expect(await outcomeOf(disk)).toMatchObject({ damage: [] })
    expect(filesIn(disk).filter((name) => name.startsWith('quarantine'))).toEqual([])
  })

  it('anywhere can be set aside, and the next start is clean', async () => {
    const start = await aSmallStore(end)
    for (const path of start.paths().filter((one) => !one.endsWith('.prev'))) {
      const disk = start.copy()
      const changed = Buffer.from(start.get(path))
      changed[Math.floor(changed.length / 2)] = 0
      disk.set(path, changed)
      const first = await outcomeOf(disk, { onDamage: 'quarantine' })
      expect(first, nameOf(path)).toMatchObject({ damage: [expect.stringContaining(nameOf(path)), ...rest(first)] })
      expect(
        filesIn(disk).some((name) => name.startsWith('quarantine/')),
        nameOf(path),
      ).toBe(true)
      expect(await outcomeOf(disk), nameOf(path)).toMatchObject({ damage: [] })
    }
  })
})

/** The one cut that leaves no trace: of the segment that was open, exactly at the end of a line; nothing else knew of the rest. */
function isUnseen(disk: VirtualDisk, path: string, cut: number): boolean {
  const bytes = disk.get(path)
  return (
    path.endsWith('journal/0000000002.jsonl') &&
    (cut === bytes.length || [bytes.at(-cut), bytes.at(-cut - 1)].includes(10))
  )
}

const rest = (outcome: Outcome) => ('damage' in outcome ? outcome.damage.slice(1) : [])

describe('what is found at start', () => {
  it('is reported when all is well, too', async () => {
    const disk = await aSmallStore('killed')
    const store = aStore(disk)
    const { report } = await store.open()
    expect(report).toMatchObject({ integrations: 1, pending: 2, removedFiles: [], damage: [] })
    expect(report.lines).toBeGreaterThan(3)
    expect(report.bytes).toBeGreaterThan(300)
    await store.close()
  })

  it('as a tail that was never finished is cut off, kept aside and reported', async () => {
    const disk = await aSmallStore('killed')
    const sound = await soundOf(disk)
    const last =
      disk
        .paths()
        .filter((path) => path.includes('journal'))
        .at(-1) ?? ''
    disk.set(last, Buffer.concat([disk.get(last), Buffer.from('["00000000",99,{"t":"acc'), Buffer.alloc(40)]))
    expect(await outcomeOf(disk)).toEqual({
      content: sound,
      damage: [expect.stringContaining('64 bytes are no record')],
    })
    const kept = filesIn(disk).filter((name) => name.startsWith('quarantine/'))
    expect(kept).toEqual([`quarantine/${last.slice(-16)}.1`, `quarantine/${last.slice(-16)}.1.json`])
    expect(disk.get(join(dir, kept[0] ?? '')).length).toBe(64)
    expect(await outcomeOf(disk)).toEqual({ content: sound, damage: [] })
  })

  it('in a newer format is not touched', async () => {
    const disk = await aSmallStore('closed')
    const before = disk.paths()
    const path = join(dir, 'store.json')
    disk.set(path, Buffer.from(disk.get(path).toString().replace('"format":1', '"format":2')))
    expect(await outcomeOf(disk)).toEqual({ code: 'STORE_TOO_NEW' })
    expect(await outcomeOf(disk, { onDamage: 'quarantine' })).toEqual({ code: 'STORE_TOO_NEW' })
    expect(disk.paths()).toEqual(before)
  })

  it('as left-over files is removed and reported', async () => {
    const disk = await aSmallStore('closed')
    const left = ['.store.json.1.tmp', 'integrations/.00.json.2.tmp', 'keys/.0000000001.json.3.tmp']
    for (const name of left) disk.set(join(dir, name), Buffer.from('half'))
    disk.set(join(dir, 'notes.txt'), Buffer.from('mine'))
    const store = aStore(disk)
    expect((await store.open()).report.removedFiles.toSorted()).toEqual(left.toSorted())
    await store.close()
    expect(filesIn(disk).filter((name) => name.endsWith('.tmp'))).toEqual([])
    expect(filesIn(disk)).toContain('notes.txt')
  })

  it('as an edit by hand is refused until its checksum is taken out or made anew', async () => {
    const disk = await aSmallStore('closed')
    const path = disk.paths().find((one) => disk.get(one).includes('billing.example')) ?? ''
    const edited = disk.get(path).toString().replace('billing.example', 'changed.example')
    disk.set(path, Buffer.from(edited))
    expect(await outcomeOf(disk)).toEqual({ code: 'STORE_DOC_EDITED' })
    disk.set(path, Buffer.from(edited.replace(/"crc":"[0-9a-f]+",/, '')))
    const outcome = await outcomeOf(disk)
    expect(outcome).toMatchObject({ damage: [], content: { integrations: [{ url: 'https://changed.example/hook' }] } })
  })
})

it('names a document that an edit has broken and that was signed all the same, and mends it when told to', async () => {
  const disk = await aSmallStore('closed')
  const sound = await soundOf(disk)
  const path = disk.paths().find((one) => one.endsWith('.json') && disk.get(one).includes('billing.example')) ?? ''
  const { seq, data } = JSON.parse(disk.get(path).toString()) as { seq: number; data: { pending?: unknown } }
  delete data.pending
  disk.set(path, Buffer.from(signed(seq, data)))
  const store = aStore(disk.copy())
  await expect(store.open()).rejects.toThrow(`${nameOf(path)} does not hold what a store writes`)
  expect(await outcomeOf(disk, { onDamage: 'quarantine' })).toMatchObject({ content: sound })
})

describe('a journal', () => {
  const lastSegment = (disk: VirtualDisk) => disk.paths().findLast((path) => path.endsWith('.jsonl') && path.includes('journal')) ?? '' // prettier-ignore

  it('that ends with a whole line before one that the request log has is cut short, and said to be', async () => {
    const disk = new VirtualDisk()
    const store = aStore(disk)
    await store.open()
    await store.append(accepted(['a', 'b']))
    for (const id of ['a', 'b'])
      await store.commit(aChange({ settled: [{ id, next: 'delivered' }], log: [anEntry({ deliveryId: id })] }))
    // Asking for the log writes what waits for it.
    await store.log({ integrationId: 'billing' })
    const killed = disk.restarted('process')
    await store.close()
    const path = lastSegment(killed)
    const lines = killed.get(path).toString().split('\n')
    killed.set(path, Buffer.from(`${lines.slice(0, -2).join('\n')}\n`))
    expect(await outcomeOf(killed.copy())).toEqual({ code: 'STORE_DAMAGED' })
    expect(await outcomeOf(killed, { onDamage: 'quarantine' })).toMatchObject({
      damage: ['journal ends with record 2, and ended with 3 before'],
    })
    expect(await outcomeOf(killed)).toMatchObject({ damage: [] })
  })

  it('in which two processes have written the same number is damaged', async () => {
    const killed = await aSmallStore('killed')
    const path = lastSegment(killed)
    killed.set(path.replace(/\d(?=\.jsonl)/, '9'), killed.get(path))
    expect(await outcomeOf(killed.copy())).toEqual({ code: 'STORE_DAMAGED' })
    expect(await outcomeOf(killed, { onDamage: 'quarantine' })).toMatchObject({
      damage: expect.arrayContaining([expect.stringContaining('stands for the second time')]) as string[],
    })
    expect(await outcomeOf(killed)).toMatchObject({ damage: [] })
  })
})

describe('the one document of an earlier version', () => {
  async function oldStore(): Promise<VirtualDisk> {
    const store = lowdbStore({ dir, journal: false, lockWaitMs: 0 })
    await store.open()
    for (const id of ['zebra', 'billing'])
      await store.configure({ kind: 'integration', integration: anIntegration({ id }) })
    await store.configure({ kind: 'installation', installation: anInstallation() })
    await store.append(accepted(['a', 'b'], { key: 'k', digest: 'd' }))
    await store.commit(aChange({ settled: [{ id: 'b', next: { hold: 'broken' } }], log: [anEntry()] }))
    await store.close()
    const disk = new VirtualDisk()
    const { readFileSync, readdirSync } = await import('node:fs')
    for (const name of readdirSync(dir)) {
      disk.set(join(dir, name), readFileSync(join(dir, name)))
      rmSync(join(dir, name))
    }
    return disk
  }

  it('is taken over whole, wherever that is cut off, and a copy is kept', { timeout: 60_000 }, async () => {
    const start = await oldStore()
    for (let n = 1, isWhole = false; !isWhole; n += 1) {
      const disk = start.copy()
      disk.at(n, 'stop')
      isWhole = (await Promise.race([outcomeOf(disk), disk.stopped])) !== undefined
      for (const how of ['process', 'power'] as const) {
        const left = disk.restarted(how)
        const outcome = await outcomeOf(left)
        expect(outcome, `${how} ${n}`).toMatchObject({
          content: {
            integrations: [{ id: 'zebra' }, { id: 'billing' }],
            pending: [{ delivery: { id: 'a' } }, { delivery: { id: 'b' }, held: { reason: 'broken' } }],
            bodies: ['{"for":"a"}', '{"for":"b"}'],
            isKeyKnown: true,
            log: 1,
          },
        })
        expect(left.get(join(dir, 'backup-document', 'hookward.json'))).toEqual(start.get(join(dir, 'hookward.json')))
        expect(filesIn(left)).not.toContain('hookward.json')
      }
    }
  })

  it('is refused when it is damaged, and beside a store with a journal', async () => {
    const start = await oldStore()
    const path = join(dir, 'hookward.json')
    const damaged = start.copy()
    damaged.set(path, start.get(path).subarray(1))
    expect(await outcomeOf(damaged)).toEqual({ code: 'STORE_DAMAGED' })
    const both = await aSmallStore('closed')
    both.set(path, start.get(path))
    expect(await outcomeOf(both)).toEqual({ code: 'STORE_OTHER_KIND' })
  })

  it('is not begun in the folder of a store with a journal', async () => {
    const real = lowdbStore({ dir, lockWaitMs: 0 })
    await real.open()
    await real.close()
    const document = lowdbStore({ dir, journal: false, lockWaitMs: 0 })
    await expect(document.open()).rejects.toMatchObject({ code: 'STORE_OTHER_KIND' })
  })
})

it('signs a document so that it is read back', async () => {
  const disk = new VirtualDisk()
  disk.set('/x', Buffer.from(signed(7, { a: 'ü' })))
  const json = new DurableJson('/x', disk.files)
  expect([await json.read(), json.seq]).toEqual([{ a: 'ü' }, 7])
})
