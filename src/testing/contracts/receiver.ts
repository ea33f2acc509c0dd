import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { readRequests, write, type Answer, type ReceivedRequest } from './wire.ts'

export type { Answer, PlainAnswer, RawAnswer, ReceivedRequest } from './wire.ts'

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
