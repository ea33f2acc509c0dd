import { lookup, Resolver } from 'node:dns/promises'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { buildConnector, errors } from 'undici'
import { HookwardError } from '../../domain/errors.ts'
import type { Phase } from '../../domain/outcome.ts'
import { checkDestination, isAllowedName } from '../../policy/address.ts'
import type { Network } from '../../policy/network.ts'

/** One connection being made, or just made. */
export interface Dial {
  /** How far it came. */
  readonly phase: Phase
  readonly socket: Socket | undefined
}

/** How connections are made; built once per transport. */
export interface ConnectorOptions {
  readonly network: Network
  /** DNS servers to ask, as `address` or `address:port`. @default those of the system */
  readonly nameServers?: readonly string[]
}

/**
 * Makes every connection of a transport, and only to places the network's rules allow: a literal address is checked
 * before dialling, every address of a name before one of them is dialled, the peer's address once more afterwards.
 * A refusal is an error with the code `ADDRESS_REFUSED` whose message is the rule.
 */
export class Connector {
  readonly #network: Network
  readonly #resolver: Resolver
  readonly #dial: Dialler
  readonly #unfinished = new Set<Socket>()
  #closed = false
  #ownerless = false
  #begun: OpenDial | undefined
  #handed: Dial | undefined

  constructor({ network, nameServers }: ConnectorOptions) {
    this.#network = network
    this.#resolver = new Resolver({ timeout: 1_000, tries: 2 })
    if (nameServers !== undefined) setServers(this.#resolver, nameServers)
    this.#dial = buildConnector({
      timeout: connectTimeoutMs,
      allowH2: false,
      autoSelectFamily: true,
      maxCachedSessions: 1_000,
      // One for all: making it anew costs a quarter of a handshake.
      secureContext: createSecureContext(),
      lookup: this.#lookup,
    }) as Dialler
  }

  /** The `connect` function of an undici dispatcher. */
  readonly connect: buildConnector.connector = (options, callback) => {
    const { protocol, host, hostname } = options
    const url = `${protocol}//${host ?? hostname}/`
    const dial: OpenDial = { url, phase: isIP(hostname) === 0 ? 'dns' : 'connect', socket: undefined }
    this.#begun = dial
    const refusal = this.#closed || this.#ownerless ? failure('SHUTTING_DOWN') : this.#refusal(url)
    if (refusal !== undefined) queueMicrotask(() => callback(refusal, null))
    else this.#open(dial, options, callback)
  }

  /** Runs `dispatch` and gives the dial that began inside it; none when a kept connection is used or waited for. */
  dialOf(dispatch: () => void): Dial | undefined {
    this.#begun = undefined
    dispatch()
    return this.#begun
  }

  /** Set while a new connection is handed over: a request that starts at that moment is the first on it. */
  get handed(): Dial | undefined {
    return this.#handed
  }

  /** Ends every look-up and every connection that is still being made, and makes no more. */
  close(): void {
    this.#closed = true
    this.#resolver.cancel()
    for (const socket of this.#unfinished) socket.destroy(failure('SHUTTING_DOWN'))
  }

  #open(dial: OpenDial, options: buildConnector.Options, callback: buildConnector.Callback): void {
    const done: buildConnector.Callback = (...[error, connected]) => {
      this.#unfinished.delete(socket)
      const refusal = error ?? this.#peerRefusal(dial, connected)
      if (refusal === undefined) this.#handOver(dial, connected, callback)
      else {
        connected?.destroy()
        callback(refusal, null)
      }
    }
    const socket = this.#dial(options, done)
    dial.socket = socket
    this.#unfinished.add(socket)
    if (options.protocol === 'https:') socket.once('connect', () => (dial.phase = 'tls'))
  }

  #handOver(dial: OpenDial, socket: Socket | null, callback: buildConnector.Callback): void {
    if (socket === null) return
    // When a request is aborted, undici dials again for the same, dead request. It does so while it hears that the
    // connection has closed, so that moment is framed.
    socket.once('close', () => {
      this.#ownerless = isAbort(socket.errored)
    })
    this.#handed = dial
    try {
      callback(null, socket)
    } finally {
      this.#handed = undefined
      socket.once('close', () => {
        this.#ownerless = false
      })
    }
  }

  /** Called by `net.connect` before it returns, so the dial it belongs to is the one begun last. */
  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    const dial = this.#begun
    const resolved = async () => {
      const found = await this.#resolve(hostname)
      const refusal = this.#refusal(dial?.url ?? '', ...found)
      if (refusal !== undefined) throw refusal
      if (dial !== undefined) dial.phase = 'connect'
      return found.map((address) => ({ address, family: isIP(address) }))
    }
    void resolved().then(
      (found) =>
        options.all === true ? callback(null, found) : callback(null, found[0]?.address ?? '', found[0]?.family),
      (error: unknown) => callback(error as NodeJS.ErrnoException, []),
    )
  }

  /** Both families at once. What one of them finds is enough. */
  async #resolve(hostname: string): Promise<readonly string[]> {
    if (isAllowedName(hostname, this.#network))
      return (await lookup(hostname, { all: true })).map(({ address }) => address)
    const answers = await Promise.allSettled([this.#resolver.resolve6(hostname), this.#resolver.resolve4(hostname)])
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (found.length > 0) return found
    throw worst(answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Error] : [])))
  }

  #peerRefusal(dial: OpenDial, socket: Socket | null): Error | undefined {
    const peer = socket?.remoteAddress
    return peer === undefined ? failure('SOCKET_CLOSED') : this.#refusal(dial.url, peer)
  }

  #refusal(url: string, ...addresses: readonly string[]): Error | undefined {
    const { rule } = checkDestination(url, addresses, this.#network)
    return rule === undefined ? undefined : failure('ADDRESS_REFUSED', rule)
  }
}

/** The types hide that undici gives the socket back; without it only the connect timeout would end a dial. */
type Dialler = (...parameters: Parameters<buildConnector.connector>) => Socket

interface OpenDial extends Dial {
  readonly url: string
  phase: Phase
  socket: Socket | undefined
}

const connectTimeoutMs = 5_000

/**
 * "No such record" of one family says less than the other family's trouble.
 * A name server that cannot be reached is our own trouble, unlike a receiver that refuses us.
 */
function worst(errors: readonly Error[]): Error {
  const codes = errors.map((error) => (error as NodeJS.ErrnoException).code ?? 'ENOTFOUND')
  const telling = codes.find((code) => code !== 'ENODATA') ?? codes[0] ?? 'ENOTFOUND'
  return failure(telling === 'ECONNREFUSED' ? 'NAME_SERVER_UNREACHABLE' : telling)
}

function setServers(resolver: Resolver, nameServers: readonly string[]): void {
  try {
    resolver.setServers(nameServers)
  } catch {
    throw new HookwardError('OPTION_INVALID', 'nameServers holds something that is no address of a server')
  }
}

function isAbort(error: Error | null): boolean {
  return error instanceof errors.InformationalError && error.message === 'aborted'
}

function failure(code: string, message = code): Error {
  return Object.assign(new Error(message), { code })
}
