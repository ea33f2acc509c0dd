import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lineOf } from '../../src/adapters/lowdb/lines.ts'
import { changesOf, type JournalRecord } from '../../src/adapters/lowdb/records.ts'
import { lowdbStore } from '../../src/adapters/lowdb/store.ts'
import { accepted, aChange, aDelivery, anEntry } from '../../src/testing/contracts/store-samples.ts'

const bodies = {
  'a body as we write it': '{"action":"paid","data":{"n":1}}',
  'one with characters of any length': '{"name":"ÄŸ𝄞"}',
  'one that only begins like an object': '{"name":',
  'one that ends like a line of the journal': '{"a":[1]}]',
  'a text that is no object': '"quoted"',
  'one with a line break': '{\n"a":1}',
  'none at all': '',
} as const

describe('a body in the journal', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hookward-bodies-'))
  })
  afterEach(() => [dir, `${dir}-killed`].forEach((one) => rmSync(one, { recursive: true, force: true })))

  it.each(Object.entries(bodies))('is read back byte for byte, before and after a start: %s', async (_, text) => {
    const given = Buffer.from(text)
    await throughAStart(given)
  })

  it('is read back byte for byte when it is no text', async () => {
    await throughAStart(Uint8Array.from([0x7b, 0xff, 0x0a, 0x00]))
  })

  it('stands there as it is, behind its record, in a line that any reader of JSON takes', async () => {
    const store = lowdbStore({ dir, lockWaitMs: 0 })
    await store.open()
    const texts = ['{"n":1}', '{"n":[2,{"deep":"]"}]}']
    await store.append({
      ...accepted([]),
      deliveries: texts.map((text, n) => ({ delivery: aDelivery({ id: `dlv_${n}` }), body: Buffer.from(text) })),
    })
    const [line = ''] = journalsOf(dir).flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    const [, , record, ...behind] = JSON.parse(line) as readonly unknown[]
    expect(record).toMatchObject({ t: 'accept', deliveries: [{ length: 7 }, { length: 22 }] })
    expect(behind).toEqual(texts.map((text) => JSON.parse(text) as unknown))
    await store.close()
  })

  it('is read from a journal of before, where it stood within its record and each change was one', async () => {
    const store = lowdbStore({ dir, lockWaitMs: 0 })
    await store.open()
    await store.append(accepted(['dlv_1', 'dlv_2']))
    await store.commit(
      aChange({ settled: [{ id: 'dlv_1', next: 'delivered' }], log: [anEntry({ deliveryId: 'dlv_1' })] }),
    )
    const killed = `${dir}-killed`
    cpSync(dir, killed, { recursive: true })
    await store.close()
    for (const path of journalsOf(killed))
      writeFileSync(path, readFileSync(path, 'utf8').split('\n').map(asBefore).join('\n'))
    rmSync(join(killed, 'lock.json'))
    const again = lowdbStore({ dir: killed, lockWaitMs: 0 })
    const { pending } = await again.open()
    expect(pending.map(({ delivery }) => delivery.id)).toEqual(['dlv_2'])
    expect(Buffer.from(await again.body('dlv_2')).toString()).toBe('{"for":"dlv_2"}')
    expect(await again.log({ integrationId: 'billing' })).toMatchObject([{ deliveryId: 'dlv_1' }])
    await again.close()
  })

  async function throughAStart(body: Uint8Array): Promise<void> {
    const store = lowdbStore({ dir, lockWaitMs: 0 })
    await store.open()
    const other = { delivery: aDelivery({ id: 'dlv_other' }), body: Buffer.from('{"other":true}') }
    await store.append({ ...accepted([]), deliveries: [{ delivery: aDelivery({ id: 'dlv_1' }), body }, other] })
    expect(Buffer.from(await store.body('dlv_1'))).toEqual(Buffer.from(body))
    await store.close()
    const again = lowdbStore({ dir, lockWaitMs: 0 })
    await again.open()
    expect(Buffer.from(await again.body('dlv_1'))).toEqual(Buffer.from(body))
    expect(Buffer.from(await again.body('dlv_other'))).toEqual(Buffer.from('{"other":true}'))
    await again.close()
  }
})

/** A line in the form that earlier versions wrote. */
function asBefore(line: string): string {
  if (line === '') return line
  const [, seq, record, ...bodies] = JSON.parse(line) as [string, number, JournalRecord, ...unknown[]]
  const before =
    record.t === 'accept'
      ? { ...record, bodiesBytes: undefined, deliveries: record.deliveries.map(({ delivery }, n) => ({ delivery, body: JSON.stringify(bodies[n]) })) } // prettier-ignore
      : { t: 'change', change: record.t === 'changes' ? changesOf(record)[0] : undefined }
  return lineOf(seq, JSON.stringify(before)).toString().trimEnd()
}

function journalsOf(dir: string): readonly string[] {
  return readdirSync(join(dir, 'journal')).map((name) => join(dir, 'journal', name))
}
