import type { Settled } from '../../domain/delivery.ts'
import { expect, expectRejection } from './expect.ts'
import type { StoreBench } from './store-bench.ts'
import {
  accepted,
  aChange,
  aDelivery,
  aLetter,
  anAudit,
  anEntry,
  aNotice,
  aRecord,
  aTransition,
  bytes,
  hourMs,
  pendingIds,
  t0,
} from './store-samples.ts'
import type { Suite } from './suite.ts'

/** Deliveries and their bodies, until they end. */
export function storeDeliveries({ describe, it }: Suite<StoreBench>): void {
  describe('deliveries', () => {
    it('keeps what was accepted, with its bodies byte for byte, until it is settled', async (bench) => {
      const subject = { type: 'issue', id: '12' }
      const bodies = [bytes('{"größe":"東京 🚀"}'), new Uint8Array([0xff, 0, 0x80, 0xc3]), bytes('\uFEFF{}'), bytes('')]
      const deliveries = bodies.map((body, n) => ({ delivery: aDelivery({ id: `dlv_${n}`, subject }), body }))
      const appended = await bench.store.append({ eventId: 'evt_1', at: t0, deliveries })
      expect(appended).toEqual({ eventId: 'evt_1', deliveries: 4, duplicate: false })
      const { pending, report } = await bench.restart()
      expect(pending).toEqual(deliveries.map(({ delivery }) => ({ delivery, attempts: 0, dueAt: t0 })))
      expect(report.pending).toBe(4)
      for (const { delivery, body } of deliveries) expect(await bench.store.body(delivery.id)).toEqual(body)
    })

    it('keeps its own copy of a body', async (bench) => {
      const body = bytes('{"a":1}')
      await bench.store.append({ eventId: 'evt_1', at: t0, deliveries: [{ delivery: aDelivery(), body }] })
      body.fill(0)
      const given = await bench.store.body('dlv_1')
      expect(given).toEqual(bytes('{"a":1}'))
      given.fill(0)
      expect(await bench.store.body('dlv_1')).toEqual(bytes('{"a":1}'))
    })

    it('lets a delivery and its body go when it is delivered, dead, skipped or expired', async (bench) => {
      await bench.store.append(accepted(['a', 'b', 'c', 'd', 'e']))
      await bench.settle([
        { id: 'a', next: 'delivered' },
        { id: 'b', next: 'dead' },
        { id: 'c', next: 'skipped' },
        { id: 'd', next: 'expired' },
      ])
      await expectRejection(bench.store.body('a'), { code: 'BROKEN_INVARIANT' })
      expect(pendingIds(await bench.restart())).toEqual(['e'])
      for (const id of ['a', 'b', 'c', 'd']) await expectRejection(bench.store.body(id), { code: 'BROKEN_INVARIANT' })
      expect(await bench.store.body('e')).toEqual(bytes('{"for":"e"}'))
    })

    it('remembers the attempts made and when the next is due', async (bench) => {
      await bench.store.append(accepted(['a']))
      await bench.settle([{ id: 'a', next: { attempts: 2, dueAt: t0 + hourMs } }])
      expect((await bench.restart()).pending).toMatchObject([{ attempts: 2, dueAt: t0 + hourMs }])
    })

    it('holds a delivery with the reason and the moment, keeping attempts and due time unless told otherwise', async (bench) => {
      await bench.store.append(accepted(['a', 'b']))
      await bench.settle([
        { id: 'a', next: { attempts: 2, dueAt: t0 + hourMs } },
        { id: 'b', next: { attempts: 2, dueAt: t0 + hourMs } },
      ])
      await bench.settle(
        [
          { id: 'a', next: { hold: 'broken' } },
          { id: 'b', next: { hold: 'paused', attempts: 3 } },
        ],
        t0 + 5,
      )
      expect((await bench.restart()).pending).toEqual([
        { delivery: aDelivery({ id: 'a' }), attempts: 2, dueAt: t0 + hourMs, held: { reason: 'broken', at: t0 + 5 } },
        { delivery: aDelivery({ id: 'b' }), attempts: 3, dueAt: t0 + hourMs, held: { reason: 'paused', at: t0 + 5 } },
      ])
    })

    it('keeps the moment at which a delivery was first held, and what its last attempt was, until it waits again', async (bench) => {
      const last = { kind: 'server', status: 500, code: 'HTTP_500' } as const
      await bench.store.append(accepted(['a']))
      await bench.settle([{ id: 'a', next: { hold: 'broken', last } }], t0 + 5)
      await bench.settle([{ id: 'a', next: { hold: 'disabled' } }], t0 + 9)
      expect((await bench.restart()).pending).toMatchObject([{ held: { reason: 'disabled', at: t0 + 5 }, last }])
      await bench.settle([{ id: 'a', next: { attempts: 0, unspent: 2, dueAt: t0 + 9 } }])
      const { pending } = await bench.restart()
      expect(pending).toMatchObject([{ attempts: 0, unspent: 2, last }])
      expect(pending[0]).not.toHaveProperty('held')
    })

    it('keeps a dead letter with its body, apart from what waits, until it expires or waits again', async (bench) => {
      const last = { kind: 'rejected', status: 404, code: 'HTTP_404' } as const
      await bench.store.append(accepted(['a', 'b', 'c']))
      await bench.settle([{ id: 'a', next: { hold: 'broken' } }])
      await bench.settle(
        [
          { id: 'a', next: { dead: 'refused', attempts: 1, last } },
          { id: 'b', next: { dead: 'exhausted' } },
        ],
        t0 + 5,
      )
      await bench.settle([{ id: 'a', next: { dead: 'refused' } }], t0 + 9)
      const recovered = await bench.restart()
      expect(pendingIds(recovered)).toEqual(['c'])
      expect(recovered.report.pending).toBe(1)
      expect(recovered.dead).toEqual([
        { delivery: aDelivery({ id: 'a' }), attempts: 1, dueAt: t0, dead: { reason: 'refused', at: t0 + 5 }, last },
        { delivery: aDelivery({ id: 'b' }), attempts: 0, dueAt: t0, dead: { reason: 'exhausted', at: t0 + 5 } },
      ])
      expect([...recovered.bodyBytes]).toEqual(['a', 'b', 'c'].map((id) => [id, bytes(`{"for":"${id}"}`).byteLength]))
      expect(await bench.store.body('a')).toEqual(bytes('{"for":"a"}'))
      await bench.settle([
        { id: 'a', next: { attempts: 0, dueAt: t0 + 9 } },
        { id: 'b', next: 'expired' },
      ])
      const after = await bench.restart()
      expect(after.pending).toMatchObject([{ delivery: { id: 'a' }, attempts: 0 }, { delivery: { id: 'c' } }])
      expect(after.dead).toEqual([])
      expect(after.pending[0]).not.toHaveProperty('dead')
    })

    it('lets a held delivery wait for its next attempt again', async (bench) => {
      await bench.store.append(accepted(['a', 'b']))
      await bench.settle([{ id: 'a', next: { hold: 'disabled' } }])
      await bench.settle([{ id: 'a', next: { attempts: 1, dueAt: t0 + 9 } }])
      const { pending } = await bench.restart()
      expect(pending[0]).toEqual({ delivery: aDelivery({ id: 'a' }), attempts: 1, dueAt: t0 + 9 })
      expect(pending.map(({ delivery }) => delivery.id)).toEqual(['a', 'b'])
    })

    it.each<[string, readonly Settled[]]>([
      ['an unknown delivery', [{ id: 'nobody', next: 'delivered' }]],
      ['holding an unknown delivery', [{ id: 'nobody', next: { hold: 'broken' } }]],
      ['a delivery that was settled before', [{ id: 'gone', next: 'dead' }]],
      ['the same delivery settled twice', [{ id: 'b', next: 'dead' }, { id: 'b', next: 'dead' }]], // prettier-ignore
    ])('applies nothing of a change with %s', async (bench, _what, wrong) => {
      await bench.store.append(accepted(['a', 'b', 'gone']))
      await bench.settle([{ id: 'gone', next: 'delivered' }])
      const change = aChange({
        settled: [{ id: 'a', next: 'delivered' }, ...wrong],
        record: aRecord(1),
        notices: [aNotice('n1', 'pending')],
        letters: [aLetter('l1', 'n1')],
        log: [anEntry()],
        audit: [anAudit(1)],
        transitions: [aTransition(1)],
      })
      await expectRejection(bench.store.commit(change), { code: 'BROKEN_INVARIANT' })
      const recovered = await bench.restart()
      expect(pendingIds(recovered)).toEqual(['a', 'b'])
      expect(recovered).toMatchObject({ records: [], notices: [], letters: [] })
      expect(await bench.store.log({ integrationId: 'billing' })).toEqual([])
      expect(await bench.store.audit('billing')).toEqual([])
      expect(await bench.store.transitions('billing')).toEqual([])
    })

    it('refuses a delivery it holds already, and a batch that names one twice', async (bench) => {
      await bench.store.append(accepted(['a']))
      await expectRejection(bench.store.append(accepted(['b', 'a'])), { code: 'BROKEN_INVARIANT' })
      await expectRejection(bench.store.append(accepted(['c', 'c'])), { code: 'BROKEN_INVARIANT' })
      expect(pendingIds(await bench.restart())).toEqual(['a'])
    })
  })
}
