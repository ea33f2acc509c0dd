import type { Outcome } from '../../domain/outcome.ts'
import type { AttemptRequest } from '../../ports.ts'
import { expect, expectRejection } from './expect.ts'
import { startReceiver } from './receiver.ts'
import type { Suite } from './suite.ts'
import { aRequest, type TransportBench } from './transport-bench.ts'

/** Many at once, and the end. */
export function transportEnds({ describe, it }: Suite<TransportBench>): void {
  describe('many at once', () => {
    it('get each its own answer', async (bench) => {
      bench.receiver.answer(({ path, body }) => ({ status: 200, body: `${path} ${body.toString()}` }))
      const outcomes = await Promise.all(
        Array.from({ length: 300 }, (_, i) =>
          bench.transport.attempt(aRequest(`${bench.receiver.url}/${i}`, { body: Buffer.from(`body ${i}`) })),
        ),
      )
      expect(outcomes.map(({ body }) => body)).toEqual(Array.from({ length: 300 }, (_, i) => `/${i} body ${i}`))
    })

    it('leave those alone that go elsewhere', async (bench) => {
      bench.receiver.answer('hang')
      const slow = Array.from({ length: 40 }, () => bench.attempt())
      const other = await startReceiver()
      expect(await bench.transport.attempt(aRequest(other.url))).toMatchObject({ kind: 'ok' })
      await other.close()
      await bench.transport.close()
      await Promise.all(slow)
    })
  })
  describe('closing', () => {
    it('ends what is in flight as our own doing, and frees every socket', async (bench) => {
      bench.receiver.answer('hang')
      const attempts = Array.from({ length: 10 }, () => bench.attempt())
      await bench.receiver.received(10)
      await bench.transport.close()
      const outcomes: readonly Outcome[] = await Promise.all(attempts)
      for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'local', status: 0, code: 'SHUTTING_DOWN' })
      await bench.receiver.until(() => bench.receiver.open() === 0)
      expect(bench.receiver.requests).toHaveLength(10)
    })

    it('frees the connections that are kept, and does not wait until they are too old', async (bench) => {
      await bench.answered({ status: 200, headers: { 'keep-alive': 'timeout=60' } })
      await bench.transport.close()
      await bench.receiver.until(() => bench.receiver.open() === 0)
    })

    it('takes nothing more, and may be done twice', async (bench) => {
      await Promise.all([bench.transport.close(), bench.transport.close()])
      expect(await bench.attempt()).toMatchObject({ kind: 'local', code: 'SHUTTING_DOWN' })
      expect(bench.receiver.connections()).toBe(0)
    })
  })
  describe('a request that should never have come', () => {
    it.each<[string, Partial<AttemptRequest>]>([
      ['no URL', { url: 'not a url' }],
      ['a header that would start a new line', { headers: { 'x-a': 'b\r\nx-c: s3cret' } }],
      ['a header name with a blank', { headers: { 'x a': 's3cret' } }],
    ])('is rejected as a defect: %s', async (bench, _what, parts) => {
      await expectRejection(bench.attempt(parts), /^BROKEN_INVARIANT: (?!.*s3cret)/)
      expect(bench.receiver.requests).toHaveLength(0)
    })
  })
}
