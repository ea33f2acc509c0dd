import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Delivery, LogEntry, Settled } from '../../src/domain/delivery.ts'
import type {
  AuditEntry,
  Explanation,
  Folded,
  HealthContext,
  IntegrationRecord,
  Transition,
} from '../../src/domain/health.ts'
import type { Installation, Integration } from '../../src/domain/integration.ts'
import type { Letter, Notice } from '../../src/domain/notice.ts'
import type { Accepted, Change, Recovered, Store } from '../../src/ports.ts'

/** One set of data; each `store()` is a fresh start on it. `remove` takes the data away. */
export interface Reopenable {
  readonly store: () => Store
  readonly remove: () => void
}

/** How a test asks for a new, empty set of data. */
export type MakeReopenable = (options?: { readonly backlogBytesMax?: number }) => Reopenable

export const t0 = Date.UTC(2026, 0, 1)
export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
const evidence = { rule: 'none', summary: 'nothing yet', facts: { seen: 0 } }

export function anIntegration(parts: Partial<Integration> = {}): Integration {
  return {
    id: 'billing',
    uuid: '7b1c0c1e-0000-4000-8000-000000000001',
    name: 'Billing',
    organization: 'acme',
    url: 'https://billing.example/hook',
    secret: 'a secret of many characters',
    status: 'published',
    topics: ['issue'],
    owners: [{ email: 'owner@acme.test', name: 'Ólafur 東京' }],
    headers: { 'x-team': 'core' },
    createdAt: t0,
    updatedAt: t0,
    ...parts,
  }
}

export function anInstallation(parts: Partial<Installation> = {}): Installation {
  return {
    uuid: 'inst-1',
    integrationId: 'billing',
    organization: 'acme',
    status: 'installed',
    createdAt: t0,
    ...parts,
  }
}

export function aDelivery(parts: Partial<Delivery> = {}): Delivery {
  return {
    id: 'dlv_1',
    eventId: 'evt_1',
    integrationId: 'billing',
    installationId: 'inst-1',
    topic: 'issue.created',
    organization: 'acme',
    acceptedAt: t0,
    ...parts,
  }
}

/** One event with one delivery per id, each with its own body. */
export function accepted(ids: readonly string[], parts: Partial<Accepted> = {}): Accepted {
  const eventId = parts.eventId ?? 'evt_1'
  const deliveries = ids.map((id) => ({ delivery: aDelivery({ id, eventId }), body: bytes(`{"for":"${id}"}`) }))
  return { eventId, at: t0, deliveries, ...parts }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function aChange(parts: Partial<Change> = {}): Change {
  return { at: t0, integrationId: 'billing', ...parts }
}

export function anEntry(parts: Partial<LogEntry> = {}): LogEntry {
  return {
    at: t0,
    integrationId: 'billing',
    deliveryId: 'dlv_1',
    eventId: 'evt_1',
    topic: 'issue.created',
    organization: 'acme',
    attempt: 1,
    requestId: 'req',
    outcome: { kind: 'ok', status: 200, code: 'HTTP_200' },
    responseCode: 200,
    webhookUrl: 'https://billing.example/hook',
    became: 'delivered',
    ...parts,
  }
}

function aRecord(rev: number): IntegrationRecord {
  const context: HealthContext = {
    integrationId: 'billing',
    at: t0,
    since: t0,
    gate: 'open',
    epoch: 1,
    policy: { name: 'sentry', version: 1, params: {}, memory: { days: [] } },
    verdict: { level: 'healthy', evidence, wouldChange: 'failures' },
    incident: null,
    probationUntil: 0,
    probes: { failed: 0, ok: 0, dueAt: 0 },
    resumeTo: null,
    walked: [],
  }
  return { v: 1, machine: 'integration-v1', value: { health: 'healthy' }, context, rev }
}

function aNotice(id: string, status: Notice['status'], integrationId = 'billing'): Notice {
  const explanation: Explanation = {
    integration: integrationId,
    state: 'disabled',
    chartState: 'disabled',
    since: t0,
    policy: { name: 'sentry', version: 1 },
    evidence,
    incident: null,
    wouldChange: 'a person enables it',
    held: {},
    dead: {},
    whyNot: [],
    sentence: 'It is disabled.',
  }
  return { id, integrationId, incidentId: 'inc-1', kind: 'disabled', step: 'disabled', at: t0, status, explanation }
}

function aLetter(id: string, noticeId: string, parts: Partial<Letter> = {}): Letter {
  return { id, noticeId, integrationId: 'billing', to: 'a@acme.test', status: 'pending', tries: 0, dueAt: t0, ...parts }
}

function anAudit(n: number, integrationId = 'billing'): AuditEntry {
  return { at: t0 + n, integrationId, by: 'system', action: 'integration.disabled', reason: `reason ${n}` }
}

function aTransition(n: number): Transition {
  const step = { from: 'healthy.steady', to: 'degraded', signal: 'delivery.failed' } as const
  return { at: t0 + n, integrationId: 'billing', ...step, evidence }
}

function folded(n: number, firstAt: number, lastAt: number, status: Folded['status'] = 'published'): Folded {
  return { n, firstAt, lastAt, status }
}

const idsOf = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id)
const pendingIds = ({ pending }: Recovered) => pending.map(({ delivery }) => delivery.id)

/** What every store keeps to, through restarts. */
export function storeContract(name: string, make: MakeReopenable): void {
  describe(`${name} as a store`, () => {
    let data: Reopenable
    let store: Store

    const begin = async (options: Parameters<MakeReopenable>[0] = {}) => {
      data = make(options)
      store = data.store()
      return store.open()
    }
    const restart = async () => {
      await store.close()
      store = data.store()
      return store.open()
    }
    const settle = (settled: readonly Settled[], at = t0) => store.commit(aChange({ at, settled }))

    beforeEach(async () => {
      await begin()
    })
    afterEach(async () => {
      await store.close()
      data.remove()
    })

    describe('the catalogue', () => {
      it('opens empty the first time', async () => {
        const recovered = await restart()
        expect(recovered).toEqual({
          integrations: [],
          installations: [],
          records: [],
          pending: [],
          dead: [],
          bodyBytes: new Map(),
          notices: [],
          letters: [],
          successesAfter: new Map(),
          pulse: null,
          report: {
            integrations: 0,
            installations: 0,
            pending: 0,
            notices: 0,
            removedFiles: [],
            lines: 0,
            bytes: 0,
            damage: [],
          },
        })
      })

      it('gives integrations and installations back in the order they first came', async () => {
        const ids = ['zebra', '42', '7', '__proto__', 'apple']
        for (const id of ids) await store.configure({ kind: 'integration', integration: anIntegration({ id }) })
        const installations = ['u9', '3', 'u1'].map((uuid) =>
          anInstallation({ uuid, topics: ['issue'], projects: ['web'] }),
        )
        for (const installation of installations) await store.configure({ kind: 'installation', installation })
        await store.configure({ kind: 'integration', integration: anIntegration({ id: '42', name: 'Renamed' }) })
        const recovered = await restart()
        expect(idsOf(recovered.integrations)).toEqual(ids)
        expect(recovered.integrations[1]).toEqual(anIntegration({ id: '42', name: 'Renamed' }))
        expect(recovered.installations).toEqual(installations)
        expect(recovered.report).toMatchObject({ integrations: 5, installations: 3 })
      })

      it('forgets an installation that is taken away', async () => {
        await store.configure({ kind: 'installation', installation: anInstallation() })
        await store.configure({ kind: 'installation', installation: anInstallation({ uuid: 'inst-2' }) })
        await store.configure({ kind: 'uninstalled', uuid: 'inst-1' })
        expect((await restart()).installations).toEqual([anInstallation({ uuid: 'inst-2' })])
      })

      it('takes everything of a removed integration along and nothing of another, but keeps its log and history', async () => {
        const other = aDelivery({ id: 'dlv_other', integrationId: 'chat', installationId: 'inst-2' })
        await store.configure({ kind: 'integration', integration: anIntegration() })
        await store.configure({ kind: 'integration', integration: anIntegration({ id: 'chat' }) })
        await store.configure({ kind: 'installation', installation: anInstallation() })
        await store.configure({
          kind: 'installation',
          installation: anInstallation({ uuid: 'inst-2', integrationId: 'chat' }),
        })
        await store.append(accepted(['dlv_1']))
        await store.append({ eventId: 'evt_2', at: t0, deliveries: [{ delivery: other, body: bytes('{}') }] })
        await store.commit(
          aChange({ record: aRecord(1), log: [anEntry()], audit: [anAudit(1)], transitions: [aTransition(1)] }),
        )
        await store.commit(aChange({ folded: folded(1, t0, t0) }))
        await store.commit(aChange({ notices: [aNotice('n1', 'pending')], letters: [aLetter('l1', 'n1')] }))
        const chat = {
          at: t0,
          integrationId: 'chat',
          folded: folded(2, t0, t0),
          notices: [aNotice('n2', 'pending', 'chat')],
        }
        await store.commit({ ...chat, letters: [aLetter('l2', 'n2', { integrationId: 'chat' })] })
        await store.configure({ kind: 'removed', integrationId: 'billing' })
        const recovered = await restart()
        expect(idsOf(recovered.integrations)).toEqual(['chat'])
        expect(recovered.installations.map(({ uuid }) => uuid)).toEqual(['inst-2'])
        expect(recovered.records).toEqual([])
        expect(pendingIds(recovered)).toEqual(['dlv_other'])
        expect(idsOf(recovered.notices)).toEqual(['n2'])
        expect(idsOf(recovered.letters)).toEqual(['l2'])
        expect([...recovered.successesAfter.keys()]).toEqual(['chat'])
        expect(await store.notices('billing')).toEqual([])
        expect(await store.letters('billing')).toEqual([])
        expect(await store.log({ integrationId: 'billing' })).toEqual([anEntry()])
        expect(await store.audit('billing')).toEqual([anAudit(1)])
        expect(await store.transitions('billing')).toEqual([aTransition(1)])
        await expect(store.body('dlv_1')).rejects.toMatchObject({ code: 'BROKEN_INVARIANT' })
      })

      it('lets the history of a removed integration go 30 days after its last entry', async () => {
        await store.configure({ kind: 'integration', integration: anIntegration({ id: 'chat' }) })
        await store.commit(aChange({ audit: [anAudit(0), anAudit(0, 'chat')], transitions: [aTransition(0)] }))
        await store.commit(aChange({ at: t0 + 30 * dayMs - 1 }))
        expect(await store.audit('billing')).toEqual([anAudit(0)])
        await store.commit(aChange({ at: t0 + 31 * dayMs, integrationId: 'chat' }))
        await restart()
        expect(await store.audit('billing')).toEqual([])
        expect(await store.transitions('billing')).toEqual([])
        expect(await store.audit('chat')).toEqual([anAudit(0, 'chat')])
      })
    })

    describe('deliveries', () => {
      it('keeps what was accepted, with its bodies byte for byte, until it is settled', async () => {
        const subject = { type: 'issue', id: '12' }
        const bodies = [
          bytes('{"größe":"東京 🚀"}'),
          new Uint8Array([0xff, 0, 0x80, 0xc3]),
          bytes('\uFEFF{}'),
          bytes(''),
        ]
        const deliveries = bodies.map((body, n) => ({ delivery: aDelivery({ id: `dlv_${n}`, subject }), body }))
        const appended = await store.append({ eventId: 'evt_1', at: t0, deliveries })
        expect(appended).toEqual({ eventId: 'evt_1', deliveries: 4, duplicate: false })
        const { pending, report } = await restart()
        expect(pending).toEqual(deliveries.map(({ delivery }) => ({ delivery, attempts: 0, dueAt: t0 })))
        expect(report.pending).toBe(4)
        for (const { delivery, body } of deliveries) expect(await store.body(delivery.id)).toEqual(body)
      })

      it('keeps its own copy of a body', async () => {
        const body = bytes('{"a":1}')
        await store.append({ eventId: 'evt_1', at: t0, deliveries: [{ delivery: aDelivery(), body }] })
        body.fill(0)
        const given = await store.body('dlv_1')
        expect(given).toEqual(bytes('{"a":1}'))
        given.fill(0)
        expect(await store.body('dlv_1')).toEqual(bytes('{"a":1}'))
      })

      it('lets a delivery and its body go when it is delivered, dead, skipped or expired', async () => {
        await store.append(accepted(['a', 'b', 'c', 'd', 'e']))
        await settle([
          { id: 'a', next: 'delivered' },
          { id: 'b', next: 'dead' },
          { id: 'c', next: 'skipped' },
          { id: 'd', next: 'expired' },
        ])
        await expect(store.body('a')).rejects.toMatchObject({ code: 'BROKEN_INVARIANT' })
        expect(pendingIds(await restart())).toEqual(['e'])
        for (const id of ['a', 'b', 'c', 'd'])
          await expect(store.body(id)).rejects.toMatchObject({ code: 'BROKEN_INVARIANT' })
        expect(await store.body('e')).toEqual(bytes('{"for":"e"}'))
      })

      it('remembers the attempts made and when the next is due', async () => {
        await store.append(accepted(['a']))
        await settle([{ id: 'a', next: { attempts: 2, dueAt: t0 + hourMs } }])
        expect((await restart()).pending).toMatchObject([{ attempts: 2, dueAt: t0 + hourMs }])
      })

      it('holds a delivery with the reason and the moment, keeping attempts and due time unless told otherwise', async () => {
        await store.append(accepted(['a', 'b']))
        await settle([
          { id: 'a', next: { attempts: 2, dueAt: t0 + hourMs } },
          { id: 'b', next: { attempts: 2, dueAt: t0 + hourMs } },
        ])
        await settle(
          [
            { id: 'a', next: { hold: 'broken' } },
            { id: 'b', next: { hold: 'paused', attempts: 3 } },
          ],
          t0 + 5,
        )
        expect((await restart()).pending).toEqual([
          { delivery: aDelivery({ id: 'a' }), attempts: 2, dueAt: t0 + hourMs, held: { reason: 'broken', at: t0 + 5 } },
          { delivery: aDelivery({ id: 'b' }), attempts: 3, dueAt: t0 + hourMs, held: { reason: 'paused', at: t0 + 5 } },
        ])
      })

      it('keeps the moment at which a delivery was first held, and what its last attempt was, until it waits again', async () => {
        const last = { kind: 'server', status: 500, code: 'HTTP_500' } as const
        await store.append(accepted(['a']))
        await settle([{ id: 'a', next: { hold: 'broken', last } }], t0 + 5)
        await settle([{ id: 'a', next: { hold: 'disabled' } }], t0 + 9)
        expect((await restart()).pending).toMatchObject([{ held: { reason: 'disabled', at: t0 + 5 }, last }])
        await settle([{ id: 'a', next: { attempts: 0, unspent: 2, dueAt: t0 + 9 } }])
        const { pending } = await restart()
        expect(pending).toMatchObject([{ attempts: 0, unspent: 2, last }])
        expect(pending[0]).not.toHaveProperty('held')
      })

      it('keeps a dead letter with its body, apart from what waits, until it expires or waits again', async () => {
        const last = { kind: 'rejected', status: 404, code: 'HTTP_404' } as const
        await store.append(accepted(['a', 'b', 'c']))
        await settle([{ id: 'a', next: { hold: 'broken' } }])
        await settle(
          [
            { id: 'a', next: { dead: 'refused', attempts: 1, last } },
            { id: 'b', next: { dead: 'exhausted' } },
          ],
          t0 + 5,
        )
        await settle([{ id: 'a', next: { dead: 'refused' } }], t0 + 9)
        const recovered = await restart()
        expect(pendingIds(recovered)).toEqual(['c'])
        expect(recovered.report.pending).toBe(1)
        expect(recovered.dead).toEqual([
          { delivery: aDelivery({ id: 'a' }), attempts: 1, dueAt: t0, dead: { reason: 'refused', at: t0 + 5 }, last },
          { delivery: aDelivery({ id: 'b' }), attempts: 0, dueAt: t0, dead: { reason: 'exhausted', at: t0 + 5 } },
        ])
        expect([...recovered.bodyBytes]).toEqual(['a', 'b', 'c'].map((id) => [id, bytes(`{"for":"${id}"}`).byteLength]))
        expect(await store.body('a')).toEqual(bytes('{"for":"a"}'))
        await settle([
          { id: 'a', next: { attempts: 0, dueAt: t0 + 9 } },
          { id: 'b', next: 'expired' },
        ])
        const after = await restart()
        expect(after.pending).toMatchObject([{ delivery: { id: 'a' }, attempts: 0 }, { delivery: { id: 'c' } }])
        expect(after.dead).toEqual([])
        expect(after.pending[0]).not.toHaveProperty('dead')
      })

      it('lets a held delivery wait for its next attempt again', async () => {
        await store.append(accepted(['a', 'b']))
        await settle([{ id: 'a', next: { hold: 'disabled' } }])
        await settle([{ id: 'a', next: { attempts: 1, dueAt: t0 + 9 } }])
        const { pending } = await restart()
        expect(pending[0]).toEqual({ delivery: aDelivery({ id: 'a' }), attempts: 1, dueAt: t0 + 9 })
        expect(pending.map(({ delivery }) => delivery.id)).toEqual(['a', 'b'])
      })

      it.each<[string, readonly Settled[]]>([
        ['an unknown delivery', [{ id: 'nobody', next: 'delivered' }]],
        ['holding an unknown delivery', [{ id: 'nobody', next: { hold: 'broken' } }]],
        ['a delivery that was settled before', [{ id: 'gone', next: 'dead' }]],
        ['the same delivery settled twice', [{ id: 'b', next: 'dead' }, { id: 'b', next: 'dead' }]], // prettier-ignore
      ])('applies nothing of a change with %s', async (_what, wrong) => {
        await store.append(accepted(['a', 'b', 'gone']))
        await settle([{ id: 'gone', next: 'delivered' }])
        const change = aChange({
          settled: [{ id: 'a', next: 'delivered' }, ...wrong],
          record: aRecord(1),
          notices: [aNotice('n1', 'pending')],
          letters: [aLetter('l1', 'n1')],
          log: [anEntry()],
          audit: [anAudit(1)],
          transitions: [aTransition(1)],
        })
        await expect(store.commit(change)).rejects.toMatchObject({ code: 'BROKEN_INVARIANT' })
        const recovered = await restart()
        expect(pendingIds(recovered)).toEqual(['a', 'b'])
        expect(recovered).toMatchObject({ records: [], notices: [], letters: [] })
        expect(await store.log({ integrationId: 'billing' })).toEqual([])
        expect(await store.audit('billing')).toEqual([])
        expect(await store.transitions('billing')).toEqual([])
      })

      it('refuses a delivery it holds already, and a batch that names one twice', async () => {
        await store.append(accepted(['a']))
        await expect(store.append(accepted(['b', 'a']))).rejects.toMatchObject({ code: 'BROKEN_INVARIANT' })
        await expect(store.append(accepted(['c', 'c']))).rejects.toMatchObject({ code: 'BROKEN_INVARIANT' })
        expect(pendingIds(await restart())).toEqual(['a'])
      })
    })

    describe('the backlog limit', () => {
      const sized = (id: string, size: number, parts: Partial<Accepted> = {}): Accepted =>
        accepted([], { ...parts, deliveries: [{ delivery: aDelivery({ id }), body: new Uint8Array(size).fill(97) }] })

      beforeEach(async () => {
        await store.close()
        data.remove()
        await begin({ backlogBytesMax: 100 })
      })

      it('takes bodies up to the limit and stores nothing of a batch above it', async () => {
        await store.append(sized('a', 60))
        await expect(store.append(sized('b', 41))).rejects.toMatchObject({ code: 'STORE_BACKLOG_FULL' })
        await store.append(sized('c', 40))
        expect(pendingIds(await restart())).toEqual(['a', 'c'])
      })

      it('counts what it holds again after a restart, and makes room when something settles', async () => {
        await store.append(sized('a', 60))
        await store.append(sized('b', 40))
        await restart()
        await expect(store.append(sized('c', 1))).rejects.toMatchObject({ code: 'STORE_BACKLOG_FULL' })
        await settle([{ id: 'a', next: 'delivered' }])
        await store.append(sized('c', 60))
        await expect(store.append(sized('d', 1))).rejects.toMatchObject({ code: 'STORE_BACKLOG_FULL' })
      })

      it('makes room when an integration is removed', async () => {
        await store.append(sized('a', 100))
        await store.configure({ kind: 'removed', integrationId: 'billing' })
        expect(await store.append(sized('b', 100))).toMatchObject({ deliveries: 1 })
      })

      it('does not remember the key of a batch it refused, and still answers for one it knows', async () => {
        await store.append(sized('a', 100, { key: 'known', digest: 'x' }))
        await expect(store.append(sized('b', 1, { key: 'k', digest: 'x' }))).rejects.toMatchObject({
          code: 'STORE_BACKLOG_FULL',
        })
        expect(await store.append(sized('c', 100, { key: 'known', digest: 'x' }))).toMatchObject({ duplicate: true })
        await settle([{ id: 'a', next: 'delivered' }])
        expect(await store.append(sized('b', 1, { key: 'k', digest: 'y' }))).toMatchObject({ duplicate: false })
      })
    })

    describe('idempotency keys', () => {
      const keyed = (id: string, parts: Partial<Accepted> = {}): Accepted =>
        accepted([id, `${id}-2`], { eventId: `evt_${id}`, key: 'order-1', digest: 'd1', ...parts })

      it('answers a known key with the first event and stores nothing more, also after a restart', async () => {
        await store.append(keyed('a'))
        const first = { eventId: 'evt_a', deliveries: 2, duplicate: true }
        expect(await store.append(keyed('b'))).toEqual(first)
        await restart()
        expect(await store.append(keyed('c'))).toEqual(first)
        expect(pendingIds(await restart())).toEqual(['a', 'a-2'])
      })

      it('still knows the key when the deliveries are settled', async () => {
        await store.append(keyed('a'))
        await settle([
          { id: 'a', next: 'delivered' },
          { id: 'a-2', next: 'delivered' },
        ])
        expect(await store.append(keyed('b'))).toMatchObject({ eventId: 'evt_a', duplicate: true })
      })

      it('refuses a known key with another digest, or with none', async () => {
        await store.append(keyed('a'))
        await expect(store.append(keyed('b', { digest: 'd2' }))).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
        const bare = accepted(['b'], { key: 'order-1' })
        await expect(store.append(bare)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
        expect(pendingIds(await restart())).toEqual(['a', 'a-2'])
      })

      it('remembers the key of an event nobody hears', async () => {
        expect(await store.append(accepted([], { key: 'k', digest: 'd' }))).toMatchObject({
          deliveries: 0,
          duplicate: false,
        })
        expect(await store.append(accepted(['a'], { key: 'k', digest: 'd' }))).toMatchObject({
          deliveries: 0,
          duplicate: true,
        })
      })

      it('knows a key for 24 hours, and takes it as new after that', async () => {
        await store.append(keyed('a'))
        expect(await store.append(keyed('b', { at: t0 + dayMs - 1 }))).toMatchObject({ duplicate: true })
        expect(await store.append(keyed('c', { at: t0 + dayMs, digest: 'd2' }))).toMatchObject({ duplicate: false })
        expect(await store.append(keyed('d', { at: t0 + dayMs + 1, digest: 'd2' }))).toMatchObject({ eventId: 'evt_c' })
      })
    })

    describe('health', () => {
      it('gives back the last record of each integration', async () => {
        await store.commit(aChange({ record: aRecord(1) }))
        await store.commit(aChange({ record: aRecord(2) }))
        expect((await restart()).records).toEqual([aRecord(2)])
      })

      it('adds up the successes since the last record, and clears them with a record', async () => {
        await store.commit(aChange({ folded: folded(2, t0 + 5, t0 + 6) }))
        await store.commit(aChange({ folded: folded(3, t0 + 4, t0 + 9, 'internal') }))
        expect((await restart()).successesAfter).toEqual(new Map([['billing', folded(5, t0 + 4, t0 + 9, 'internal')]]))
        await store.commit(aChange({ record: aRecord(1), folded: folded(1, t0, t0) }))
        expect((await restart()).successesAfter).toEqual(new Map())
        await store.commit(aChange({ folded: folded(1, t0 + 20, t0 + 21) }))
        expect((await restart()).successesAfter).toEqual(new Map([['billing', folded(1, t0 + 20, t0 + 21)]]))
      })

      it('keeps the newest 1,000 transitions and audit entries of an integration, newest first', async () => {
        const numbers = Array.from({ length: 1_010 }, (_, n) => n)
        await store.commit(aChange({ transitions: numbers.map(aTransition), audit: numbers.map((n) => anAudit(n)) }))
        await store.commit(aChange({ audit: [anAudit(0, 'chat')] }))
        await restart()
        await store.commit(aChange({ transitions: [aTransition(1_010)], audit: [anAudit(1_010)] }))
        const expected = Array.from({ length: 1_000 }, (_, n) => 1_010 - n)
        expect(await store.transitions('billing')).toEqual(expected.map(aTransition))
        expect(await store.audit('billing')).toEqual(expected.map((n) => anAudit(n)))
        expect(await store.audit('chat')).toEqual([anAudit(0, 'chat')])
      })

      it('keeps a transition for 400 days, also of an integration that lives on, and the audit for longer', async () => {
        await store.configure({ kind: 'integration', integration: anIntegration() })
        const [first, second] = [aTransition(0), aTransition(hourMs + 1)]
        await store.commit(aChange({ transitions: [first, second], audit: [anAudit(0)] }))
        await store.commit(aChange({ at: t0 + 400 * dayMs - 1 }))
        expect(await store.transitions('billing')).toEqual([second, first])
        await restart()
        await store.commit(aChange({ at: t0 + 400 * dayMs + hourMs }))
        expect(await store.transitions('billing')).toEqual([second])
        await store.commit(aChange({ at: t0 + 401 * dayMs, integrationId: 'chat' }))
        await restart()
        await restart()
        expect(await store.transitions('billing')).toEqual([])
        expect(await store.audit('billing')).toEqual([anAudit(0)])
      })

      it('has no history of an integration it never heard of', async () => {
        expect(await store.transitions('nobody')).toEqual([])
        expect(await store.audit('nobody')).toEqual([])
        expect(await store.notices('nobody')).toEqual([])
        expect(await store.letters('nobody')).toEqual([])
        expect(await store.log({ integrationId: 'nobody' })).toEqual([])
      })
    })

    describe('the pulse', () => {
      it('gives the last one back', async () => {
        await store.pulse({ at: t0, lostMs: 0 })
        await Promise.all([1, 2, 3].map((n) => store.pulse({ at: t0 + n, lostMs: -n })))
        expect((await restart()).pulse).toEqual({ at: t0 + 3, lostMs: -3 })
      })
    })

    describe('notices and letters', () => {
      it('replaces them by id and keeps the order in which they first came', async () => {
        const letters = [aLetter('l2', 'n2'), aLetter('9', 'n2'), aLetter('1', 'n1')]
        await store.commit(aChange({ notices: [aNotice('n2', 'pending'), aNotice('1', 'pending')], letters }))
        const sent = aLetter('l2', 'n2', { status: 'sent', tries: 1, sentAt: t0 + 3 })
        await store.commit(aChange({ notices: [aNotice('n2', 'expanded')], letters: [sent] }))
        await restart()
        expect(await store.notices('billing')).toEqual([aNotice('n2', 'expanded'), aNotice('1', 'pending')])
        expect(await store.letters('billing')).toEqual([sent, ...letters.slice(1)])
      })

      it('recovers the notices still to be done, with all their letters', async () => {
        const notices = (['pending', 'expanded', 'done', 'undeliverable', 'superseded'] as const).map((status) =>
          aNotice(status, status),
        )
        const letters = notices.map(({ id }) => aLetter(`l-${id}`, id))
        const sent = aLetter('l-sent', 'expanded', { status: 'sent' })
        await store.commit(aChange({ notices, letters: [...letters, sent] }))
        const recovered = await restart()
        expect(idsOf(recovered.notices)).toEqual(['pending', 'expanded'])
        expect(idsOf(recovered.letters)).toEqual(['l-pending', 'l-expanded', 'l-sent'])
        expect(recovered.report.notices).toBe(2)
        expect(await store.notices('billing')).toHaveLength(5)
        expect(await store.letters('billing')).toHaveLength(6)
      })

      it('keeps a closed notice and its letters for 30 days, and an open one for as long as it takes', async () => {
        const closed = ['done', 'undeliverable', 'superseded'] as const
        const notices = ['pending' as const, ...closed].map((status) => aNotice(status, status))
        const letters = notices.map(({ id }) => aLetter(`l-${id}`, id))
        await store.commit(aChange({ notices, letters }))
        // Saying again that it is done does not prolong its time.
        await store.commit(aChange({ at: t0 + 2 * dayMs, notices: [aNotice('done', 'done')] }))
        await restart()
        await store.commit(aChange({ at: t0 + 30 * dayMs - 1 }))
        expect(await store.notices('billing')).toHaveLength(4)
        await store.commit(aChange({ at: t0 + 30 * dayMs + hourMs }))
        await restart()
        expect(idsOf(await store.notices('billing'))).toEqual(['pending'])
        expect(idsOf(await store.letters('billing'))).toEqual(['l-pending'])
      })
    })

    describe('the request log', () => {
      const failed = { responseCode: 500, outcome: { kind: 'server', status: 500, code: 'HTTP_500' } } as const
      const write = (log: readonly LogEntry[], at = t0) => store.commit(aChange({ at, log }))
      const numbered = (count: number, parts: Partial<LogEntry> = {}, from = 0) =>
        Array.from({ length: count }, (_, n) => anEntry({ ...parts, at: t0 + from + n, requestId: `r${from + n}` }))
      const requestIds = async (query: Partial<Parameters<Store['log']>[0]> = {}) =>
        (await store.log({ integrationId: 'billing', ...query })).map(({ requestId }) => requestId)

      it('gives entries back whole, newest first, also after a restart', async () => {
        const details = { subject: { type: 'issue', id: '1' }, durationMs: 12, errorId: 'e', requestBody: '{"a":1}' }
        const entries = [
          anEntry({ at: t0 + 1 }),
          anEntry({ at: t0 + 2, ...failed, ...details }),
          anEntry({ at: t0 + 2, attempt: 7 }),
        ]
        await write(entries)
        expect(await store.log({ integrationId: 'billing' })).toEqual([...entries].reverse())
        await restart()
        expect(await store.log({ integrationId: 'billing' })).toEqual([...entries].reverse())
      })

      it('keeps the newest 100 of an integration and topic', async () => {
        await write(numbered(150))
        await write(numbered(1, { topic: 'issue.resolved' }))
        await write(numbered(1, { integrationId: 'chat' }))
        await restart()
        const ids = await requestIds({ topic: 'issue.created' })
        expect(ids).toHaveLength(100)
        expect([ids[0], ids[99]]).toEqual(['r149', 'r50'])
        expect(await requestIds({ topic: 'issue.resolved' })).toEqual(['r0'])
        expect(await requestIds({ integrationId: 'chat' })).toEqual(['r0'])
      })

      it('keeps the newest 100 errors however many successes follow, and shows them only among errors', async () => {
        await write(numbered(130, failed))
        await write(numbered(150, {}, 1_000))
        await restart()
        const errors = await requestIds({ errorsOnly: true })
        expect(errors).toHaveLength(100)
        expect([errors[0], errors[99]]).toEqual(['r129', 'r30'])
        const all = await requestIds()
        expect([all[0], all[99], all.length]).toEqual(['r1149', 'r1050', 100])
        await write(numbered(2, failed, 5_000))
        expect((await requestIds({ errorsOnly: true })).slice(0, 3)).toEqual(['r5001', 'r5000', 'r129'])
        expect(await requestIds({ errorsOnly: true })).toHaveLength(100)
      })

      it('counts an attempt without an answer as an error', async () => {
        await write([
          anEntry({ requestId: 'ok' }),
          anEntry({ requestId: 'silent', responseCode: 0 }),
          anEntry({ requestId: 'moved', responseCode: 301 }),
        ])
        expect(await requestIds({ errorsOnly: true })).toEqual(['silent'])
      })

      it('finds by organisation and by moment, both ends included', async () => {
        await write(numbered(10))
        await write(numbered(2, { organization: 'other' }, 10))
        expect(await requestIds({ organization: 'other' })).toEqual(['r11', 'r10'])
        expect(await requestIds({ from: t0 + 3, to: t0 + 5 })).toEqual(['r5', 'r4', 'r3'])
      })

      it('gives as many as asked for, and never more than 100', async () => {
        await write(numbered(100))
        await write(numbered(100, { topic: 'issue.resolved' }, 100))
        expect(await requestIds({ limit: 2 })).toEqual(['r199', 'r198'])
        expect(await requestIds({ limit: 500 })).toHaveLength(100)
        expect(await requestIds()).toHaveLength(100)
      })

      it('forgets a topic 30 days after its last entry', async () => {
        await write(numbered(3))
        await write([anEntry({ topic: 'issue.resolved', at: t0 + dayMs, requestId: 'later' })], t0 + dayMs)
        await write([], t0 + 30 * dayMs + 1)
        expect(await requestIds()).toEqual(['later', 'r2', 'r1', 'r0'])
        await write([], t0 + 30 * dayMs + 2)
        expect(await requestIds()).toEqual(['later'])
        await write([anEntry({ at: t0 + 30 * dayMs + 2, requestId: 'anew' })], t0 + 30 * dayMs + 2)
        expect(await requestIds({ topic: 'issue.created' })).toEqual(['anew'])
      })
    })

    describe('opening and closing', () => {
      it('refuses every call before it is opened and after it is closed', async () => {
        await store.close()
        const unopened = data.store()
        for (const closed of [store, unopened]) {
          const calls = [
            closed.configure({ kind: 'integration', integration: anIntegration() }),
            closed.append(accepted(['a'])),
            closed.commit(aChange()),
            closed.body('a'),
            closed.log({ integrationId: 'billing' }),
            closed.transitions('billing'),
            closed.audit('billing'),
            closed.notices('billing'),
            closed.letters('billing'),
          ]
          for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'STORE_CLOSED' })
        }
      })

      it('closes twice without complaint, and waits for what is under way', async () => {
        const ended: string[] = []
        const writes = ['a', 'b'].map((id) => store.append(accepted([id])).then(() => ended.push(id)))
        await Promise.all([store.close(), store.close()])
        await store.close()
        expect(ended).toEqual(['a', 'b'])
        await Promise.all(writes)
        store = data.store()
        expect(pendingIds(await store.open())).toEqual(['a', 'b'])
      })

      it('opens again as soon as it is closed', async () => {
        const underWay = store.append(accepted(['a']))
        const closing = store.close()
        expect(pendingIds(await store.open())).toEqual(['a'])
        await Promise.all([underWay, closing])
        expect(await store.body('a')).toEqual(bytes('{"for":"a"}'))
      })

      it('cannot be opened twice at a time', async () => {
        await expect(data.store().open()).rejects.toMatchObject({ code: 'STORE_LOCKED' })
        await store.append(accepted(['a']))
        expect(pendingIds(await restart())).toEqual(['a'])
      })

      it('applies calls in the order they are made, without waiting in between', async () => {
        const calls = [
          store.append(accepted(['a', 'b'])),
          settle([{ id: 'a', next: { hold: 'broken' } }]),
          settle([{ id: 'a', next: 'dead' }]),
          store.append(accepted(['a'])),
        ]
        await Promise.all(calls)
        expect(pendingIds(await restart())).toEqual(['b', 'a'])
      })
    })
  })
}
