import { expect } from './expect.ts'
import { closedPort } from './receiver.ts'
import type { Suite } from './suite.ts'
import { aRequest, chunked, dripping, soonMs, type TransportBench } from './transport-bench.ts'
import type { Answer } from './wire.ts'

/** Answers that never end, that are no answers, and that never come. */
export function transportLimits({ describe, it }: Suite<TransportBench>): void {
  describe('a complete head', () => {
    const head = (status: number, more: string) => `HTTP/1.1 ${status} Some Words\r\n${more}\r\n\r\n`
    const endings: readonly (readonly [string, (status: number) => Answer, string])[] = [
      ['breaks off', (status) => ({ raw: `${head(status, 'content-length: 9')}abc`, end: true }), 'abc'],
      ['is not chunked as told', (status) => ({ raw: `${head(status, chunked)}3\r\nabc\r\nzz\r\n` }), 'abc'],
      ['drips', (status) => ({ raw: dripping(head(status, chunked), '1\r\n.\r\n'), everyMs: 5 }), '.'],
      ['never comes', (status) => ({ raw: head(status, 'content-length: 9') }), ''],
      ['never ends', (status) => ({ raw: dripping(head(status, chunked), '10\r\n0123456789abcdef\r\n') }), '01234567'],
      ['has endless trailers', (status) => ({ raw: dripping(`${head(status, chunked)}0\r\n`, 'a: b\r\n') }), ''],
    ]

    it.each(endings)('counts as a success when its body %s', async (bench, _how, answer, start) => {
      const outcome = await bench.answered(answer(201), { deadlineMs: 500 })
      expect(outcome).toMatchObject({ kind: 'ok', status: 201, code: 'HTTP_201', phase: 'body', truncated: true })
      expect(outcome.body.startsWith(start)).toBe(true)
      await bench.receiver.until(() => bench.receiver.open() === 0)
    })

    it.each(endings)('counts as a failure of the server when its body %s', async (bench, _how, answer) => {
      const outcome = await bench.answered(answer(502), { deadlineMs: 500 })
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
      ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'],
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
    ])('is a breach of protocol: %s', async (bench, _what, raw) => {
      expect(await bench.answered({ raw })).toMatchObject({ kind: 'protocol', status: 0, phase: 'head', body: '' })
      await bench.receiver.until(() => bench.receiver.open() === 0)
      expect(bench.receiver.requests).toHaveLength(1)
    })
  })
  describe('the one deadline', () => {
    it.each<[string, Answer]>([
      ['silence', 'hang'],
      ['a dripping head', { raw: dripping('HTTP/1.1 200 OK\r\nx-a: ', 'a'), everyMs: 5 }],
      ['a dripping status line', { raw: dripping('HTTP/1.1 200 ', 'a'), everyMs: 5 }],
      ['slow informational answers', { raw: dripping('', 'HTTP/1.1 103 Early Hints\r\n\r\n'), everyMs: 50 }],
      ['empty lines', { raw: dripping('', '\r\n'), everyMs: 5 }],
    ])('ends %s', async (bench, _what, answer) => {
      const outcome = await bench.answered(answer, { deadlineMs: soonMs })
      expect(outcome).toMatchObject({ kind: 'timeout', status: 0, code: 'DEADLINE', phase: 'head' })
      expect(outcome.durationMs).toBeAtLeast(soonMs - 1)
      expect(outcome.durationMs).toBeAtMost(soonMs + 5_000)
      await bench.receiver.until(() => bench.receiver.open() === 0)
      expect(bench.receiver.requests).toHaveLength(1)
      expect(bench.receiver.connections()).toBe(1)
    })

    it('leaves an answer alone that comes in time', async (bench) => {
      bench.receiver.answer('hang')
      const attempting = bench.attempt()
      await bench.receiver.received(1)
      bench.receiver.release({ status: 200, body: 'late but there' })
      expect(await attempting).toMatchObject({ kind: 'ok', body: 'late but there' })
    })
  })
  describe('a receiver that cannot be reached', () => {
    it('refuses the connection', async (bench) => {
      const outcome = await bench.transport.attempt(aRequest(`http://127.0.0.1:${await closedPort()}/`))
      expect(outcome).toMatchObject({ kind: 'unreachable', status: 0, code: 'ECONNREFUSED', phase: 'connect' })
    })

    it.each<[Answer, string]>([
      ['reset', 'ECONNRESET'],
      ['close', 'SOCKET_CLOSED'],
      [{ raw: 'HTTP/1.1 200 OK\r\nx-a', end: true }, 'SOCKET_CLOSED'],
      [{ raw: 'HTTP/1.1 103 Early Hints\r\n\r\n', end: true }, 'SOCKET_CLOSED'],
    ])('ends a new connection before its answer (%j), and is not asked twice', async (bench, answer, code) => {
      expect(await bench.answered(answer)).toMatchObject({ kind: 'unreachable', status: 0, code, phase: 'head' })
      expect(bench.receiver.requests).toHaveLength(1)
      expect(bench.receiver.connections()).toBe(1)
    })
  })
}
