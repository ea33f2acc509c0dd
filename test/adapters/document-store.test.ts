import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DurableJson } from '../../src/adapters/lowdb/durable-json.ts'
import { lowdbStore } from '../../src/adapters/lowdb/store.ts'
import { errorCodes } from '../../src/domain/errors.ts'
import type { Recovered, Store } from '../../src/ports.ts'
import { storeContract } from '../../src/testing.ts'
import { aChange, accepted, anEntry, anInstallation, anIntegration } from '../../src/testing/contracts/store-samples.ts'
import { keepsTo } from '../support/contract.ts'

keepsTo(
  'the store in one document',
  storeContract((options) => {
    const root = mkdtempSync(join(tmpdir(), 'hookward-store-'))
    const dir = join(root, 'data')
    return {
      store: () => lowdbStore({ dir, journal: false, lockWaitMs: 0, ...options }),
      remove: () => rmSync(root, { recursive: true, force: true }),
    }
  }),
)

let root: string
let dir: string
let opened: Store[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hookward-store-'))
  dir = join(root, 'deep', 'data')
  opened = []
})
afterEach(async () => {
  for (const store of opened) await store.close()
  rmSync(root, { recursive: true, force: true })
})

const documentPath = () => join(dir, 'hookward.json')
const requestsPath = () => join(dir, 'requests.json')
const text = () => readFileSync(documentPath(), 'utf8')
const seq = () => (JSON.parse(text()) as { seq: number }).seq
const pendingIds = ({ pending }: Recovered) => pending.map(({ delivery }) => delivery.id)

function aStore(parts: { readonly lockWaitMs?: number } = {}): Store {
  const store = lowdbStore({ dir, journal: false, lockWaitMs: 0, ...parts })
  opened.push(store)
  return store
}

async function begin(): Promise<Store> {
  const store = aStore()
  await store.open()
  return store
}

/** What opening the folder gives; closed again at once. */
async function reopened(): Promise<Recovered> {
  const store = aStore()
  const recovered = await store.open()
  await store.close()
  return recovered
}

/** A store with a little of everything that is needed, closed. */
async function aSmallStore(): Promise<void> {
  const store = await begin()
  await store.configure({ kind: 'integration', integration: anIntegration() })
  await store.configure({ kind: 'installation', installation: anInstallation() })
  await store.append(accepted(['a'], { key: 'k', digest: 'd' }))
  await store.close()
}

describe('the files', () => {
  it('are real files under NODE_ENV=test, and only their owner may read them or enter the folder', async () => {
    expect(process.env['NODE_ENV']).toBe('test')
    const store = await begin()
    await store.append(accepted(['a']))
    await store.commit(aChange({ log: [anEntry()] }))
    expect(readdirSync(dir).toSorted()).toEqual(['hookward.json', 'lock.json'])
    await store.close()
    expect(readdirSync(dir).toSorted()).toEqual(['hookward.json', 'requests.json'])
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600)
  })

  it('hold a checksummed document whose bodies can be read', async () => {
    await aSmallStore()
    expect(text()).toMatch(/^\{"format":1,"seq":3,"crc":"[0-9a-f]{8}","data":\{"integrations":\[/)
    expect(text()).toContain(String.raw`"body":"{\"for\":\"a\"}"`)
  })

  it('may lie in a folder that is there already, which keeps its rights', async () => {
    mkdirSync(dir, { recursive: true, mode: 0o755 })
    chmodSync(dir, 0o755)
    await aSmallStore()
    expect(pendingIds(await reopened())).toEqual(['a'])
    expect(statSync(dir).mode & 0o777).toBe(0o755)
  })

  it('are not looked for in the current folder when the option is empty', () => {
    expect(() => lowdbStore({ dir: '' })).toThrow(/OPTION_INVALID/)
  })

  it.runIf(process.platform === 'linux')('cannot be made below a folder that takes no other', async () => {
    const store = lowdbStore({ dir: '/proc/hookward/data' })
    await expect(store.open()).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' })
  })

  it.each(['a file', 'a path below a file'])('cannot be made where there is %s', async (place) => {
    writeFileSync(join(root, 'file'), 'mine')
    const store = lowdbStore({
      dir: join(root, 'file', place === 'a file' ? '.' : 'data'),
      journal: false,
      lockWaitMs: 0,
    })
    await expect(store.open()).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' })
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('mine')
  })

  it('that were left over by a writer that died are removed and reported', async () => {
    await aSmallStore()
    const leftOver = ['.hookward.json.1234.tmp', '.requests.json.5678.tmp']
    for (const name of [...leftOver, 'notes.txt']) writeFileSync(join(dir, name), 'half')
    const { report } = await reopened()
    expect(report.removedFiles.toSorted()).toEqual(leftOver)
    expect(readdirSync(dir).toSorted()).toEqual(['hookward.json', 'notes.txt'])
  })
})

describe('damage', () => {
  /** Opens the folder with this document; gives the code of the refusal, or what was recovered and the body. */
  async function outcomeWith(bytes: Uint8Array): Promise<string | { recovered: Recovered; body: Uint8Array }> {
    writeFileSync(documentPath(), bytes)
    const store = lowdbStore({ dir, journal: false, lockWaitMs: 0 })
    try {
      const recovered = await store.open()
      return { recovered, body: await store.body('a') }
    } catch (error) {
      expect(readFileSync(documentPath()).equals(bytes)).toBe(true)
      expect(readdirSync(dir)).not.toContain('lock.json')
      return (error as { code: string }).code
    } finally {
      await store.close()
    }
  }

  it('by a cut is noticed wherever the cut is', { timeout: 120_000 }, async () => {
    await aSmallStore()
    const whole = readFileSync(documentPath())
    for (let length = 0; length < whole.length; length += 1)
      expect(await outcomeWith(whole.subarray(0, length))).toBe('STORE_DAMAGED')
  })

  it('by a single changed byte is noticed or changes nothing', { timeout: 120_000 }, async () => {
    await aSmallStore()
    const whole = readFileSync(documentPath())
    const sound = await outcomeWith(whole)
    const codes = new Set<string>()
    for (let position = 0; position < whole.length; position += 1) {
      const flipped = Buffer.from(whole)
      flipped[position] = (whole[position] ?? 0) ^ (1 << (position % 8))
      const outcome = await outcomeWith(flipped)
      if (typeof outcome === 'string') codes.add(outcome)
      else expect(outcome).toEqual(sound)
    }
    expect([...codes].filter((code) => !/^STORE_(DAMAGED|DOC_EDITED|TOO_NEW)$/.test(code))).toEqual([])
    expect(codes).toContain('STORE_DOC_EDITED')
  })

  it.each([
    ['null', 'STORE_DAMAGED'],
    ['[]', 'STORE_DAMAGED'],
    ['{}', 'STORE_DAMAGED'],
    ['{"format":1,"seq":1,"data":null}', 'STORE_DAMAGED'],
    ['{"format":1,"seq":1,"data":{}}', 'STORE_DAMAGED'],
    ['{"format":1,"seq":1,"data":{"integrations":[null]}}', 'STORE_DAMAGED'],
    ['{"format":2,"seq":1,"shards":64,"data":{}}', 'STORE_TOO_NEW'],
  ])('%s is refused', async (content, code) => {
    await aSmallStore()
    expect(await outcomeWith(Buffer.from(content))).toBe(code)
  })

  it('is told with the name of the file and the next step', async () => {
    await aSmallStore()
    writeFileSync(documentPath(), text().replace('billing.example', 'billing.examp1e'))
    const failure = aStore().open()
    await expect(failure).rejects.toMatchObject({ code: 'STORE_DOC_EDITED', nextStep: errorCodes.STORE_DOC_EDITED })
    await expect(failure).rejects.toThrow(documentPath())
    await expect(failure).rejects.not.toThrow(/examp1e|secret/)
  })

  it('is not what an edit is once its checksum is taken out, and the next write signs it again', async () => {
    await aSmallStore()
    const edited = text().replaceAll('billing.example', 'billing.changed')
    writeFileSync(documentPath(), edited.replace(/"crc":"[0-9a-f]+",/, ''))
    const store = aStore()
    const { integrations } = await store.open()
    expect(integrations[0]?.url).toBe('https://billing.changed/hook')
    await store.append(accepted(['b']))
    await store.close()
    expect(text()).toContain('"crc":"')
    expect(pendingIds(await reopened())).toEqual(['a', 'b'])
  })

  it('to the name of a field does not pass for a field that was taken out', async () => {
    await aSmallStore()
    expect(await outcomeWith(Buffer.from(text().replace('"crc"', '"cRc"')))).toBe('STORE_DAMAGED')
  })

  it('is not what another layout of the same document is', async () => {
    await aSmallStore()
    writeFileSync(documentPath(), JSON.stringify(JSON.parse(text()), null, 2))
    expect(pendingIds(await reopened())).toEqual(['a'])
  })

  it('leaves the folder as it was, left-over files and request log too', async () => {
    await aSmallStore()
    writeFileSync(documentPath(), '')
    writeFileSync(requestsPath(), 'damaged too')
    writeFileSync(join(dir, '.hookward.json.1.tmp'), 'half')
    const before = readdirSync(dir)
    await expect(aStore().open()).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(readdirSync(dir)).toEqual(before)
  })
})

describe('grouped writes', () => {
  it('share one write among all that are waiting', async () => {
    const store = await begin()
    await store.configure({ kind: 'integration', integration: anIntegration() })
    const before = seq()
    await Promise.all(Array.from({ length: 200 }, (_, n) => store.append(accepted([`d${n}`]))))
    expect(seq() - before).toBeLessThanOrEqual(2)
    await store.close()
    expect((await reopened()).pending).toHaveLength(200)
  })

  it('tell each caller only when its own change is in the file', async () => {
    const store = await begin()
    const append = async (id: string) => {
      await store.append(accepted([id]))
      return text().includes(`"id":"${id}"`)
    }
    const calls: Promise<boolean>[] = []
    for (let n = 0; n < 100; n += 1) {
      calls.push(append(`d${n}`))
      // Lets a write begin, so that later calls arrive in the middle of it.
      await new Promise(setImmediate)
    }
    expect(await Promise.all(calls)).toEqual(calls.map(() => true))
    expect(seq()).toBeGreaterThan(1)
  })

  it('write nothing for a call that is refused', async () => {
    const store = await begin()
    await store.append(accepted(['a']))
    await expect(store.append(accepted(['a']))).rejects.toMatchObject({ code: 'BROKEN_INVARIANT' })
    expect(seq()).toBe(1)
  })

  it('that fail reject all who wait and all later calls, and what was acknowledged is there afterwards', async () => {
    const store = await begin()
    await store.append(accepted(['a']))
    // A folder in the place of the document: the last step of the write, the renaming, cannot succeed.
    renameSync(documentPath(), join(root, 'aside'))
    mkdirSync(documentPath())
    const first = [store.append(accepted(['b'])), store.append(accepted(['c']))]
    await Promise.resolve()
    await Promise.resolve()
    const queued = [store.append(accepted(['d'])), store.commit(aChange({ settled: [{ id: 'a', next: 'dead' }] }))]
    for (const { status, ...rest } of await Promise.allSettled([...first, ...queued]))
      expect({ status, ...rest }).toMatchObject({ status: 'rejected', reason: { code: 'STORE_FAILED', cause: { code: 'EISDIR' } } }) // prettier-ignore
    rmdirSync(documentPath())
    renameSync(join(root, 'aside'), documentPath())
    await expect(store.append(accepted(['e']))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(store.configure({ kind: 'uninstalled', uuid: 'x' })).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await store.close()
    expect(readdirSync(dir)).toEqual(['hookward.json'])
    expect(pendingIds(await store.open())).toEqual(['a'])
    await store.append(accepted(['f']))
    await store.close()
    expect(pendingIds(await reopened())).toEqual(['a', 'f'])
  })
})

describe('the file of the request log', () => {
  const query = { integrationId: 'billing' }

  it('is set aside when it is damaged, and the store opens without it', async () => {
    await aSmallStore()
    for (const n of [1, 2]) {
      writeFileSync(requestsPath(), `damaged ${n}`)
      const { report } = await reopened()
      expect(report.removedFiles).toEqual([`requests.json (kept as requests.json.damaged-${n})`])
      expect(readFileSync(`${requestsPath()}.damaged-${n}`, 'utf8')).toBe(`damaged ${n}`)
    }
    expect(pendingIds(await reopened())).toEqual(['a'])
  })

  it('is set aside when it holds something else', async () => {
    await aSmallStore()
    await new DurableJson(requestsPath()).write({ not: 'a list' })
    expect((await reopened()).report.removedFiles).toHaveLength(1)
  })

  it('never fails or delays a commit', async () => {
    const store = await begin()
    mkdirSync(join(requestsPath(), 'in the way'), { recursive: true })
    await store.commit(aChange({ log: [anEntry()] }))
    expect(await store.log(query)).toEqual([anEntry()])
    await store.close()
    expect(pendingIds(await reopened())).toEqual([])
  })

  it('is written without being closed', async () => {
    const store = await begin()
    await store.commit(aChange({ log: [anEntry()] }))
    await expect.poll(() => existsSync(requestsPath()), { timeout: 10_000 }).toBe(true)
    await store.commit(aChange({ log: [anEntry({ requestId: 'second' })] }))
    await expect.poll(() => readFileSync(requestsPath(), 'utf8'), { timeout: 10_000 }).toContain('second')
  })

  it('is not written when nothing was logged', async () => {
    await aSmallStore()
    expect(existsSync(requestsPath())).toBe(false)
  })
})

describe('two processes', () => {
  const storeModule = new URL('../../src/adapters/lowdb/store.ts', import.meta.url).href
  /** Accepts one event after the other, ten at a time, and says which were acknowledged, until it is killed. */
  const program = `
    import { lowdbStore } from ${JSON.stringify(storeModule)}
    const store = lowdbStore({ dir: process.argv[1], journal: false, lockWaitMs: 0 })
    await store.open()
    const base = { eventId: 'evt_1', integrationId: 'billing', installationId: 'inst-1', topic: 'issue.created', organization: 'acme', acceptedAt: 1 }
    let next = 0
    const work = async () => {
      for (;;) {
        const id = 'd' + next++
        await store.append({ eventId: 'evt_1', at: 1, deliveries: [{ delivery: { ...base, id }, body: Buffer.from('{"for":"' + id + '"}') }] })
        process.stdout.write(id + '\\n')
      }
    }
    for (let n = 0; n < 10; n += 1) void work()
  `

  async function killedAfter(acknowledgements: number): Promise<readonly string[]> {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    const ids: string[] = []
    for await (const id of createInterface({ input: child.stdout })) {
      if (ids.length === 0) await expect(aStore().open()).rejects.toThrow(`held by process ${child.pid}`)
      ids.push(id)
      if (ids.length === acknowledgements) child.kill('SIGKILL')
    }
    await ended
    return ids
  }

  it.each([1, 37, 150])(
    'cannot have the folder at once, and a kill after %i answers loses none of them',
    async (count) => {
      const ids = await killedAfter(count)
      const store = aStore()
      const found = pendingIds(await store.open())
      expect(ids.filter((id) => !found.includes(id))).toEqual([])
      for (const id of ids) expect(new TextDecoder().decode(await store.body(id))).toBe(`{"for":"${id}"}`)
      // At most one of each of the ten workers was under way.
      expect(found.length - ids.length).toBeLessThanOrEqual(10)
    },
  )

  it('wait for each other as long as they are told to', async () => {
    const first = await begin()
    await first.append(accepted(['a']))
    const second = aStore({ lockWaitMs: 10_000 })
    const opening = second.open()
    await first.append(accepted(['b']))
    await first.close()
    expect(pendingIds(await opening)).toEqual(['a', 'b'])
  })
})
