import { gzipSync } from 'node:zlib'
import { expect } from './expect.ts'
import type { Suite } from './suite.ts'
import { aRequest, type TransportBench } from './transport-bench.ts'

/** What is sent, and what is made of an answer. */
export function transportAnswers({ describe, it }: Suite<TransportBench>): void {
  describe('the request', () => {
    it('arrives with the exact bytes and headers it was given', async (bench) => {
      const body = Uint8Array.from({ length: 256 }, (_, i) => i)
      const headers = { 'X-Spelled': 'As Given', 'content-type': 'application/json' }
      await bench.transport.attempt(aRequest(`${bench.receiver.url}/a/b?c=d&e#f`, { body, headers }))
      const [request] = bench.receiver.requests
      expect(request).toMatchObject({ method: 'POST', path: '/a/b?c=d&e' })
      expect(request?.headers).toMatchObject({ 'x-spelled': 'As Given', 'content-type': 'application/json' })
      expect(request?.body).toEqual(body)
    })

    it('carries the part of a buffer it was given, and nothing around it', async (bench) => {
      await bench.attempt({ body: new TextEncoder().encode('secret {"a":1} secret').subarray(7, 14) })
      expect(bench.receiver.requests[0]?.body.toString()).toBe('{"a":1}')
    })

    it.each([0, 1, 65_536, 1_048_576])('arrives whole with a body of %d bytes', async (bench, length) => {
      await bench.attempt({ body: Buffer.alloc(length, 'ab') })
      expect(bench.receiver.requests[0]?.body.equals(Buffer.alloc(length, 'ab'))).toBe(true)
      expect(bench.receiver.requests[0]?.headers['content-length']).toBe(String(length))
    })
  })
  describe('an answer', () => {
    it.each([
      [200, 'ok'],
      [204, 'ok'],
      [301, 'redirect'],
      [304, 'redirect'],
      [404, 'rejected'],
      [410, 'gone'],
      [429, 'throttled'],
      [500, 'server'],
      [503, 'server'],
      [999, 'server'],
    ] as const)('of %d is %s', async (bench, status, kind) => {
      expect(await bench.answered(status)).toMatchObject({ kind, status, code: `HTTP_${status}`, truncated: false })
      expect(bench.receiver.requests).toHaveLength(1)
    })

    it('of 503 with Retry-After is throttled and keeps what it asked for', async (bench) => {
      const outcome = await bench.answered({ status: 503, headers: { 'Retry-After': '120' } })
      expect(outcome).toMatchObject({ kind: 'throttled', headers: { 'retry-after': '120' } })
    })

    it('is kept with its whole body and the chosen headers', async (bench) => {
      const {
        durationMs,
        phasesMs: _,
        reused: __,
        address: ___,
        bytesIn: ____,
        ...outcome
      } = await bench.answered({
        status: 400,
        headers: { 'Content-Type': 'text/plain', 'Sentry-Hook-Error': 'no', 'Set-Cookie': 'a=b', 'X-Other': 'c' },
        body: 'bad request',
      })
      expect(outcome).toEqual({
        kind: 'rejected',
        status: 400,
        code: 'HTTP_400',
        phase: 'body',
        body: 'bad request',
        bodyBytes: 11,
        truncated: false,
        headers: { 'content-type': 'text/plain', 'sentry-hook-error': 'no' },
      })
      expect(Number.isInteger(durationMs)).toBe(true)
    })

    it.each([
      ['disable', 'disable'],
      [' Disable ', 'disable'],
      ['abort-message', 'abort-message'],
      ['enable', undefined],
      ['disable, abort-message', undefined],
    ] as const)('that says webhook-delivery: %s asks for %s, whatever its status', async (bench, said, asks) => {
      for (const status of [200, 404, 503])
        expect((await bench.answered({ status, headers: { 'Webhook-Delivery': said } })).asks).toBe(asks)
    })

    it('keeps the first of a repeated header, and 256 characters of a long one', async (bench) => {
      const headers = { 'sentry-hook-error': ['first', 'second'], 'sentry-hook-project': 'x'.repeat(300) }
      const outcome = await bench.answered({ status: 200, headers })
      expect(outcome.headers).toEqual({ 'sentry-hook-error': 'first', 'sentry-hook-project': 'x'.repeat(256) })
    })

    it('may hold headers called as the inside of an object is', async (bench) => {
      const headers = { constructor: 'a', toString: ['b', 'c'], hasOwnProperty: 'd' }
      expect(await bench.answered({ status: 200, headers: { ...headers, ['__proto__']: 'e' } })).toMatchObject({
        kind: 'ok',
        headers: {},
      })
    })

    it.each(['http://127.0.0.1:PORT/other', '/other'])('to go to %s is not followed', async (bench, location) => {
      const headers = { location: location.replace('PORT', String(bench.receiver.port)) }
      expect(await bench.answered({ status: 307, headers })).toMatchObject({ kind: 'redirect', status: 307 })
      await bench.attempt()
      expect(bench.receiver.requests.map(({ path }) => path)).toEqual(['/hook', '/hook'])
    })

    it('is never inflated', async (bench) => {
      const body = gzipSync('a'.repeat(100_000))
      const outcome = await bench.answered({ status: 200, headers: { 'content-encoding': 'gzip' }, body })
      expect(outcome).toMatchObject({ kind: 'ok', bodyBytes: body.length, truncated: false })
      expect(outcome.body).not.toContain('aa')
    })

    it('loses its control characters, except tab and newline, and its broken characters', async (bench) => {
      const body = Buffer.concat([Buffer.from('a\0b\tc\r\nd\x1b[31m\x7f\u0085'), Buffer.from([0xff])])
      expect((await bench.answered({ status: 200, body })).body).toBe('ab\tc\nd[31m\ufffd')
    })

    it.each([
      ['1,024 characters', 'x'.repeat(1_024), 'x'.repeat(1_024), false],
      ['1,025 characters', 'x'.repeat(1_025), 'x'.repeat(1_024), true],
      ['1,024 characters of three bytes', '東'.repeat(1_024), '東'.repeat(1_024), false],
      ['a character that is cut in half', `${'x'.repeat(1_023)}🚀`, 'x'.repeat(1_023), true],
    ])('keeps of %s as much as it may', async (bench, _what, body, kept, truncated) => {
      const outcome = await bench.answered({ status: 200, body })
      expect(outcome).toMatchObject({ kind: 'ok', body: kept, truncated, bodyBytes: Buffer.byteLength(body) })
    })

    it('may end where the connection ends', async (bench) => {
      const raw = 'HTTP/1.0 200 OK\r\n\r\nold but whole'
      expect(await bench.answered({ raw, end: true })).toMatchObject({
        kind: 'ok',
        body: 'old but whole',
        truncated: false,
      })
    })

    it('may be told of 16 times in advance', async (bench) => {
      const raw = `${'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(16)}HTTP/1.1 204 No Content\r\n\r\n`
      expect(await bench.answered({ raw })).toMatchObject({ kind: 'ok', status: 204, headers: {} })
    })
  })
}
