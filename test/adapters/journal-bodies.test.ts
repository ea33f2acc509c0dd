import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lowdbStore } from '../../src/adapters/lowdb/store.ts'
import { accepted, aDelivery } from '../../src/testing/contracts/store-samples.ts'

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
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

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
    const [line = ''] = journalOf(dir).split('\n')
    const [, , record, ...behind] = JSON.parse(line) as readonly unknown[]
    expect(record).toMatchObject({ t: 'accept', deliveries: [{ length: 7 }, { length: 22 }] })
    expect(behind).toEqual(texts.map((text) => JSON.parse(text) as unknown))
    await store.close()
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

function journalOf(dir: string): string {
  const folder = join(dir, 'journal')
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('')
}
