import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pausedWatch } from '../../src/adapters/restate/admin.ts'
import { batchesOf } from '../../src/adapters/restate/batches.ts'
import { Ingress, type Target } from '../../src/adapters/restate/ingress.ts'
import { readKept, sliceOf, writesOf, type Kept } from '../../src/adapters/restate/kept.ts'
import { Publisher } from '../../src/adapters/restate/publisher.ts'
import { sealWith } from '../../src/adapters/restate/seal.ts'
import { emptySlice, type Turned } from '../../src/adapters/restate/slice.ts'
import type { Parcel } from '../../src/adapters/restate/wire.ts'
import type { StoredDelivery } from '../../src/adapters/store-document.ts'
import { createHookward, type Hookward } from '../../src/index.ts'
import { restate, serveRestate } from '../../src/restate.ts'
import { serving } from '../support/http.ts'
import { until } from '../support/world.ts'

const key = 'a-key-of-thirty-two-letters-or-more'

describe('what stands in Restate', () => {
  it('is read with its key, is the same whenever it is written, and says nothing without the key', () => {
    const [seal, other] = [sealWith(key), sealWith(`${key}!`)]
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const bytes = seal.close(value)
        expect(seal.close(value)).toEqual(bytes)
        expect(seal.open(bytes)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(() => other.open(bytes)).toThrow('RESTATE_KEY')
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
        expect(() => seal.open(bytes)).toThrow('RESTATE_KEY')
      }),
    )
    expect(Buffer.from(seal.close({ secret: 'a-secret' })).toString('latin1')).not.toContain('a-secret')
    expect(() => seal.open(new Uint8Array(3))).toThrow('RESTATE_KEY')
  })

  it('is what the turn before left, whatever comes and goes', async () => {
    const ids = fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 150 })
    await fc.assert(
      fc.asyncProperty(fc.array(ids, { minLength: 1, maxLength: 5 }), async (turns) => {
        const state = new Map<string, unknown>()
        const read = <T>(name: string) => Promise.resolve((state.get(name) ?? null) as T | null)
        for (const [n, turn] of turns.entries()) {
          const kept = await readKept(read)
          const pending = pendingAfter(kept, turn)
          for (const [name, value] of writesOf(kept, turnedTo(pending, n), undefined))
            if (value === null) state.delete(name)
            else state.set(name, JSON.parse(JSON.stringify(value)))
          const again = sliceOf(await readKept(read)).document.pending
          expect(new Set(again.map(idOf))).toEqual(new Set(pending.map(idOf)))
          expect([...state.keys()].filter((name) => name.startsWith('page/')).length).toBeLessThanOrEqual(
            pending.length,
          )
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('deliveries on their way to the cluster', () => {
  it('go in batches of one integration, of at most 64 and of at most 1 MiB unless one alone has more', () => {
    const sizes = [...Array.from({ length: 70 }, () => 10), 900_000, 200_000, 2_000_000, 10]
    const parcels = sizes.map((size, n) => parcel(`bot`, n, 'x'.repeat(size)))
    const batches = batchesOf([...parcels, parcel('other', 99, 'y')])
    expect(batches.map(({ integrationId, batch }) => [integrationId, batch.length])).toEqual([
      ['bot', 64],
      ['bot', 7],
      ['bot', 1],
      ['bot', 1],
      ['bot', 1],
      ['other', 1],
    ])
  })

  it('go together when they come while others of their integration are on their way', async () => {
    const calls: Array<{ readonly count: number; readonly accept: () => void }> = []
    const call = (_target: Target, batch: unknown) =>
      new Promise<void>((accept) => calls.push({ count: (batch as readonly Parcel[]).length, accept }))
    const publisher = new Publisher({ call, groupMs: 30 })
    const first = publisher.publish([parcel('bot', 1, '{}')])
    await until(() => calls.length === 1)
    const others = [2, 3, 4].map((n) => publisher.publish([parcel('bot', n, '{}')]))
    const elsewhere = publisher.publish([parcel('other', 5, '{}')])
    await until(() => calls.length === 2)
    expect(calls.map(({ count }) => count)).toEqual([1, 1])
    calls.forEach(({ accept }) => accept())
    await Promise.all([first, elsewhere])
    await until(() => calls.length === 3)
    expect(calls[2]?.count).toBe(3)
    calls[2]?.accept()
    await Promise.all(others)
  })

  it('are brought again to the next node with the same key, until one takes them', async () => {
    const keys: unknown[] = []
    const down = await serving((_request, response) => response.writeHead(503).end())
    const up = await serving((request, response) => {
      keys.push(request.headers['idempotency-key'])
      response.writeHead(keys.length === 1 ? 500 : 202).end()
    })
    const ingress = new Ingress({ nodes: [down, up], seal: sealWith(key), callMs: 1_000, patienceMs: 10_000 })
    const publisher = new Publisher({ call: (target, parameter) => ingress.call(target, parameter), groupMs: 0 })
    await publisher.publish([parcel('bot', 1, '{}'), parcel('bot', 2, '{}')])
    await ingress.close()
    expect(keys).toHaveLength(2)
    expect(keys[0]).toBe(keys[1])
  })
})

describe('a node that has just started', () => {
  it('is asked again when it knows of no worker, since there was one before', async () => {
    const statuses = [404, 202, 404, 404, 202]
    let asked = 0
    const node = await serving((_request, response) => response.writeHead(statuses[asked++] ?? 500).end())
    const ingress = new Ingress({ nodes: [node], seal: sealWith(key), callMs: 1_000, patienceMs: 10_000 })
    const target = { service: 'Integration', key: 'bot', handler: 'deliver', isOneWay: true }
    await expect(ingress.call(target, [])).rejects.toThrow('RESTATE_UNREGISTERED')
    await ingress.call(target, [])
    await ingress.call(target, [])
    await ingress.close()
    expect(asked).toBe(5)
  })
})

describe('calls that stand still', () => {
  it('are told of when a host starts, once a minute, and only when there are others than before', async () => {
    const said: object[] = []
    let [paused, now] = [2, 0]
    const logger = { info: () => undefined, warn: () => undefined, error: (facts: object) => said.push(facts) }
    const look = pausedWatch({ count: () => Promise.resolve(paused), logger, now: () => now })
    await look()
    paused = 3
    await look()
    expect(said).toEqual([{ code: 'RESTATE_PAUSED', paused: 2 }])
    for (const count of [3, 3, 0, 3]) {
      ;[paused, now] = [count, now + 60_000]
      await look()
    }
    expect(said.slice(1)).toEqual([
      { code: 'RESTATE_PAUSED', paused: 3 },
      { code: 'RESTATE_PAUSED', paused: 3 },
    ])
  })
})

describe('what cannot be', () => {
  it('is refused at the door, each with its code', async () => {
    expect(() => restate({ ingress: 'http://127.0.0.1:1', key: 'short' })).toThrow('OPTION_INVALID')
    expect(() => restate({ ingress: [], key })).toThrow('OPTION_INVALID')
    const runtime = restate({ ingress: 'http://127.0.0.1:1', key, patienceMs: 100 })
    await expect(createHookward({ runtime })).rejects.toThrow('RESTATE_UNREACHABLE')
    await expect(createHookward({ runtime, dir: './data' })).rejects.toThrow('migrateToRestate moves a folder there')
    await expect(serveRestate({ key, dir: './data' } as never)).rejects.toThrow('OPTION_INVALID')
    await expect(createHookward({ runtime, standby: true })).rejects.toThrow('not needed beside a runtime')
    await expect(createHookward({ runtime, setUp: () => 1 })).rejects.toThrow('once createHookward has answered')
    await expect(createHookward({ runtime, shadow: 'sentry' } as never)).rejects.toThrow('run it in process')
    await expect(createHookward({ runtime, policy: 'sentry' } as never)).rejects.toThrow('give it to the workers')
    await expect(createHookward({ runtime, polcy: 'sentry' } as never)).rejects.toThrow('polcy is unknown')
    await expect(createHookward({ runtime, linkSecret: 'short' })).rejects.toThrow('linkSecret must have 32 characters')
    await expect(serveRestate({ key, schemas: {} } as never)).rejects.toThrow('events are made in hosts')
  })

  it('is a topic that the host has not named', () => {
    interface Topics {
      'invoice.paid': { readonly id: string }
    }
    const runtime = restate({ ingress: 'http://127.0.0.1:1', key })
    const schema = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ value: { id: 'in_1' } }) },
    } as const
    const open = (): Promise<Hookward<Topics>> =>
      createHookward<Topics>({ runtime, schemas: { 'invoice.paid': schema } })
    // @ts-expect-error -- no topic of the map
    const wrong = () => createHookward<Topics>({ runtime, schemas: { 'invoice.sent': schema } })
    expect([open, wrong]).toHaveLength(2)
  })

  it('is told of a cluster where no worker serves, or one of another version', async () => {
    const empty = await serving((_request, response) => response.writeHead(404).end())
    await expect(createHookward({ runtime: restate({ ingress: empty, key }) })).rejects.toThrow('RESTATE_UNREGISTERED')
    const newer = await serving((_request, response) => response.end(sealWith(key).close({ protocol: 2 })))
    await expect(createHookward({ runtime: restate({ ingress: newer, key }) })).rejects.toThrow('RESTATE_VERSION')
    const strange = await serving((_request, response) => response.end(sealWith(`${key}!`).close({ protocol: 1 })))
    await expect(createHookward({ runtime: restate({ ingress: strange, key }) })).rejects.toThrow('RESTATE_KEY')
  })

  it.runIf(Number.parseInt(process.versions.node) < 22)('is a worker below Node 22', async () => {
    await expect(serveRestate({ key, port: 0 })).rejects.toThrow('RESTATE_NODE')
  })
})

const idOf = ({ pending }: StoredDelivery): string => pending.delivery.id

/** Those not named stay, those named go, or come. */
function pendingAfter(kept: Kept, turn: readonly number[]): readonly StoredDelivery[] {
  const before = sliceOf(kept).document.pending
  const named = new Set(turn.map(String))
  const staying = before.filter((row) => !named.has(idOf(row)))
  const coming = [...named].filter((id) => !before.some((row) => idOf(row) === id))
  return [...staying, ...coming.map((id) => row(id))]
}

function turnedTo(pending: readonly StoredDelivery[], at: number): Turned<null> {
  const nothing = { answer: null, logged: [], wakeAt: Infinity, letters: [], told: [] }
  return { ...nothing, document: { ...emptySlice.document, pending }, beganAt: at, at }
}

function row(id: string): StoredDelivery {
  const { delivery, body } = parcel('bot', 0, '{}')
  return { pending: { delivery: { ...delivery, id }, attempts: 0, dueAt: 0 }, body }
}

function parcel(integrationId: string, n: number, body: string): Parcel {
  const ids = { id: `dlv_${n}`, eventId: `evt_${n}`, installationId: 'one' }
  return { delivery: { ...ids, integrationId, topic: 'load.made', organization: 'acme', acceptedAt: 0 }, body }
}
