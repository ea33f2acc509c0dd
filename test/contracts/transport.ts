import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/domain/outcome.ts'
import type { AttemptRequest, Transport } from '../../src/ports.ts'
import { closedPort, startReceiver, type Answer, type Receiver } from '../support/receiver.ts'

/** How a test asks for a transport that may connect to loopback. */
export type MakeTransport = () => Transport

/** A request that nothing is wrong with. It ends long before a test does, and long after its answer has come. */
export function aRequest(url: string, parts: Partial<AttemptRequest> = {}): AttemptRequest {
  return { url, headers: { 'x-id': 'dlv_1' }, body: Buffer.from('{"a":1}'), deadlineMs: 10_000, ...parts }
}

/** Long enough for what is about to happen on loopback, short enough to wait for. */
export const soonMs = 250

/** What every transport keeps to, checked against a real receiver. */
export function transportContract(name: string, make: MakeTransport): void {
  describe(`${name} as a transport`, () => {
    let receiver: Receiver
    let transport: Transport
    const attempt = (parts: Partial<AttemptRequest> = {}) => transport.attempt(aRequest(`${receiver.url}/hook`, parts))
    /** One attempt, and then until its connection may be used again. */
    const warmUp = async () => {
      expect(await attempt()).toMatchObject({ kind: 'ok' })
      await new Promise(setImmediate)
    }
    const answered = (answer: Answer, parts: Partial<AttemptRequest> = {}) => {
      receiver.answer(answer)
      return attempt(parts)
    }

    beforeEach(async () => {
      receiver = await startReceiver()
      transport = make()
    })
    afterEach(async () => {
      await transport.close()
      await receiver.close()
    })

    describe('the request', () => {
      it('arrives with the exact bytes and headers it was given, and two more', async () => {
        const body = Uint8Array.from({ length: 256 }, (_, i) => i)
        const headers = { 'X-Spelled': 'As Given', 'content-type': 'application/json' }
        await transport.attempt(aRequest(`${receiver.url}/a/b?c=d&e#f`, { body, headers }))
        const [request] = receiver.requests
        expect(request).toMatchObject({ method: 'POST', path: '/a/b?c=d&e' })
        expect(request?.body).toEqual(Buffer.from(body))
        expect(new Map(request?.rawHeaders)).toEqual(
          new Map([
            ['host', `127.0.0.1:${receiver.port}`],
            ['connection', 'keep-alive'],
            ['X-Spelled', 'As Given'],
            ['content-type', 'application/json'],
            ['accept-encoding', 'identity'],
            ['content-length', '256'],
          ]),
        )
      })

      it('carries the part of a buffer it was given, and nothing around it', async () => {
        await attempt({ body: new TextEncoder().encode('secret {"a":1} secret').subarray(7, 14) })
        expect(receiver.requests[0]?.body.toString()).toBe('{"a":1}')
      })

      it.each([0, 1, 65_536, 1_048_576])('arrives whole with a body of %d bytes', async (length) => {
        await attempt({ body: Buffer.alloc(length, 'ab') })
        expect(receiver.requests[0]?.body.equals(Buffer.alloc(length, 'ab'))).toBe(true)
        expect(receiver.requests[0]?.headers['content-length']).toBe(String(length))
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
      ] as const)('of %d is %s', async (status, kind) => {
        expect(await answered(status)).toMatchObject({ kind, status, code: `HTTP_${status}`, truncated: false })
        expect(receiver.requests).toHaveLength(1)
      })

      it('of 503 with Retry-After is throttled and keeps what it asked for', async () => {
        const outcome = await answered({ status: 503, headers: { 'Retry-After': '120' } })
        expect(outcome).toMatchObject({ kind: 'throttled', headers: { 'retry-after': '120' } })
      })

      it('is kept with its whole body and the chosen headers', async () => {
        const {
          durationMs,
          phasesMs: _,
          reused: __,
          address: ___,
          bytesIn: ____,
          ...outcome
        } = await answered({
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
      ] as const)('that says webhook-delivery: %s asks for %s, whatever its status', async (said, asks) => {
        for (const status of [200, 404, 503])
          expect((await answered({ status, headers: { 'Webhook-Delivery': said } })).asks).toBe(asks)
      })

      it('keeps the first of a repeated header, and 256 characters of a long one', async () => {
        const headers = { 'sentry-hook-error': ['first', 'second'], 'sentry-hook-project': 'x'.repeat(300) }
        const outcome = await answered({ status: 200, headers })
        expect(outcome.headers).toEqual({ 'sentry-hook-error': 'first', 'sentry-hook-project': 'x'.repeat(256) })
      })

      it('may hold headers called as the inside of an object is', async () => {
        const headers = { constructor: 'a', toString: ['b', 'c'], hasOwnProperty: 'd' }
        expect(await answered({ status: 200, headers: { ...headers, ['__proto__']: 'e' } })).toMatchObject({
          kind: 'ok',
          headers: {},
        })
      })

      it.each(['http://127.0.0.1:PORT/other', '/other'])('to go to %s is not followed', async (location) => {
        const headers = { location: location.replace('PORT', String(receiver.port)) }
        expect(await answered({ status: 307, headers })).toMatchObject({ kind: 'redirect', status: 307 })
        await attempt()
        expect(receiver.requests.map(({ path }) => path)).toEqual(['/hook', '/hook'])
      })

      it('is never inflated', async () => {
        const body = gzipSync('a'.repeat(100_000))
        const outcome = await answered({ status: 200, headers: { 'content-encoding': 'gzip' }, body })
        expect(outcome).toMatchObject({ kind: 'ok', bodyBytes: body.length, truncated: false })
        expect(outcome.body).not.toContain('aa')
      })

      it('loses its control characters, except tab and newline, and its broken characters', async () => {
        const body = Buffer.concat([Buffer.from('a\0b\tc\r\nd\x1b[31m\x7f\u0085'), Buffer.from([0xff])])
        expect((await answered({ status: 200, body })).body).toBe('ab\tc\nd[31m\ufffd')
      })

      it.each([
        ['1,024 characters', 'x'.repeat(1_024), 'x'.repeat(1_024), false],
        ['1,025 characters', 'x'.repeat(1_025), 'x'.repeat(1_024), true],
        ['1,024 characters of three bytes', '東'.repeat(1_024), '東'.repeat(1_024), false],
        ['a character that is cut in half', `${'x'.repeat(1_023)}🚀`, 'x'.repeat(1_023), true],
      ])('keeps of %s as much as it may', async (_what, body, kept, truncated) => {
        const outcome = await answered({ status: 200, body })
        expect(outcome).toMatchObject({ kind: 'ok', body: kept, truncated, bodyBytes: Buffer.byteLength(body) })
      })

      it('may end where the connection ends', async () => {
        const raw = 'HTTP/1.0 200 OK\r\n\r\nold but whole'
        expect(await answered({ raw, end: true })).toMatchObject({
          kind: 'ok',
          body: 'old but whole',
          truncated: false,
        })
      })

      it('may be told of 16 times in advance', async () => {
        const raw = `${'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(16)}HTTP/1.1 204 No Content\r\n\r\n`
        expect(await answered({ raw })).toMatchObject({ kind: 'ok', status: 204, headers: {} })
      })
    })

    describe('a complete head', () => {
      const head = (status: number, more: string) => `HTTP/1.1 ${status} Some Words\r\n${more}\r\n\r\n`
      const endings: readonly (readonly [string, (status: number) => Answer, string])[] = [
        ['breaks off', (status) => ({ raw: `${head(status, 'content-length: 9')}abc`, end: true }), 'abc'],
        ['is not chunked as told', (status) => ({ raw: `${head(status, chunked)}3\r\nabc\r\nzz\r\n` }), 'abc'],
        ['drips', (status) => ({ raw: dripping(head(status, chunked), '1\r\n.\r\n'), everyMs: 5 }), '.'],
        ['never comes', (status) => ({ raw: head(status, 'content-length: 9') }), ''],
        [
          'never ends',
          (status) => ({ raw: dripping(head(status, chunked), '10\r\n0123456789abcdef\r\n') }),
          '01234567',
        ],
        ['has endless trailers', (status) => ({ raw: dripping(`${head(status, chunked)}0\r\n`, 'a: b\r\n') }), ''],
      ]

      it.each(endings)('counts as a success when its body %s', async (_how, answer, start) => {
        const outcome = await answered(answer(201), { deadlineMs: 500 })
        expect(outcome).toMatchObject({ kind: 'ok', status: 201, code: 'HTTP_201', phase: 'body', truncated: true })
        expect(outcome.body.startsWith(start)).toBe(true)
        await receiver.until(() => receiver.open() === 0)
      })

      it.each(endings)('counts as a failure of the server when its body %s', async (_how, answer) => {
        const outcome = await answered(answer(502), { deadlineMs: 500 })
        expect(outcome).toMatchObject({ kind: 'server', status: 502, code: 'HTTP_502', truncated: true })
      })
    })

    describe('an answer that is no HTTP/1.1', () => {
      it.each([
        ['a head of more than 16 KiB', `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(17_000)}\r\n\r\n`],
        ['a head of very many lines', `HTTP/1.1 200 OK\r\n${'x-a: aaaaaaaaaaaa\r\n'.repeat(1_200)}\r\n`],
        ['a header that never ends', dripping('HTTP/1.1 200 OK\r\nx-a: ', 'a'.repeat(1_000))],
        ['a status line that never ends', dripping('HTTP/1.1 200 ', 'a'.repeat(10_000))],
        ['17 informational answers', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(17)],
        ['endless informational answers', dripping('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100))],
        [
          'a change of protocol',
          'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
        ],
        ['words', 'hello\r\n'],
        ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
        ['a page without a head', '<html>hi</html>'],
        ['HTTP/2', Buffer.from('00001204000000000000030000006400040010000000060000400', 'hex')],
        ['zeros', Buffer.alloc(1_000)],
        ['a request', 'GET / HTTP/1.1\r\n\r\n'],
        ['a status of letters', 'HTTP/1.1 abc OK\r\n\r\n'],
        ['a header without a name', 'HTTP/1.1 200 OK\r\n: b\r\n\r\n'],
        ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
        ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
      ])('is a breach of protocol: %s', async (_what, raw) => {
        expect(await answered({ raw })).toMatchObject({ kind: 'protocol', status: 0, phase: 'head', body: '' })
        await receiver.until(() => receiver.open() === 0)
        expect(receiver.requests).toHaveLength(1)
      })
    })

    describe('the one deadline', () => {
      it.each<[string, Answer]>([
        ['silence', 'hang'],
        ['a dripping head', { raw: dripping('HTTP/1.1 200 OK\r\nx-a: ', 'a'), everyMs: 5 }],
        ['a dripping status line', { raw: dripping('HTTP/1.1 200 ', 'a'), everyMs: 5 }],
        ['slow informational answers', { raw: dripping('', 'HTTP/1.1 103 Early Hints\r\n\r\n'), everyMs: 50 }],
        ['empty lines', { raw: dripping('', '\r\n'), everyMs: 5 }],
      ])('ends %s', async (_what, answer) => {
        const outcome = await answered(answer, { deadlineMs: soonMs })
        expect(outcome).toMatchObject({ kind: 'timeout', status: 0, code: 'DEADLINE', phase: 'head' })
        expect(outcome.durationMs).toBeGreaterThanOrEqual(soonMs - 1)
        await receiver.until(() => receiver.open() === 0)
        expect(receiver.requests).toHaveLength(1)
        expect(receiver.connections()).toBe(1)
      })

      it('leaves an answer alone that comes in time', async () => {
        receiver.answer('hang')
        const attempting = attempt()
        await receiver.received(1)
        receiver.release({ status: 200, body: 'late but there' })
        expect(await attempting).toMatchObject({ kind: 'ok', body: 'late but there' })
      })
    })

    describe('a receiver that cannot be reached', () => {
      it('refuses the connection', async () => {
        const outcome = await transport.attempt(aRequest(`http://127.0.0.1:${await closedPort()}/`))
        expect(outcome).toMatchObject({ kind: 'unreachable', status: 0, code: 'ECONNREFUSED', phase: 'connect' })
      })

      it.each<[Answer, string]>([
        ['reset', 'ECONNRESET'],
        ['close', 'SOCKET_CLOSED'],
        [{ raw: 'HTTP/1.1 200 OK\r\nx-a', end: true }, 'SOCKET_CLOSED'],
        [{ raw: 'HTTP/1.1 103 Early Hints\r\n\r\n', end: true }, 'SOCKET_CLOSED'],
      ])('ends a new connection before its answer (%j), and is not asked twice', async (answer, code) => {
        expect(await answered(answer)).toMatchObject({ kind: 'unreachable', status: 0, code, phase: 'head' })
        expect(receiver.requests).toHaveLength(1)
        expect(receiver.connections()).toBe(1)
      })
    })

    describe('a kept connection', () => {
      it('carries the next request', async () => {
        for (let n = 0; n < 5; n += 1) await warmUp()
        expect(receiver.connections()).toBe(1)
      })

      it('is given up when the receiver says so', async () => {
        receiver.answer({ status: 200, headers: { connection: 'close' } }, 200)
        await warmUp()
        await warmUp()
        expect(receiver.connections()).toBe(2)
      })

      it.each(['reset', 'close'] as const)('that has gone stale (%s) costs one more try on a new one', async (end) => {
        receiver.answer(200, end, { status: 200, body: 'there' })
        await warmUp()
        const body = Buffer.from('{"the":"same"}')
        expect(await attempt({ headers: { 'x-id': 'dlv_2' }, body })).toMatchObject({ kind: 'ok', body: 'there' })
        expect(receiver.requests.slice(1).map(({ connection }) => connection)).toEqual([1, 2])
        for (const request of receiver.requests.slice(1)) {
          expect(request.headers['x-id']).toBe('dlv_2')
          expect(request.body).toEqual(body)
        }
      })

      it('that has gone stale is not replaced by another that has gone stale', async () => {
        await Promise.all([warmUp(), warmUp()])
        receiver.answer(({ connection }) => (connection <= 2 ? 'close' : 200))
        expect(await attempt()).toMatchObject({ kind: 'ok' })
        expect(receiver.requests.slice(2).map(({ connection }) => connection > 2)).toEqual([false, true])
      })

      it('that has gone stale costs no more than that', async () => {
        receiver.answer(200, 'close', 'close', 200)
        await warmUp()
        expect(await attempt()).toMatchObject({ kind: 'unreachable', code: 'SOCKET_CLOSED' })
        expect(receiver.requests).toHaveLength(3)
      })

      it('that breaks off after the first byte of an answer is not asked again', async () => {
        receiver.answer(200, { raw: 'H', end: true }, 200)
        await warmUp()
        expect(await attempt()).toMatchObject({ kind: 'unreachable', code: 'SOCKET_CLOSED' })
        expect(receiver.requests).toHaveLength(2)
      })

      it('that falls silent is not asked again', async () => {
        receiver.answer(200, 'hang')
        await warmUp()
        expect(await attempt({ deadlineMs: soonMs })).toMatchObject({ kind: 'timeout', phase: 'head' })
        await receiver.until(() => receiver.open() === 0)
        expect(receiver.requests).toHaveLength(2)
      })

      it.each(['close', 'reset'] as const)('that ends (%s) just before it is used costs nothing', async (how) => {
        await warmUp()
        receiver.cut(how)
        expect(await attempt()).toMatchObject({ kind: 'ok' })
        expect(receiver.requests.map(({ connection }) => connection)).toEqual([1, 2])
      })

      it('does not take what was never asked for as an answer', async () => {
        await answered({
          raw: 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n',
        })
        await new Promise(setImmediate)
        expect(await answered(204)).toMatchObject({ kind: 'ok', status: 204 })
      })
    })

    describe('many at once', () => {
      it('get each its own answer', async () => {
        receiver.answer(({ path, body }) => ({ status: 200, body: `${path} ${body.toString()}` }))
        const outcomes = await Promise.all(
          Array.from({ length: 300 }, (_, i) =>
            transport.attempt(aRequest(`${receiver.url}/${i}`, { body: Buffer.from(`body ${i}`) })),
          ),
        )
        expect(outcomes.map(({ body }) => body)).toEqual(Array.from({ length: 300 }, (_, i) => `/${i} body ${i}`))
        expect(receiver.connections()).toBeLessThanOrEqual(16)
      })

      it('leave those alone that go elsewhere', async () => {
        receiver.answer('hang')
        const slow = Array.from({ length: 40 }, () => attempt())
        const other = await startReceiver()
        expect(await transport.attempt(aRequest(other.url))).toMatchObject({ kind: 'ok' })
        await other.close()
        await transport.close()
        await Promise.all(slow)
      })

      it('are not all blamed on a slow receiver: those that never got a connection are our own trouble', async () => {
        receiver.answer('hang')
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => attempt({ deadlineMs: 500 })))
        await receiver.until(() => receiver.open() === 0)
        expect(outcomes.filter(({ kind }) => kind === 'timeout')).toHaveLength(16)
        expect(outcomes.flatMap(({ kind, code }) => (kind === 'local' ? [code] : []))).toEqual(
          Array.from({ length: 4 }, () => 'NO_CONNECTION_FREE'),
        )
      })
    })

    describe('an attempt that waits for a connection', () => {
      it('is given up at its deadline and never sent afterwards', async () => {
        receiver.answer('hang')
        const busy = Array.from({ length: 16 }, () => attempt())
        await receiver.received(16)
        expect(await attempt({ deadlineMs: soonMs })).toMatchObject({
          kind: 'local',
          code: 'NO_CONNECTION_FREE',
          phase: 'connect',
        })
        receiver.answer(200)
        receiver.release()
        for (const outcome of await Promise.all(busy)) expect(outcome.kind).toBe('ok')
        await warmUp()
        expect(receiver.requests).toHaveLength(17)
      })
    })

    describe('closing', () => {
      it('ends what is in flight, and what waits behind it, as our own doing, and frees every socket', async () => {
        receiver.answer('hang')
        const attempts = Array.from({ length: 20 }, () => attempt())
        await receiver.received(16)
        await transport.close()
        const outcomes: readonly Outcome[] = await Promise.all(attempts)
        for (const outcome of outcomes)
          expect(outcome).toMatchObject({ kind: 'local', status: 0, code: 'SHUTTING_DOWN' })
        await receiver.until(() => receiver.open() === 0)
        expect(receiver.requests).toHaveLength(16)
      })

      it('frees the connections that are kept, and does not wait until they are too old', async () => {
        await answered({ status: 200, headers: { 'keep-alive': 'timeout=60' } })
        await transport.close()
        await receiver.until(() => receiver.open() === 0)
      })

      it('takes nothing more, and may be done twice', async () => {
        await Promise.all([transport.close(), transport.close()])
        expect(await attempt()).toMatchObject({ kind: 'local', code: 'SHUTTING_DOWN' })
        expect(receiver.connections()).toBe(0)
      })
    })

    describe('a request that should never have come', () => {
      it.each<[string, Partial<AttemptRequest>]>([
        ['no URL', { url: 'not a url' }],
        ['a header that would start a new line', { headers: { 'x-a': 'b\r\nx-c: s3cret' } }],
        ['a header name with a blank', { headers: { 'x a': 's3cret' } }],
      ])('is rejected as a defect: %s', async (_what, parts) => {
        await expect(attempt(parts)).rejects.toThrow(/^BROKEN_INVARIANT: (?!.*s3cret)/)
        expect(receiver.requests).toHaveLength(0)
      })
    })
  })
}

const chunked = 'transfer-encoding: chunked'

/** The first chunk once, the others for ever. Each test has its own, however often it is asked for. */
function dripping(first: string, others: string): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      if (first !== '') yield first
      for (;;) yield others
    },
  }
}
