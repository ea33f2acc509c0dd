import { expect } from './expect.ts'
import type { StoreBench } from './store-bench.ts'
import {
  aChange,
  aLetter,
  anAudit,
  anEntry,
  anIntegration,
  aNotice,
  aRecord,
  aTransition,
  dayMs,
  folded,
  hourMs,
  idsOf,
  t0,
} from './store-samples.ts'
import type { Suite } from './suite.ts'

/** Records, successes, transitions, notices and letters. */
export function storeHealth({ describe, it }: Suite<StoreBench>): void {
  describe('health', () => {
    it('gives back the last record of each integration', async (bench) => {
      await bench.store.commit(aChange({ record: aRecord(1) }))
      await bench.store.commit(aChange({ record: aRecord(2) }))
      expect((await bench.restart()).records).toEqual([aRecord(2)])
    })

    it('adds up the successes since the last record, and clears them with a record', async (bench) => {
      await bench.store.commit(aChange({ folded: folded(2, t0 + 5, t0 + 6) }))
      await bench.store.commit(aChange({ folded: folded(3, t0 + 4, t0 + 9, 'internal') }))
      expect((await bench.restart()).successesAfter).toEqual(
        new Map([['billing', folded(5, t0 + 4, t0 + 9, 'internal')]]),
      )
      await bench.store.commit(aChange({ record: aRecord(1), folded: folded(1, t0, t0) }))
      expect((await bench.restart()).successesAfter).toEqual(new Map())
      await bench.store.commit(aChange({ folded: folded(1, t0 + 20, t0 + 21) }))
      expect((await bench.restart()).successesAfter).toEqual(new Map([['billing', folded(1, t0 + 20, t0 + 21)]]))
    })

    it('takes many changes at once, where it can, as it takes them one by one', async (bench) => {
      const { store } = bench
      const changes = [
        aChange({ folded: folded(1, t0, t0) }),
        aChange({ record: aRecord(1), log: [anEntry({ requestId: 'first' })] }),
        aChange({ folded: folded(2, t0 + 1, t0 + 2), log: [anEntry({ requestId: 'second', at: t0 + 1 })] }),
        aChange({ integrationId: 'chat', audit: [anAudit(0, 'chat')] }),
      ]
      if (store.commitAll === undefined) for (const change of changes) await store.commit(change)
      else await store.commitAll(changes)
      const { records, successesAfter } = await bench.restart()
      expect(records).toEqual([aRecord(1)])
      expect(successesAfter).toEqual(new Map([['billing', folded(2, t0 + 1, t0 + 2)]]))
      expect((await bench.store.log({ integrationId: 'billing' })).map(({ requestId }) => requestId)).toEqual([
        'second',
        'first',
      ])
      expect(await bench.store.audit('chat')).toEqual([anAudit(0, 'chat')])
    })

    it('keeps the newest 1,000 transitions and audit entries of an integration, newest first', async (bench) => {
      const numbers = Array.from({ length: 1_010 }, (_, n) => n)
      await bench.store.commit(
        aChange({ transitions: numbers.map(aTransition), audit: numbers.map((n) => anAudit(n)) }),
      )
      await bench.store.commit(aChange({ audit: [anAudit(0, 'chat')] }))
      await bench.restart()
      await bench.store.commit(aChange({ transitions: [aTransition(1_010)], audit: [anAudit(1_010)] }))
      const expected = Array.from({ length: 1_000 }, (_, n) => 1_010 - n)
      expect(await bench.store.transitions('billing')).toEqual(expected.map(aTransition))
      expect(await bench.store.audit('billing')).toEqual(expected.map((n) => anAudit(n)))
      expect(await bench.store.audit('chat')).toEqual([anAudit(0, 'chat')])
    })

    it('keeps a transition for 400 days, also of an integration that lives on, and the audit for longer', async (bench) => {
      await bench.store.configure({ kind: 'integration', integration: anIntegration() })
      const [first, second] = [aTransition(0), aTransition(hourMs + 1)]
      await bench.store.commit(aChange({ transitions: [first, second], audit: [anAudit(0)] }))
      await bench.store.commit(aChange({ at: t0 + 400 * dayMs - 1 }))
      expect(await bench.store.transitions('billing')).toEqual([second, first])
      await bench.restart()
      await bench.store.commit(aChange({ at: t0 + 400 * dayMs + hourMs }))
      expect(await bench.store.transitions('billing')).toEqual([second])
      await bench.store.commit(aChange({ at: t0 + 401 * dayMs, integrationId: 'chat' }))
      await bench.restart()
      await bench.restart()
      expect(await bench.store.transitions('billing')).toEqual([])
      expect(await bench.store.audit('billing')).toEqual([anAudit(0)])
    })

    it('has no history of an integration it never heard of', async (bench) => {
      expect(await bench.store.transitions('nobody')).toEqual([])
      expect(await bench.store.audit('nobody')).toEqual([])
      expect(await bench.store.notices('nobody')).toEqual([])
      expect(await bench.store.letters('nobody')).toEqual([])
      expect(await bench.store.log({ integrationId: 'nobody' })).toEqual([])
    })
  })
  describe('the pulse', () => {
    it('gives the last one back', async (bench) => {
      await bench.store.pulse({ at: t0, lostMs: 0 })
      await Promise.all([1, 2, 3].map((n) => bench.store.pulse({ at: t0 + n, lostMs: -n })))
      expect((await bench.restart()).pulse).toEqual({ at: t0 + 3, lostMs: -3 })
    })
  })
  describe('notices and letters', () => {
    it('replaces them by id and keeps the order in which they first came', async (bench) => {
      const letters = [aLetter('l2', 'n2'), aLetter('9', 'n2'), aLetter('1', 'n1')]
      await bench.store.commit(aChange({ notices: [aNotice('n2', 'pending'), aNotice('1', 'pending')], letters }))
      const sent = aLetter('l2', 'n2', { status: 'sent', tries: 1, sentAt: t0 + 3 })
      await bench.store.commit(aChange({ notices: [aNotice('n2', 'expanded')], letters: [sent] }))
      await bench.restart()
      expect(await bench.store.notices('billing')).toEqual([aNotice('n2', 'expanded'), aNotice('1', 'pending')])
      expect(await bench.store.letters('billing')).toEqual([sent, ...letters.slice(1)])
    })

    it('recovers the notices still to be done, with all their letters', async (bench) => {
      const notices = (['pending', 'expanded', 'done', 'undeliverable', 'superseded'] as const).map((status) =>
        aNotice(status, status),
      )
      const letters = notices.map(({ id }) => aLetter(`l-${id}`, id))
      const sent = aLetter('l-sent', 'expanded', { status: 'sent' })
      await bench.store.commit(aChange({ notices, letters: [...letters, sent] }))
      const recovered = await bench.restart()
      expect(idsOf(recovered.notices)).toEqual(['pending', 'expanded'])
      expect(idsOf(recovered.letters)).toEqual(['l-pending', 'l-expanded', 'l-sent'])
      expect(recovered.report.notices).toBe(2)
      expect(await bench.store.notices('billing')).toHaveLength(5)
      expect(await bench.store.letters('billing')).toHaveLength(6)
    })

    it('keeps a closed notice and its letters for 30 days, and an open one for as long as it takes', async (bench) => {
      const closed = ['done', 'undeliverable', 'superseded'] as const
      const notices = ['pending' as const, ...closed].map((status) => aNotice(status, status))
      const letters = notices.map(({ id }) => aLetter(`l-${id}`, id))
      await bench.store.commit(aChange({ notices, letters }))
      // Saying again that it is done does not prolong its time.
      await bench.store.commit(aChange({ at: t0 + 2 * dayMs, notices: [aNotice('done', 'done')] }))
      await bench.restart()
      await bench.store.commit(aChange({ at: t0 + 30 * dayMs - 1 }))
      expect(await bench.store.notices('billing')).toHaveLength(4)
      await bench.store.commit(aChange({ at: t0 + 30 * dayMs + hourMs }))
      await bench.restart()
      expect(idsOf(await bench.store.notices('billing'))).toEqual(['pending'])
      expect(idsOf(await bench.store.letters('billing'))).toEqual(['l-pending'])
    })

    it('keeps those of an incident for as long as it goes on', async (bench) => {
      const { context, ...record } = aRecord(1)
      const incident = { id: 'inc-1', startedAt: t0, cause: { at: t0, signal: 'delivery.failed' } } as const
      await bench.store.commit(aChange({ record: { ...record, context: { ...context, incident } } }))
      await bench.store.commit(aChange({ notices: [aNotice('told', 'done')], letters: [aLetter('l-told', 'told')] }))
      await bench.store.commit(aChange({ at: t0 + 31 * dayMs }))
      await bench.restart()
      expect(idsOf(await bench.store.notices('billing'))).toEqual(['told'])
      expect(idsOf(await bench.store.letters('billing'))).toEqual(['l-told'])
      await bench.store.commit(aChange({ at: t0 + 33 * dayMs, record: aRecord(2) }))
      await bench.store.commit(aChange({ at: t0 + 35 * dayMs }))
      expect(await bench.store.notices('billing')).toEqual([])
    })
  })
}
