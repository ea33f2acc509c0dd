import { once } from 'node:events'
import { STATUS_CODES } from 'node:http'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

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

/** A real HTTP/1.1 server on loopback that keeps all it gets and answers as it is told. */
export interface Receiver {
  /** Without a path, such as `http://127.0.0.1:49152`. */
  readonly url: string
  readonly port: number
  /** In the order in which their last byte came. */
  readonly requests: readonly ReceivedRequest[]
  /** How many connections were ever made. */
  connections(): number
  /** How many are open now. */
  open(): number
  /** Answers of the next requests, in order; the last one repeats. A function is asked at each of its requests. */
  answer(...answers: readonly (Answer | ((request: ReceivedRequest) => Answer))[]): void
  /** Answers every request that hangs. @default 200 */
  release(answer?: Answer): void
  /** Resolves once so many requests have come, counted from the start. */
  received(n: number): Promise<void>
  /** Resolves once the condition holds; it is looked at whenever a connection or a request comes or goes. */
  until(condition: () => boolean): Promise<void>
  /** Ends every open connection at once, with a FIN or a RST; new ones are taken. @default 'close' */
  cut(how?: 'close' | 'reset'): void
  /** Takes no more connections and destroys those that are open. Waiting promises reject. */
  close(): Promise<void>
}

/** How a receiver listens. */
export interface ReceiverOptions {
  /** @default any free port */
  readonly port?: number
  /** @default '127.0.0.1' */
  readonly host?: string
  /** Speaks TLS with this key and certificate (PEM). @default plain TCP */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/**
 * Starts a receiver that answers 200 until told otherwise. It reads requests that tell their `content-length`.
 * @example
 * const receiver = await startReceiver()
 * receiver.answer(503, { status: 200, body: 'thanks' })
 * await receiver.received(2)
 * expect(receiver.requests[1]?.body.toString()).toBe('{}')
 * await receiver.close()
 */
export async function startReceiver({ port = 0, host = '127.0.0.1', tls }: ReceiverOptions = {}): Promise<Receiver> {
  const requests: ReceivedRequest[] = []
  const sockets = new Set<Socket>()
  const watch = watchers(() => `the receiver closed after ${requests.length} requests`)
  let script: readonly (Answer | ((request: ReceivedRequest) => Answer))[] = [200]
  let hanging: readonly Socket[] = []
  let connections = 0

  const give = (socket: Socket, answer: Answer) => {
    if (answer === 'hang') hanging = [...hanging, socket]
    else write(socket, answer)
  }
  const serve = (socket: Socket) => {
    const connection = (connections += 1)
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      watch.look()
    })
    // A client that goes away is what many tests are about.
    socket.on('error', () => undefined)
    readRequests(socket, (request) => {
      const received = { ...request, connection }
      requests.push(received)
      const [next = 200, ...rest] = script
      if (rest.length > 0) script = rest
      give(socket, typeof next === 'function' ? next(received) : next)
      watch.look()
    })
    watch.look()
  }

  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve)
  server.listen(port, host)
  await once(server, 'listening')
  const taken = (server.address() as AddressInfo).port
  const cut = (how: 'close' | 'reset' = 'close') =>
    sockets.forEach((socket) => (how === 'reset' ? socket.resetAndDestroy() : socket.destroy()))
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    port: taken,
    requests,
    connections: () => connections,
    open: () => sockets.size,
    answer: (...answers) => (script = answers),
    release: (answer = 200) => {
      const released = hanging
      hanging = []
      released.forEach((socket) => give(socket, answer))
    },
    received: (n) => watch.until(() => requests.length >= n),
    until: watch.until,
    cut,
    close: () =>
      new Promise((resolve) => {
        watch.giveUp()
        server.close(() => resolve())
        cut()
      }),
  }
}

/** A port of loopback on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function readRequests(socket: Socket, onRequest: (request: Omit<ReceivedRequest, 'connection'>) => void): void {
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

function write(socket: Socket, answer: Exclude<Answer, 'hang'>): void {
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

interface Watcher {
  readonly condition: () => boolean
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

function watchers(why: () => string) {
  let waiting: readonly Watcher[] = []
  const look = () => {
    const done = waiting.filter(({ condition }) => condition())
    waiting = waiting.filter((watcher) => !done.includes(watcher))
    done.forEach(({ resolve }) => resolve())
  }
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      waiting = [...waiting, { condition, resolve, reject }]
      look()
    })
  const giveUp = () => {
    const left = waiting
    waiting = []
    left.forEach(({ reject }) => reject(new Error(why())))
  }
  return { look, until, giveUp }
}
