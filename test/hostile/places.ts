import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { certificate } from '../support/certificate.ts'
import { startDns, type DnsAnswer, type DnsQuestion } from '../support/dns.ts'
import { startFullListener } from '../support/full-listener.ts'
import { closedPort } from '../support/receiver.ts'

/** Somewhere an attempt can be sent. */
export interface Place {
  readonly url: string
  /** The name server to ask. @default that of the system */
  readonly nameServer?: string
  readonly close: () => Promise<void>
}

/** Opens a place. */
export type OpenPlace = () => Promise<Place>

/** What becomes of a connection: `request` resolves when its first bytes have come. `nth` counts connections from 1. */
export type Behave = (socket: Socket, request: () => Promise<unknown>, nth: number) => unknown

type Bytes = string | Uint8Array

/** How a raw server listens. */
export interface TcpOptions {
  readonly tls?: boolean
  readonly scheme?: string
  readonly host?: string
}

/** A raw TCP server. */
export function tcp(behave: Behave, options: TcpOptions = {}): OpenPlace {
  const { tls = false, scheme = tls ? 'https' : 'http', host = '127.0.0.1' } = options
  return async () => {
    const sockets = new Set<Socket>()
    let count = 0
    const serve = (socket: Socket) => {
      const nth = (count += 1)
      sockets.add(socket)
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
      void Promise.resolve(behave(socket, () => once(socket, 'data').catch(() => undefined), nth))
    }
    const server = tls ? createTlsServer(certificate, serve) : createServer(serve)
    server.on('tlsClientError', () => undefined)
    await once(server.listen(0, host), 'listening')
    const { port } = server.address() as AddressInfo
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        sockets.forEach((socket) => socket.destroy())
      })
    return { url: `${scheme}://${host}:${port}/hook`, close }
  }
}

/** Answers a request with these bytes, one piece after the other, for as long as they last. */
export function says(
  pieces: Bytes | (() => Iterable<Bytes>),
  { everyMs = 0, end = false, reset = false } = {},
): Behave {
  return async (socket, request) => {
    await request()
    socket.on('data', () => undefined)
    await pour(socket, typeof pieces === 'function' ? pieces() : [pieces], everyMs)
    // Under TLS there is no reset; to leave without a word is as rude.
    if (reset && socket instanceof TLSSocket) socket.destroy()
    else if (reset) socket.resetAndDestroy()
    else if (end) socket.end()
  }
}

/** Writes pieces at the pace at which they are taken, or slower. */
export async function pour(socket: Socket, pieces: Iterable<Bytes>, everyMs = 0): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    await new Promise((resolve) => socket.write(piece, resolve))
    await new Promise((resolve) => (everyMs > 0 ? setTimeout(resolve, everyMs) : setImmediate(resolve)))
  }
}

/** A first piece, then another for ever. */
export function forever(first: Bytes, piece: Bytes): () => Iterable<Bytes> {
  return function* () {
    if (first.length > 0) yield first
    for (;;) yield piece
  }
}

/** A port that nobody listens on. */
export const closed: OpenPlace = async () => ({
  url: `http://127.0.0.1:${await closedPort()}/`,
  close: () => Promise.resolve(),
})

/** A port whose queue is full: connecting to it ends in nothing. */
export const blackHole: OpenPlace = startFullListener

/** A receiver behind the name `hook.test`, and what the name server says of it. */
export function named(answer: DnsAnswer | ((question: DnsQuestion, nth: number) => DnsAnswer), then = ok): OpenPlace {
  return async () => {
    const receiver = await tcp(says(then, { end: true }))()
    const dns = await startDns()
    const asked = new Map<string, number>()
    dns.answer((question) => {
      // The root is asked for only to see whether anybody is there.
      if (question.name === '') return 'servfail'
      const nth = (asked.get(question.type) ?? 0) + 1
      asked.set(question.type, nth)
      return typeof answer === 'function' ? answer(question, nth) : answer
    })
    const close = async () => {
      await dns.close()
      await receiver.close()
    }
    return { url: receiver.url.replace('127.0.0.1', 'hook.test'), nameServer: dns.address, close }
  }
}

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'
