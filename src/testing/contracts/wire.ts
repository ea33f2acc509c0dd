import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

/** One request, byte for byte as it came over the wire. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Names in lower case; a repeated one is joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Names and values as they were spelled, in their order. */
  readonly rawHeaders: readonly (readonly [string, string])[]
  readonly body: Buffer
  /** The connection it came over: 1, 2, 3 ... */
  readonly connection: number
}

/** Raw bytes for the socket. Chunks may be endless: each is written when the one before has been taken. */
export interface RawAnswer {
  readonly raw: string | Uint8Array | Iterable<string | Uint8Array>
  /** Pause after each chunk. @default 0 */
  readonly everyMs?: number
  /** Ends the connection after the last chunk. @default false */
  readonly end?: boolean
}

/** A well-formed answer. The length of the body is told unless `headers` tells something else. */
export interface PlainAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
}

/**
 * What one request gets: a status, a whole answer, raw bytes, or
 * `hang` (nothing, until `release`), `reset` (RST), `close` (FIN without an answer),
 * `drip` (status 200, then one byte of body every few milliseconds, for ever).
 */
export type Answer = number | PlainAnswer | RawAnswer | 'hang' | 'reset' | 'close' | 'drip'

/** Hands over each request of a connection when its last byte has come. */
export function readRequests(socket: Socket, onRequest: (request: Omit<ReceivedRequest, 'connection'>) => void): void {
  let pending = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      const headEnd = pending.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const head = readHead(pending.toString('latin1', 0, headEnd))
      const end = headEnd + 4 + Number(head.headers['content-length'] ?? 0)
      if (pending.length < end) return
      const body = Buffer.from(pending.subarray(headEnd + 4, end))
      pending = pending.subarray(end)
      onRequest({ ...head, body })
    }
  })
}

function readHead(head: string): Omit<ReceivedRequest, 'connection' | 'body'> {
  const [requestLine = '', ...lines] = head.split('\r\n')
  const [method = '', path = ''] = requestLine.split(' ')
  const rawHeaders = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const headers: Record<string, string> = {}
  for (const [spelled, value] of rawHeaders) {
    const name = spelled.toLowerCase()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return { method, path, headers, rawHeaders }
}

/** Gives an answer; an endless one until the connection ends. */
export function write(socket: Socket, answer: Exclude<Answer, 'hang'>): void {
  if (answer === 'reset') socket.resetAndDestroy()
  else if (answer === 'close') socket.end()
  else if (answer === 'drip') void pour(socket, { raw: drops(), everyMs: 5 })
  else if (typeof answer === 'number') socket.write(plain({ status: answer }))
  else if ('raw' in answer) void pour(socket, answer)
  else socket.write(plain(answer))
}

async function pour(socket: Socket, { raw, everyMs = 0, end = false }: RawAnswer): Promise<void> {
  const chunks = typeof raw === 'string' || raw instanceof Uint8Array ? [raw] : raw
  for (const chunk of chunks) {
    if (socket.destroyed) return
    // The callback comes when the bytes have left, or with the error that they never will.
    await new Promise((resolve) => socket.write(chunk, resolve))
    // Always a turn of the event loop, or an endless answer would leave nothing for the client in this process.
    await new Promise((resolve) => (everyMs > 0 ? setTimeout(resolve, everyMs) : setImmediate(resolve)))
  }
  if (end) socket.end()
}

function* drops(): Iterable<string> {
  yield 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n'
  for (;;) yield '1\r\n.\r\n'
}

function plain({ status, headers = {}, body = '' }: PlainAnswer): Buffer {
  const bytes = Buffer.from(body)
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value: string) => `${name}: ${value}\r\n`),
  )
  const told = Object.keys(headers).some((name) => /^(content-length|transfer-encoding)$/i.test(name))
  const bodiless = status < 200 || status === 204 || status === 304
  if (!told && !bodiless) lines.push(`content-length: ${bytes.length}\r\n`)
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${lines.join('')}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}
