import { expect, expectRejection } from './expect.ts'
import type { StoreBench } from './store-bench.ts'
import {
  accepted,
  aChange,
  aDelivery,
  aLetter,
  anAudit,
  anEntry,
  anInstallation,
  anIntegration,
  aNotice,
  aRecord,
  aTransition,
  bytes,
  dayMs,
  folded,
  idsOf,
  pendingIds,
  t0,
} from './store-samples.ts'
import type { Suite } from './suite.ts'

/** What is registered, and what becomes of it. */
export function storeCatalogue({ describe, it }: Suite<StoreBench>): void {
  describe('the catalogue', () => {
    it('opens empty the first time', async (bench) => {
      const recovered = await bench.restart()
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

    it('gives integrations and installations back in the order they first came', async (bench) => {
      const ids = ['zebra', '42', '7', '__proto__', 'apple']
      for (const id of ids) await bench.store.configure({ kind: 'integration', integration: anIntegration({ id }) })
      const installations = ['u9', '3', 'u1'].map((uuid) =>
        anInstallation({ uuid, topics: ['issue'], projects: ['web'] }),
      )
      for (const installation of installations) await bench.store.configure({ kind: 'installation', installation })
      await bench.store.configure({ kind: 'integration', integration: anIntegration({ id: '42', name: 'Renamed' }) })
      const recovered = await bench.restart()
      expect(idsOf(recovered.integrations)).toEqual(ids)
      expect(recovered.integrations[1]).toEqual(anIntegration({ id: '42', name: 'Renamed' }))
      expect(recovered.installations).toEqual(installations)
      expect(recovered.report).toMatchObject({ integrations: 5, installations: 3 })
    })

    it('forgets an installation that is taken away', async (bench) => {
      await bench.store.configure({ kind: 'installation', installation: anInstallation() })
      await bench.store.configure({ kind: 'installation', installation: anInstallation({ uuid: 'inst-2' }) })
      await bench.store.configure({ kind: 'uninstalled', uuid: 'inst-1' })
      expect((await bench.restart()).installations).toEqual([anInstallation({ uuid: 'inst-2' })])
    })

    it('takes everything of a removed integration along and nothing of another, but keeps its log and history', async (bench) => {
      const other = aDelivery({ id: 'dlv_other', integrationId: 'chat', installationId: 'inst-2' })
      await bench.store.configure({ kind: 'integration', integration: anIntegration() })
      await bench.store.configure({ kind: 'integration', integration: anIntegration({ id: 'chat' }) })
      await bench.store.configure({ kind: 'installation', installation: anInstallation() })
      await bench.store.configure({
        kind: 'installation',
        installation: anInstallation({ uuid: 'inst-2', integrationId: 'chat' }),
      })
      await bench.store.append(accepted(['dlv_1']))
      await bench.store.append({ eventId: 'evt_2', at: t0, deliveries: [{ delivery: other, body: bytes('{}') }] })
      await bench.store.commit(
        aChange({ record: aRecord(1), log: [anEntry()], audit: [anAudit(1)], transitions: [aTransition(1)] }),
      )
      await bench.store.commit(aChange({ folded: folded(1, t0, t0) }))
      await bench.store.commit(aChange({ notices: [aNotice('n1', 'pending')], letters: [aLetter('l1', 'n1')] }))
      const chat = {
        at: t0,
        integrationId: 'chat',
        folded: folded(2, t0, t0),
        notices: [aNotice('n2', 'pending', 'chat')],
      }
      await bench.store.commit({ ...chat, letters: [aLetter('l2', 'n2', { integrationId: 'chat' })] })
      await bench.store.configure({ kind: 'removed', integrationId: 'billing' })
      const recovered = await bench.restart()
      expect(idsOf(recovered.integrations)).toEqual(['chat'])
      expect(recovered.installations.map(({ uuid }) => uuid)).toEqual(['inst-2'])
      expect(recovered.records).toEqual([])
      expect(pendingIds(recovered)).toEqual(['dlv_other'])
      expect(idsOf(recovered.notices)).toEqual(['n2'])
      expect(idsOf(recovered.letters)).toEqual(['l2'])
      expect([...recovered.successesAfter.keys()]).toEqual(['chat'])
      expect(await bench.store.notices('billing')).toEqual([])
      expect(await bench.store.letters('billing')).toEqual([])
      expect(await bench.store.log({ integrationId: 'billing' })).toEqual([anEntry()])
      expect(await bench.store.audit('billing')).toEqual([anAudit(1)])
      expect(await bench.store.transitions('billing')).toEqual([aTransition(1)])
      await expectRejection(bench.store.body('dlv_1'), { code: 'BROKEN_INVARIANT' })
    })

    it('lets the history of a removed integration go 30 days after its last entry', async (bench) => {
      await bench.store.configure({ kind: 'integration', integration: anIntegration({ id: 'chat' }) })
      await bench.store.commit(aChange({ audit: [anAudit(0), anAudit(0, 'chat')], transitions: [aTransition(0)] }))
      await bench.store.commit(aChange({ at: t0 + 30 * dayMs - 1 }))
      expect(await bench.store.audit('billing')).toEqual([anAudit(0)])
      await bench.store.commit(aChange({ at: t0 + 31 * dayMs, integrationId: 'chat' }))
      await bench.restart()
      expect(await bench.store.audit('billing')).toEqual([])
      expect(await bench.store.transitions('billing')).toEqual([])
      expect(await bench.store.audit('chat')).toEqual([anAudit(0, 'chat')])
    })
  })
}
