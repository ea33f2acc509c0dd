import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { OutcomeKind } from '../../src/domain/outcome.ts'
import { blackHole, closed, forever, named, pour, says, tcp, type Behave, type OpenPlace } from './places.ts'

/** One hostile server, and what must become of an attempt to it. */
export interface HostileCase {
  readonly name: string
  readonly open: OpenPlace
  /** How the last attempt ends. */
  readonly kind: OutcomeKind
  readonly code?: string | RegExp
  /** Attempts, one after the other, over one transport. @default 1 */
  readonly attempts?: number
  /** Between the attempts. @default 0 */
  readonly waitMs?: number
  /** @default 250 */
  readonly deadlineMs?: number
  /** What is sent. @default 7 bytes */
  readonly bodyBytes?: number
  /** What may be read in one attempt. @default 393,216 and one read */
  readonly bytesMax?: number
  /** Runs on Linux only. */
  readonly linux?: true
  /** Its certificate must be one that Node trusts (`NODE_EXTRA_CA_CERTS`). */
  readonly trusted?: true
}

/** What may be read of any answer: the sender's own bound, and the one read that goes over it. */
export const anyBytesMax = 393_216 + 65_536

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const chunked = (status = 200) => `HTTP/1.1 ${status} Words\r\ntransfer-encoding: chunked\r\n\r\n`
const sized = (bytes: number | string, status = 200) => `HTTP/1.1 ${status} Words\r\ncontent-length: ${bytes}\r\n\r\n`
const early = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
const big = Buffer.alloc(65_536, 'x')
const zeros = Buffer.alloc(64 * 1_048_576)
const small = { bytesMax: 65_536 }

/** Says nothing at all until it has been spoken to, and then this. */
const answers = (name: string, pieces: Parameters<typeof says>[0], rest: Rest, how?: Parameters<typeof says>[1]) =>
  ({ name, open: tcp(says(pieces, how)), ...rest }) satisfies HostileCase
const trusted = (name: string, pieces: Parameters<typeof says>[0], rest: Rest, how?: Parameters<typeof says>[1]) =>
  ({ name: `TLS: ${name}`, open: tcp(says(pieces, how), { tls: true }), trusted: true, ...rest }) satisfies HostileCase
const secure = (name: string, behave: Behave, rest: Rest) =>
  ({ name, open: tcp(behave, { scheme: 'https' }), ...rest }) satisfies HostileCase
type Rest = Omit<HostileCase, 'name' | 'open'>

const connecting: readonly HostileCase[] = [
  { name: 'nobody listens', open: closed, kind: 'unreachable', code: 'ECONNREFUSED' },
  { name: 'a black hole', open: blackHole, kind: 'timeout', code: 'DEADLINE', linux: true },
  { name: 'resets on accept', open: tcp((socket) => socket.resetAndDestroy()), kind: 'unreachable' },
  { name: 'closes on accept', open: tcp((socket) => socket.destroy()), kind: 'unreachable' },
  { name: 'ends on accept, and reads on', open: tcp((socket) => socket.resume().end()), kind: 'unreachable' },
  { name: 'accepts and says nothing', open: tcp(() => undefined), kind: 'timeout', code: 'DEADLINE' },
  { name: 'reads and says nothing', open: tcp((socket) => socket.resume()), kind: 'timeout', code: 'DEADLINE' },
  {
    name: 'never reads a large request',
    open: tcp((socket) => socket.pause()),
    kind: 'timeout',
    bodyBytes: 32 * 1_048_576,
  },
  answers('resets on the request', '', { kind: 'unreachable' }, { reset: true }),
  answers('closes on the request', '', { kind: 'unreachable' }, { end: true }),
  {
    name: 'resets in the middle of a large request',
    open: tcp(async (socket, request) => (await request(), socket.resetAndDestroy())),
    kind: 'unreachable',
    bodyBytes: 8 * 1_048_576,
  },
]

const handshakes: readonly HostileCase[] = [
  {
    name: 'TLS: a certificate that is not trusted, or not for it',
    open: tcp(says(ok), { tls: true, host: '127.0.0.2' }),
    kind: 'unreachable',
    code: /SELF_SIGNED|ALTNAME/,
    linux: true,
  },
  secure('TLS: silence', () => undefined, { kind: 'timeout', code: 'DEADLINE' }),
  secure('TLS: plain HTTP', says('HTTP/1.1 400 Bad Request\r\n\r\n', { end: true }), { kind: 'unreachable' }),
  secure('TLS: closes at the hello', says('', { end: true }), { kind: 'unreachable' }),
  secure('TLS: resets at the hello', says('', { reset: true }), { kind: 'unreachable' }),
  secure('TLS: a fatal alert', says(Buffer.from('15030300020228', 'hex')), { kind: 'unreachable' }),
  secure('TLS: warnings for ever', says(forever('', Buffer.from('1503030002015a'.repeat(9_000), 'hex'))), {
    kind: 'unreachable',
  }),
  secure('TLS: noise', says(forever('', Buffer.alloc(16_384, 0xa5))), { kind: 'unreachable' }),
  secure('TLS: a hello in drips', says(forever(Buffer.from('1603030400020003fc', 'hex'), '\0'), { everyMs: 10 }), {
    kind: 'timeout',
  }),
  secure('TLS: a record of 16 MB', says(forever(Buffer.from('160303ffff02ffffff', 'hex'), big)), {
    kind: 'unreachable',
  }),
]

const heads: readonly HostileCase[] = [
  answers('a head in drips', forever('HTTP/1.1 200 OK\r\nx: ', 'a'), { kind: 'timeout', ...small }, { everyMs: 5 }),
  answers('a status line in drips', forever('HTTP/1.1 200 ', 'a'), { kind: 'timeout', ...small }, { everyMs: 5 }),
  answers('one byte and silence', 'H', { kind: 'timeout', ...small }),
  answers('a head without an end', 'HTTP/1.1 200 OK\r\nx: y\r\n', { kind: 'timeout', ...small }),
  answers('half a head and a close', 'HTTP/1.1 200 OK\r\nx: ', { kind: 'unreachable', ...small }, { end: true }),
  answers('half a head and a reset', 'HTTP/1.1 200 OK\r\nx: ', { kind: 'unreachable', ...small }, { reset: true }),
  answers('an endless status line', forever('HTTP/1.1 200 ', big), { kind: 'protocol' }),
  answers('an endless header', forever('HTTP/1.1 200 OK\r\nx: ', big), { kind: 'protocol' }),
  answers('an endless header name', forever('HTTP/1.1 200 OK\r\n', big), { kind: 'protocol' }),
  answers('endless headers', forever('HTTP/1.1 200 OK\r\n', 'x-a: b\r\n'.repeat(4_000)), { kind: 'protocol' }),
  answers('a head of 17 KiB', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(17_000)}\r\n\r\n`, { kind: 'protocol' }),
  answers('endless 1xx', forever('', early.repeat(1_000)), { kind: 'protocol' }),
  answers('slow 1xx for ever', forever('', early), { kind: 'timeout' }, { everyMs: 30 }),
  answers('17 of 1xx, then 200', early.repeat(17) + ok, { kind: 'protocol', code: 'TOO_MANY_INFORMATIONAL' }),
  answers('16 of 1xx, then 200', early.repeat(16) + ok, { kind: 'ok' }),
  answers('16 of 1xx with large heads', early.replace('</a>', 'a'.repeat(15_000)).repeat(16) + ok, { kind: 'ok' }),
  answers('100 Continue, unasked', `HTTP/1.1 100 Continue\r\n\r\n${ok}`, { kind: 'protocol' }),
  answers('101 Switching Protocols', 'HTTP/1.1 101 S\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', {
    kind: 'protocol',
  }),
  answers('empty lines in drips', forever('', '\r\n'), { kind: 'timeout' }, { everyMs: 5 }),
  answers('endless empty lines', forever('', '\r\n'.repeat(30_000)), { kind: 'protocol', code: 'ANSWER_TOO_LARGE' }),
  answers('HTTP/0.9', '<html>hello</html>', { kind: 'protocol' }),
  answers('HTTP/2', Buffer.from('00000c04000000000000030000006400040010000000', 'hex'), { kind: 'protocol' }),
  answers('HTTP/9.9', ok.replace('1.1', '9.9'), { kind: 'protocol' }),
  answers('an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n', { kind: 'protocol' }),
  answers('a mail server', '220 mail.example.com ESMTP\r\n', { kind: 'protocol' }),
  answers('a Redis server', "-ERR unknown command 'POST'\r\n", { kind: 'protocol' }),
  answers('its own request', 'POST /hook HTTP/1.1\r\nhost: a\r\n\r\n', { kind: 'protocol' }),
  answers('zeros', forever('', Buffer.alloc(65_536)), { kind: 'protocol' }),
  answers('a status of letters', ok.replace('200', 'abc'), { kind: 'protocol' }),
  answers('a status of two digits', ok.replace('200', '20'), { kind: 'protocol' }),
  answers('a status of four digits', ok.replace('200', '2000'), { kind: 'protocol' }),
  answers('status 0', ok.replace('200', '000'), { kind: 'protocol' }),
  answers('a negative length', sized(-1), { kind: 'protocol' }),
  answers('a length of words', sized('many'), { kind: 'protocol' }),
  answers('a length past 2^64', sized('99999999999999999999999'), { kind: 'protocol' }),
  answers('two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', { kind: 'protocol' }),
  answers('NUL in a header', 'HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n', { kind: 'protocol' }),
  answers('a bare CR in a header', 'HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n', { kind: 'protocol' }),
  answers('a header without a name', 'HTTP/1.1 200 OK\r\n: b\r\n\r\n', { kind: 'protocol' }),
  answers('a blank in a header name', 'HTTP/1.1 200 OK\r\nx a: b\r\n\r\n', { kind: 'protocol' }),
]

const bodies: readonly HostileCase[] = [
  answers('a body in drips', forever(chunked(), '1\r\n.\r\n'), { kind: 'ok', ...small }, { everyMs: 5 }),
  answers('a body that never comes', sized(9), { kind: 'ok', ...small }),
  answers('a body that stops', `${sized(9)}abc`, { kind: 'ok', ...small }),
  answers('a body that breaks off', `${sized(9)}abc`, { kind: 'ok', ...small }, { end: true }),
  answers('a body that is reset', `${sized(9)}abc`, { kind: 'ok', ...small }, { reset: true }),
  answers('an endless body', forever(chunked(), `10000\r\n${big.toString()}\r\n`), { kind: 'ok', bytesMax: 262_144 }),
  answers('a body of 1 TiB', forever(sized(2 ** 40), big), { kind: 'ok', bytesMax: 262_144 }),
  answers('an endless body of 500', forever(chunked(500), `10000\r\n${big.toString()}\r\n`), { kind: 'server' }),
  answers('a body without a length, for ever', forever('HTTP/1.1 200 OK\r\n\r\n', big), {
    kind: 'ok',
    bytesMax: 262_144,
  }),
  answers('endless chunk extensions', forever(`${chunked()}1;`, big), { kind: 'ok' }),
  answers('endless digits of a chunk size', forever(chunked(), '0'.repeat(65_536)), { kind: 'ok' }),
  answers('a chunk size past 2^64', `${chunked()}fffffffffffffffff\r\n`, { kind: 'ok' }),
  answers('a chunk size of words', `${chunked()}zz\r\n`, { kind: 'ok' }),
  answers('endless trailers', forever(`${chunked()}0\r\n`, 'x-a: b\r\n'.repeat(4_000)), { kind: 'ok' }),
  answers('one byte per chunk, fast', forever(chunked(), '1\r\n.\r\n'.repeat(10_000)), { kind: 'ok' }),
  answers('a gzip bomb', bomb('gzip', gzipSync(zeros)), { kind: 'ok', bytesMax: 262_144 }),
  answers('a deflate bomb', bomb('deflate', deflateSync(zeros)), { kind: 'ok', bytesMax: 262_144 }),
  answers('a brotli bomb', bomb('br', brotliCompressSync(zeros)), { kind: 'ok', bytesMax: 262_144 }),
  answers('length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', {
    kind: 'protocol',
  }),
  answers('204 with a body', 'HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello', { kind: 'ok' }),
  answers('control characters', `${sized(4)}\0\x1b[2`, { kind: 'ok' }),
]

const orders: readonly HostileCase[] = [
  { name: 'an answer before the request', open: tcp((socket) => socket.resume().write(ok)), kind: 'ok' },
  answers('an early answer to a large request', sized(0, 413), { kind: 'rejected', bodyBytes: 4 * 1_048_576 }),
  answers('two answers to one request', ok + ok.replace('200', '410'), { kind: 'ok', attempts: 2 }),
  answers('more body than told', `${ok} and more`, { kind: 'ok', attempts: 2 }),
  answers('noise after the answer', [ok, big.toString()].join(''), { kind: 'ok', attempts: 2 }),
  {
    name: 'an answer to the next request in advance',
    open: tcp(async (socket, request) => {
      await request()
      socket.write(ok)
      setTimeout(() => socket.write(ok.replace('200', '500')), 20)
    }),
    // It is thrown away with its connection: nobody had asked.
    kind: 'ok',
    attempts: 2,
    waitMs: 60,
  },
  { name: 'a kept connection that closes under the second', open: tcp(dying('end', 1)), kind: 'ok', attempts: 2 },
  { name: 'a kept connection that resets under the second', open: tcp(dying('reset', 1)), kind: 'ok', attempts: 2 },
  { name: 'kept, then closed whatever comes', open: tcp(dying('end', 9)), kind: 'unreachable', attempts: 2 },
  { name: 'kept, then silence', open: tcp(dying('hang', 9)), kind: 'timeout', attempts: 2 },
  { name: 'closes just before the second', open: tcp(says(ok, { end: true })), kind: 'ok', attempts: 2, waitMs: 10 },
  answers('wants to be kept for a year', ok.replace('\r\n\r\n', '\r\nkeep-alive: timeout=31536000\r\n\r\n'), {
    kind: 'ok',
  }),
]

const asks: readonly HostileCase[] = [
  answers('a redirect to the cloud', redirect('http://169.254.169.254/latest/'), { kind: 'redirect' }),
  answers('a redirect to itself', redirect('/hook'), { kind: 'redirect' }),
  answers('a redirect to a file', redirect('file:///etc/passwd'), { kind: 'redirect' }),
  answers('410 Gone', sized(0, 410), { kind: 'gone' }),
  answers('429 for a million years', sized(0, 429).replace('\r\n\r\n', '\r\nretry-after: 31536000000000\r\n\r\n'), {
    kind: 'throttled',
  }),
  answers('503 with nonsense', sized(0, 503).replace('\r\n\r\n', '\r\nretry-after: soon\r\n\r\n'), { kind: 'server' }),
  answers('status 999', ok.replace('200', '999'), { kind: 'server' }),
]

const names: readonly HostileCase[] = [
  { name: 'DNS: nobody knows it', open: named('nxdomain'), kind: 'unreachable', code: 'ENOTFOUND' },
  { name: 'DNS: the server cannot tell', open: named('servfail'), kind: 'unreachable', code: 'ESERVFAIL' },
  { name: 'DNS: no address', open: named([]), kind: 'unreachable', code: 'ENODATA' },
  { name: 'DNS: silence', open: named('silent'), kind: 'timeout', code: 'DEADLINE' },
  { name: 'DNS: a private address', open: named(['10.0.0.1']), kind: 'blocked' },
  { name: 'DNS: the cloud', open: named(['169.254.169.254']), kind: 'blocked' },
  { name: 'DNS: one bad answer of two', open: named(['127.0.0.1', '10.0.0.1']), kind: 'blocked' },
  { name: 'DNS: a mapped address', open: named(['::ffff:a9fe:a9fe']), kind: 'blocked' },
  { name: 'DNS: loopback by IPv6', open: named(['127.0.0.1', '::1']), kind: 'blocked' },
  {
    name: 'DNS: too many addresses',
    open: named(Array.from({ length: 33 }, (_, i) => `127.0.1.${i}`)),
    kind: 'unreachable',
    code: 'TOO_MANY_ADDRESSES',
  },
  {
    name: 'DNS: rebinding between attempts',
    open: named((_question, nth) => (nth === 1 ? ['127.0.0.1'] : ['10.0.0.1'])),
    kind: 'blocked',
    attempts: 2,
    waitMs: 1_050,
  },
]

/** Some of the same behind a certificate that is trusted: the bounds are those of what is decrypted. */
const encrypted: readonly HostileCase[] = [
  trusted('a good answer', ok, { kind: 'ok' }),
  trusted('an endless header', forever('HTTP/1.1 200 OK\r\nx: ', big), { kind: 'protocol' }),
  trusted('endless headers', forever('HTTP/1.1 200 OK\r\n', 'x-a: b\r\n'.repeat(4_000)), { kind: 'protocol' }),
  trusted('endless 1xx', forever('', early.repeat(1_000)), { kind: 'protocol' }),
  trusted('endless chunk extensions', forever(`${chunked()}1;`, big), { kind: 'ok' }),
  trusted('endless empty lines', forever('', '\r\n'.repeat(30_000)), { kind: 'protocol', code: 'ANSWER_TOO_LARGE' }),
  trusted('a body of 1 TiB', forever(sized(2 ** 40), big), { kind: 'ok', bytesMax: 262_144 }),
  trusted('a body in drips', forever(chunked(), '1\r\n.\r\n'), { kind: 'ok', ...small }, { everyMs: 5 }),
  trusted('a head in drips', forever('HTTP/1.1 200 OK\r\nx: ', 'a'), { kind: 'timeout', ...small }, { everyMs: 5 }),
  trusted('resets on the request', '', { kind: 'unreachable' }, { reset: true }),
  trusted('breaks off without a word', `${sized(9)}abc`, { kind: 'ok', ...small }, { reset: true }),
]

/** Every hostile server there is. */
export const hostileCases: readonly HostileCase[] = [
  ...connecting,
  ...handshakes,
  ...heads,
  ...bodies,
  ...orders,
  ...asks,
  ...names,
  ...encrypted,
]

function bomb(coding: string, body: Buffer): () => Iterable<string | Buffer> {
  return () => [`HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.length}\r\n\r\n`, body]
}

function redirect(to: string): string {
  return `HTTP/1.1 307 Over There\r\nlocation: ${to}\r\ncontent-length: 0\r\n\r\n`
}

/** Answers the first request of each connection, and does this at the second; so many connections do. */
function dying(how: 'end' | 'reset' | 'hang', connections: number): Behave {
  return async (socket, request, nth) => {
    await request()
    if (nth > 1 && nth <= connections) return how === 'end' ? socket.end() : undefined
    await pour(socket, [ok])
    await request()
    if (how === 'end') socket.end()
    else if (how === 'reset') socket.resetAndDestroy()
  }
}
