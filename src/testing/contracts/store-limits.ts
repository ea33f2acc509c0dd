import type { Accepted } from '../../ports.ts'
import { expect, expectRejection } from './expect.ts'
import type { StoreBench } from './store-bench.ts'
import { accepted, aDelivery, dayMs, pendingIds, t0 } from './store-samples.ts'
import type { Suite } from './suite.ts'

/** Each bench takes 100 bytes of bodies. */
export function storeLimits({ describe, it }: Suite<StoreBench>): void {
  describe('the backlog limit', () => {
    const sized = (id: string, size: number, parts: Partial<Accepted> = {}): Accepted =>
      accepted([], { ...parts, deliveries: [{ delivery: aDelivery({ id }), body: new Uint8Array(size).fill(97) }] })

    it('takes bodies up to the limit and stores nothing of a batch above it', async (bench) => {
      await bench.store.append(sized('a', 60))
      await expectRejection(bench.store.append(sized('b', 41)), { code: 'STORE_BACKLOG_FULL' })
      await bench.store.append(sized('c', 40))
      expect(pendingIds(await bench.restart())).toEqual(['a', 'c'])
    })

    it('counts what it holds again after a restart, and makes room when something settles', async (bench) => {
      await bench.store.append(sized('a', 60))
      await bench.store.append(sized('b', 40))
      await bench.restart()
      await expectRejection(bench.store.append(sized('c', 1)), { code: 'STORE_BACKLOG_FULL' })
      await bench.settle([{ id: 'a', next: 'delivered' }])
      await bench.store.append(sized('c', 60))
      await expectRejection(bench.store.append(sized('d', 1)), { code: 'STORE_BACKLOG_FULL' })
    })

    it('makes room when an integration is removed', async (bench) => {
      await bench.store.append(sized('a', 100))
      await bench.store.configure({ kind: 'removed', integrationId: 'billing' })
      expect(await bench.store.append(sized('b', 100))).toMatchObject({ deliveries: 1 })
    })

    it('does not remember the key of a batch it refused, and still answers for one it knows', async (bench) => {
      await bench.store.append(sized('a', 100, { key: 'known', digest: 'x' }))
      await expectRejection(bench.store.append(sized('b', 1, { key: 'k', digest: 'x' })), {
        code: 'STORE_BACKLOG_FULL',
      })
      expect(await bench.store.append(sized('c', 100, { key: 'known', digest: 'x' }))).toMatchObject({
        duplicate: true,
      })
      await bench.settle([{ id: 'a', next: 'delivered' }])
      expect(await bench.store.append(sized('b', 1, { key: 'k', digest: 'y' }))).toMatchObject({ duplicate: false })
    })
  })
}

/** The same event given twice. */
export function storeKeys({ describe, it }: Suite<StoreBench>): void {
  describe('idempotency keys', () => {
    const keyed = (id: string, parts: Partial<Accepted> = {}): Accepted =>
      accepted([id, `${id}-2`], { eventId: `evt_${id}`, key: 'order-1', digest: 'd1', ...parts })

    it('answers a known key with the first event and stores nothing more, also after a restart', async (bench) => {
      await bench.store.append(keyed('a'))
      const first = { eventId: 'evt_a', deliveries: 2, duplicate: true }
      expect(await bench.store.append(keyed('b'))).toEqual(first)
      await bench.restart()
      expect(await bench.store.append(keyed('c'))).toEqual(first)
      expect(pendingIds(await bench.restart())).toEqual(['a', 'a-2'])
    })

    it('still knows the key when the deliveries are settled', async (bench) => {
      await bench.store.append(keyed('a'))
      await bench.settle([
        { id: 'a', next: 'delivered' },
        { id: 'a-2', next: 'delivered' },
      ])
      expect(await bench.store.append(keyed('b'))).toMatchObject({ eventId: 'evt_a', duplicate: true })
    })

    it('refuses a known key with another digest, or with none', async (bench) => {
      await bench.store.append(keyed('a'))
      await expectRejection(bench.store.append(keyed('b', { digest: 'd2' })), { code: 'IDEMPOTENCY_CONFLICT' })
      const bare = accepted(['b'], { key: 'order-1' })
      await expectRejection(bench.store.append(bare), { code: 'IDEMPOTENCY_CONFLICT' })
      expect(pendingIds(await bench.restart())).toEqual(['a', 'a-2'])
    })

    it('remembers the key of an event nobody hears', async (bench) => {
      expect(await bench.store.append(accepted([], { key: 'k', digest: 'd' }))).toMatchObject({
        deliveries: 0,
        duplicate: false,
      })
      expect(await bench.store.append(accepted(['a'], { key: 'k', digest: 'd' }))).toMatchObject({
        deliveries: 0,
        duplicate: true,
      })
    })

    it('knows a key for 24 hours, and takes it as new after that', async (bench) => {
      await bench.store.append(keyed('a'))
      expect(await bench.store.append(keyed('b', { at: t0 + dayMs - 1 }))).toMatchObject({ duplicate: true })
      expect(await bench.store.append(keyed('c', { at: t0 + dayMs, digest: 'd2' }))).toMatchObject({ duplicate: false })
      expect(await bench.store.append(keyed('d', { at: t0 + dayMs + 1, digest: 'd2' }))).toMatchObject({
        eventId: 'evt_c',
      })
    })
  })
}
