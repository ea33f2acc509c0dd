import type { LogEntry } from '../../domain/delivery.ts'
import type { LogQuery } from '../../ports.ts'
import { expect, expectRejection } from './expect.ts'
import type { StoreBench } from './store-bench.ts'
import { accepted, aChange, anEntry, anIntegration, bytes, dayMs, hourMs, pendingIds, t0 } from './store-samples.ts'
import type { Suite } from './suite.ts'

/** The request log, and opening and closing. */
export function storeLog({ describe, it }: Suite<StoreBench>): void {
  describe('the request log', () => {
    const failed = { responseCode: 500, outcome: { kind: 'server', status: 500, code: 'HTTP_500' } } as const
    const write = ({ store }: StoreBench, log: readonly LogEntry[], at = t0) => store.commit(aChange({ at, log }))
    const numbered = (count: number, parts: Partial<LogEntry> = {}, from = 0) =>
      Array.from({ length: count }, (_, n) => anEntry({ ...parts, at: t0 + from + n, requestId: `r${from + n}` }))
    const requestIds = async ({ store }: StoreBench, query: Partial<LogQuery> = {}) =>
      (await store.log({ integrationId: 'billing', ...query })).map(({ requestId }) => requestId)

    it('gives entries back whole, newest first, also after a restart', async (bench) => {
      const details = { subject: { type: 'issue', id: '1' }, durationMs: 12, errorId: 'e', requestBody: '{"a":1}' }
      const entries = [
        anEntry({ at: t0 + 1 }),
        anEntry({ at: t0 + 2, ...failed, ...details }),
        anEntry({ at: t0 + 2, attempt: 7 }),
      ]
      await write(bench, entries)
      expect(await bench.store.log({ integrationId: 'billing' })).toEqual([...entries].reverse())
      await bench.restart()
      expect(await bench.store.log({ integrationId: 'billing' })).toEqual([...entries].reverse())
    })

    it('keeps the newest 100 of an integration and topic', async (bench) => {
      await write(bench, numbered(150))
      await write(bench, numbered(1, { topic: 'issue.resolved' }))
      await write(bench, numbered(1, { integrationId: 'chat' }))
      await bench.restart()
      const ids = await requestIds(bench, { topic: 'issue.created' })
      expect(ids).toHaveLength(100)
      expect([ids[0], ids[99]]).toEqual(['r149', 'r50'])
      expect(await requestIds(bench, { topic: 'issue.resolved' })).toEqual(['r0'])
      expect(await requestIds(bench, { integrationId: 'chat' })).toEqual(['r0'])
    })

    it('keeps the newest 100 errors however many successes follow, and shows them only among errors', async (bench) => {
      await write(bench, numbered(130, failed))
      await write(bench, numbered(150, {}, 1_000))
      await bench.restart()
      const errors = await requestIds(bench, { errorsOnly: true })
      expect(errors).toHaveLength(100)
      expect([errors[0], errors[99]]).toEqual(['r129', 'r30'])
      const all = await requestIds(bench)
      expect([all[0], all[99], all.length]).toEqual(['r1149', 'r1050', 100])
      await write(bench, numbered(2, failed, 5_000))
      expect((await requestIds(bench, { errorsOnly: true })).slice(0, 3)).toEqual(['r5001', 'r5000', 'r129'])
      expect(await requestIds(bench, { errorsOnly: true })).toHaveLength(100)
    })

    it('finds all that is kept of one delivery, also errors that are older than the newest 100', async (bench) => {
      await write(bench, [anEntry({ ...failed, deliveryId: 'dlv_2', requestId: 'first', topic: 'issue.resolved' })])
      await write(bench, [anEntry({ ...failed, deliveryId: 'dlv_2', requestId: 'old', at: t0 + 1 })])
      await write(bench, numbered(150, {}, 2))
      await write(bench, [anEntry({ deliveryId: 'dlv_2', requestId: 'new', at: t0 + 1_000 })])
      await bench.restart()
      expect(await requestIds(bench, { deliveryId: 'dlv_2' })).toEqual(['new', 'old', 'first'])
      expect(await requestIds(bench, { deliveryId: 'dlv_3' })).toEqual([])
    })

    it('counts attempts by the hour, also those that it lets go, and no word of why there was none', async (bench) => {
      const hour = (n: number) => t0 + n * hourMs
      await write(bench, numbered(250))
      const { requestId: _, ...unsent } = anEntry({ ...failed, at: hour(2) + 2 })
      await write(bench, [anEntry({ ...failed, at: hour(2) + 1 }), unsent])
      const expected = [
        { at: t0, ok: 250, failed: 0 },
        { at: hour(2), ok: 0, failed: 1 },
      ]
      expect(await bench.store.hours('billing')).toEqual(expected)
      await bench.restart()
      expect(await bench.store.hours('billing')).toEqual(expected)
      // The clock was set back, and then by more.
      await write(bench, [anEntry({ at: hour(1), requestId: 'g' }), anEntry({ at: hour(-1), requestId: 'h' })])
      await bench.restart()
      await write(bench, [anEntry({ at: hour(2), requestId: 'i' })])
      expect(await bench.store.hours('billing')).toEqual([
        { at: hour(-1), ok: 1, failed: 0 },
        { at: t0, ok: 250, failed: 0 },
        { at: hour(1), ok: 1, failed: 0 },
        { at: hour(2), ok: 1, failed: 1 },
      ])
      expect(await bench.store.hours('nobody')).toEqual([])
    })

    it('counts the newest 168 hours in which there was an attempt, and none of an integration that was taken away', async (bench) => {
      const every = Array.from({ length: 170 }, (_, n) => anEntry({ at: t0 + 2 * n * hourMs, requestId: `r${n}` }))
      await write(bench, every)
      await bench.restart()
      const hours = await bench.store.hours('billing')
      expect([hours.length, hours[0]?.at, hours[167]?.at]).toEqual([168, t0 + 4 * hourMs, t0 + 338 * hourMs])
      await bench.store.configure({ kind: 'removed', integrationId: 'billing' })
      expect(await bench.store.hours('billing')).toEqual([])
      await write(bench, [anEntry({ at: t0, requestId: 'late' })])
      await write(bench, [], t0 + 31 * dayMs)
      expect(await bench.store.hours('billing')).toEqual([])
    })

    it('counts an attempt without an answer as an error', async (bench) => {
      await write(bench, [
        anEntry({ requestId: 'ok' }),
        anEntry({ requestId: 'silent', responseCode: 0 }),
        anEntry({ requestId: 'moved', responseCode: 301 }),
      ])
      expect(await requestIds(bench, { errorsOnly: true })).toEqual(['silent'])
    })

    it('finds by organisation and by moment, both ends included', async (bench) => {
      await write(bench, numbered(10))
      await write(bench, numbered(2, { organization: 'other' }, 10))
      expect(await requestIds(bench, { organization: 'other' })).toEqual(['r11', 'r10'])
      expect(await requestIds(bench, { from: t0 + 3, to: t0 + 5 })).toEqual(['r5', 'r4', 'r3'])
    })

    it('gives as many as asked for, and never more than 100', async (bench) => {
      await write(bench, numbered(100))
      await write(bench, numbered(100, { topic: 'issue.resolved' }, 100))
      expect(await requestIds(bench, { limit: 2 })).toEqual(['r199', 'r198'])
      expect(await requestIds(bench, { limit: 500 })).toHaveLength(100)
      expect(await requestIds(bench)).toHaveLength(100)
    })

    it('forgets a topic 30 days after its last entry', async (bench) => {
      await write(bench, numbered(3))
      await write(bench, [anEntry({ topic: 'issue.resolved', at: t0 + dayMs, requestId: 'later' })], t0 + dayMs)
      await write(bench, [], t0 + 30 * dayMs + 1)
      expect(await requestIds(bench)).toEqual(['later', 'r2', 'r1', 'r0'])
      await write(bench, [], t0 + 30 * dayMs + 2)
      expect(await requestIds(bench)).toEqual(['later'])
      await write(bench, [anEntry({ at: t0 + 30 * dayMs + 2, requestId: 'anew' })], t0 + 30 * dayMs + 2)
      expect(await requestIds(bench, { topic: 'issue.created' })).toEqual(['anew'])
    })
  })
  describe('opening and closing', () => {
    it('refuses every call before it is opened and after it is closed', async (bench) => {
      await bench.store.close()
      const unopened = bench.fresh()
      for (const closed of [bench.store, unopened]) {
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
        for (const call of calls) await expectRejection(call, { code: 'STORE_CLOSED' })
      }
    })

    it('closes twice without complaint, and waits for what is under way', async (bench) => {
      const ended: string[] = []
      const writes = ['a', 'b'].map((id) => bench.store.append(accepted([id])).then(() => ended.push(id)))
      await Promise.all([bench.store.close(), bench.store.close()])
      await bench.store.close()
      expect(ended).toEqual(['a', 'b'])
      await Promise.all(writes)
      bench.store = bench.fresh()
      expect(pendingIds(await bench.store.open())).toEqual(['a', 'b'])
    })

    it('opens again as soon as it is closed', async (bench) => {
      const underWay = bench.store.append(accepted(['a']))
      const closing = bench.store.close()
      expect(pendingIds(await bench.store.open())).toEqual(['a'])
      await Promise.all([underWay, closing])
      expect(await bench.store.body('a')).toEqual(bytes('{"for":"a"}'))
    })

    it('cannot be opened twice at a time', async (bench) => {
      await expectRejection(bench.fresh().open(), { code: 'STORE_LOCKED' })
      await bench.store.append(accepted(['a']))
      expect(pendingIds(await bench.restart())).toEqual(['a'])
    })

    it('applies calls in the order they are made, without waiting in between', async (bench) => {
      const calls = [
        bench.store.append(accepted(['a', 'b'])),
        bench.settle([{ id: 'a', next: { hold: 'broken' } }]),
        bench.settle([{ id: 'a', next: 'dead' }]),
        bench.store.append(accepted(['a'])),
      ]
      await Promise.all(calls)
      expect(pendingIds(await bench.restart())).toEqual(['b', 'a'])
    })
  })
}
