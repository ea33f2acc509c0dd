import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { buildConnector } from 'undici'
import { HookwardError } from '../../domain/errors.ts'
import type { Dial } from './dial.ts'
import { failure } from './failure.ts'

/** An egress proxy: every connection goes through a tunnel that it opens (`CONNECT`). It is trusted. */
export interface Proxy {
  readonly secure: boolean
  readonly hostname: string
  readonly port: number
  /** The value of `proxy-authorization`. */
  readonly authorization?: string
}

/** Reads `http://user:password@proxy.example:3128`; throws `OPTION_INVALID`, which never quotes it. */
export function parseProxy(url: unknown): Proxy {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol) || !isOrigin(parsed))
    throw new HookwardError('OPTION_INVALID', 'network.proxy is not the http or https URL of a proxy')
  const { username, password, port } = parsed
  const secure = parsed.protocol === 'https:'
  const user = [username, password].map(decoded).join(':')
  return {
    secure,
    hostname: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(port === '' ? (secure ? 443 : 80) : port),
    ...(user === ':' ? {} : { authorization: `Basic ${Buffer.from(user, 'utf8').toString('base64')}` }),
  }
}

/** How a tunnel is opened. */
export interface TunnelOptions {
  readonly proxy: Proxy
  readonly lookup: LookupFunction
  readonly timeoutMs: number
}

/** Has the proxy connect to the place a dial is for; gives the tunnel, or fails with a stable code. */
export function openTunnel(
  dial: Dial,
  { hostname, port, protocol }: buildConnector.Options,
  { proxy, lookup, timeoutMs }: TunnelOptions,
): Promise<Socket> {
  const socket = socketTo(proxy, lookup)
  dial.socket = socket
  const target = `${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  const authorization = proxy.authorization === undefined ? '' : `proxy-authorization: ${proxy.authorization}\r\n`
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${authorization}\r\n`)
  return new Promise((resolve, reject) => {
    let head = ''
    let isDone = false
    const finish = (error?: Error) => {
      isDone = true
      clearTimeout(timer)
      socket.off('readable', onReadable).off('error', onLost).off('close', onLost)
      if (error !== undefined) socket.destroy()
      if (error === undefined) resolve(socket)
      else reject(error)
    }
    const onLost = () => finish(failure('PROXY_UNREACHABLE'))
    const onReadable = () => {
      // What comes after the head belongs to the receiver, so not a byte more is read.
      while (!isDone) {
        const byte = readByte(socket)
        if (byte === null) return
        head += byte
        if (head.endsWith('\r\n\r\n')) finish(refusalOf(head))
        else if (head.length > headBytesMax) finish(failure('PROXY_UNREACHABLE'))
      }
    }
    const timer = setTimeout(onLost, timeoutMs)
    socket.on('readable', onReadable).on('error', onLost).on('close', onLost)
  })
}

const headBytesMax = 8_192

function socketTo({ secure, hostname, port }: Proxy, lookup: LookupFunction): Socket {
  const at = { host: hostname, port, lookup, autoSelectFamily: true, noDelay: true, keepAlive: true }
  return secure ? connectTls({ ...at, ...(isIP(hostname) === 0 ? { servername: hostname } : {}) }) : connectTcp(at)
}

function readByte(socket: Socket): string | null {
  return (socket.read(1) as Buffer | null)?.toString('latin1') ?? null
}

/** Why there is no tunnel. A proxy that wants another password is our own trouble, one that will not is a guard. */
function refusalOf(text: string): Error | undefined {
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0)
  if (status >= 200 && status < 300) return undefined
  if (status === 407 && /\r\nproxy-authenticate:/i.test(text)) return failure('PROXY_AUTHENTICATION')
  if (status >= 400 && status < 500 && status !== 429) return failure('PROXY_REFUSED', 'egress proxy')
  return failure(status >= 500 ? 'PROXY_CANNOT_CONNECT' : 'PROXY_UNREACHABLE')
}

function isOrigin({ hostname, pathname, search, hash }: URL): boolean {
  return hostname !== '' && pathname === '/' && search === '' && hash === ''
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
