import { isIP, type LookupFunction, type Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { buildConnector, errors } from 'undici'
import { checkDestination, isAllowedName } from '../../policy/address.ts'
import type { Network } from '../../policy/network.ts'
import { Dial } from './dial.ts'
import { abandoned, failure } from './failure.ts'
import { Gate } from './gate.ts'
import { openTunnel, type Proxy } from './proxy.ts'
import { Resolver } from './resolver.ts'

/** How connections are made; built once per transport. */
export interface ConnectorOptions {
  readonly network: Network
  /** Goes through this proxy. @default none */
  readonly proxy?: Proxy | undefined
  /** DNS servers to ask, as `address` or `address:port`. @default those of the system */
  readonly nameServers?: readonly string[] | undefined
}

/**
 * Makes every connection of a transport, and only to places the network's rules allow: a literal address is checked
 * before dialling, every address of a name before one of them is dialled, the peer's address once more afterwards.
 * A refusal is an error with the code `ADDRESS_REFUSED` whose message is the rule.
 */
export class Connector {
  readonly #network: Network
  readonly #proxy: Proxy | undefined
  readonly #resolver: Resolver
  readonly #connect: Dialler
  readonly #gate = new Gate(dialsMax, dialHoldMsMax)
  readonly #unfinished = new Set<Dial>()
  #closed = false
  #ownerless = false
  /** What the connection that is being begun at this moment may be dialled at. */
  #opening: readonly string[] = []

  constructor({ network, nameServers, proxy }: ConnectorOptions) {
    this.#network = network
    this.#proxy = proxy
    this.#resolver = new Resolver({ nameServers })
    this.#connect = buildConnector({
      timeout: connectTimeoutMs,
      allowH2: false,
      autoSelectFamily: true,
      maxCachedSessions: 1_000,
      // One for all: making it anew costs a quarter of a handshake.
      secureContext: createSecureContext(),
      lookup: this.#lookup,
    }) as Dialler
  }

  /** Begins a connection; the callback gets it, or why there is none, and never before this has returned. */
  dial(options: buildConnector.Options, callback: buildConnector.Callback): Dial {
    const { protocol, host, hostname } = options
    const url = `${protocol}//${host ?? hostname}/`
    const dial = new Dial(url, isIP(hostname) === 0 && this.#proxy === undefined ? 'dns' : 'connect', (...ended) => {
      this.#unfinished.delete(dial)
      callback(...ended)
    })
    this.#unfinished.add(dial)
    const refusal = this.#closed || this.#ownerless ? failure('SHUTTING_DOWN') : this.#refusal(url)
    void this.#make(dial, options, refusal).then(
      (socket) => this.#handOver(dial, socket),
      (error: unknown) => dial.fail(error as Error),
    )
    return dial
  }

  /** Whether the name server has been silent since then, so that no name is to blame. */
  isNameServerSilentSince(ms: number): boolean {
    return this.#resolver.isSilentSince(ms)
  }

  /** Ends every look-up and every connection that is still being made, and makes no more. */
  close(): void {
    this.#closed = true
    this.#resolver.close()
    for (const dial of this.#unfinished) dial.fail(failure('SHUTTING_DOWN'))
  }

  async #make(dial: Dial, options: buildConnector.Options, refusal: Error | undefined): Promise<Socket> {
    await Promise.resolve()
    if (refusal !== undefined) throw refusal
    const addresses = this.#proxy === undefined ? await this.#addressesOf(dial, options.hostname) : []
    if (dial.isOver()) throw abandoned
    dial.enter('connect')
    await dial.turn((begin) => this.#gate.enter(dial.url, begin))
    if (dial.isOver()) throw abandoned
    const socket = await this.#open(dial, options, addresses)
    const peer = this.#proxy === undefined ? this.#peerRefusal(dial, socket) : undefined
    if (peer === undefined && !dial.isOver()) return socket
    socket.destroy()
    throw peer ?? abandoned
  }

  /** The addresses of a name, every one of them checked; none for a literal, which has been. */
  async #addressesOf(dial: Dial, hostname: string): Promise<readonly string[]> {
    if (isIP(hostname) !== 0) return []
    const addresses = isAllowedName(hostname, this.#network)
      ? await this.#resolver.resolveBySystem(hostname)
      : await this.#resolver.resolve(hostname)
    const refusal = this.#refusal(dial.url, ...addresses)
    if (refusal !== undefined) throw refusal
    return addresses
  }

  async #open(dial: Dial, options: buildConnector.Options, addresses: readonly string[]): Promise<Socket> {
    if (this.#proxy === undefined) return this.#reach(dial, options, addresses)
    const socket = await this.#tunnel(dial, options, this.#proxy)
    if (options.protocol !== 'https:') return socket
    dial.enter('tls')
    return this.#reach(dial, { ...options, httpSocket: socket }, addresses)
  }

  async #tunnel(dial: Dial, options: buildConnector.Options, proxy: Proxy): Promise<Socket> {
    const { hostname } = proxy
    const isName = isIP(hostname) === 0
    const addresses = isName ? await this.#resolver.resolveBySystem(hostname).catch(() => undefined) : []
    if (addresses === undefined) throw failure('PROXY_UNREACHABLE')
    if (dial.isOver()) throw abandoned
    this.#opening = addresses
    return openTunnel(dial, options, { proxy, lookup: this.#lookup, timeoutMs: connectTimeoutMs })
  }

  #reach(dial: Dial, options: buildConnector.Options, addresses: readonly string[]): Promise<Socket> {
    return new Promise((resolve, reject) => {
      this.#opening = addresses
      const socket = this.#connect(options, (...[error, connected]) => {
        if (error === null) resolve(connected)
        else reject(error)
      })
      dial.socket = socket
      if (options.protocol === 'https:') socket.once('connect', () => dial.enter('tls'))
    })
  }

  #handOver(dial: Dial, socket: Socket): void {
    // When a request is aborted, undici dials again for the same, dead request. It does so while it hears that the
    // connection has closed, so that moment is framed.
    socket.once('close', () => {
      this.#ownerless = isAbort(socket.errored)
    })
    dial.handOver(socket)
    socket.once('close', () => {
      this.#ownerless = false
    })
  }

  /** Called by `net.connect` before it returns, so what it asks for is what is being opened. */
  readonly #lookup: LookupFunction = (_hostname, options, callback) => {
    const found = this.#opening.map((address) => ({ address, family: isIP(address) }))
    queueMicrotask(() => {
      if (options.all === true) callback(null, found)
      else callback(null, found[0]?.address ?? '', found[0]?.family)
    })
  }

  #peerRefusal(dial: Dial, socket: Socket): Error | undefined {
    const peer = socket.remoteAddress
    dial.address = peer
    return peer === undefined ? failure('SOCKET_CLOSED') : this.#refusal(dial.url, peer)
  }

  #refusal(url: string, ...addresses: readonly string[]): Error | undefined {
    const { rule } = checkDestination(url, addresses, this.#network)
    return rule === undefined ? undefined : failure('ADDRESS_REFUSED', rule)
  }
}

/** The types hide that undici gives the socket back; without it only the connect timeout would end a dial. */
type Dialler = (...parameters: Parameters<buildConnector.connector>) => Socket

const connectTimeoutMs = 5_000
/** Connections that may be begun at once, and how long one of them may keep its turn to itself. */
const dialsMax = 64
const dialHoldMsMax = 100

function isAbort(error: Error | null): boolean {
  return error instanceof errors.InformationalError && error.message === 'aborted'
}
