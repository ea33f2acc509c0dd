import { HookwardError } from '../../domain/errors.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Network } from '../../policy/network.ts'
import type { Transport } from '../../ports.ts'
import { failed } from './answer.ts'
import { Connector } from './connector.ts'
import { Exchange, type Ways } from './exchange.ts'
import { agentOf } from './link.ts'
import { LoopWatch } from './loop.ts'
import { Places } from './places.ts'
import { parseProxy } from './proxy.ts'

/** How attempts are sent. */
export interface UndiciTransportOptions {
  /** Where connections may go. */
  readonly network: Network
  /** How much of an answer's body is kept, in characters: up to 16,384. @default 1024 */
  readonly responseBodyCharsMax?: number
  /** DNS servers to ask, as `address` or `address:port`. @default those of the system */
  readonly nameServers?: readonly string[]
  /** The URL of an egress proxy that every connection goes through. @default none */
  readonly proxy?: string
}

/**
 * Sends attempts over HTTP/1.1, each under one deadline of its own that nothing a receiver does can move.
 * It rejects, with `BROKEN_INVARIANT`, only a request that should never have reached it.
 */
export function undiciTransport(options: UndiciTransportOptions): Transport {
  const charsMax = options.responseBodyCharsMax ?? 1_024
  if (!Number.isInteger(charsMax) || charsMax < 0 || charsMax > 16_384)
    throw new HookwardError('OPTION_INVALID', 'responseBodyCharsMax is not a whole number from 0 to 16384')
  const { network, nameServers } = options
  const proxy = options.proxy === undefined ? undefined : parseProxy(options.proxy)
  const connector = new Connector({ network, nameServers, proxy })
  const underWay: Exchange[] = []
  const loop = new LoopWatch()
  const places = new Places()
  const ways: Ways = { connector, charsMax, loop, kept: agentOf(connector, 1), fresh: agentOf(connector, 0) }
  let closing: Promise<void> | undefined
  return {
    attempt(request) {
      const place = places.of(request.url)
      if (place === undefined)
        return Promise.reject(new HookwardError('BROKEN_INVARIANT', 'an attempt has a URL that was not checked'))
      if (closing !== undefined) return Promise.resolve(notSent)
      loop.begin()
      const exchange = new Exchange(request, place, ways, (ended) => {
        // Those that began first are the first to end, nearly always.
        const at = underWay.indexOf(ended)
        if (at >= 0) underWay.splice(at, 1)
        loop.end()
      })
      if (!exchange.isOver) underWay.push(exchange)
      return exchange.outcome
    },
    close: () => (closing ??= shut(ways, underWay)),
  }
}

async function shut({ connector, kept, fresh }: Ways, underWay: readonly Exchange[]): Promise<void> {
  for (const exchange of [...underWay]) exchange.end('SHUTTING_DOWN')
  connector.close()
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise((resolve) => (timer = setTimeout(resolve, closeMsMax)))
  await Promise.race([Promise.all([kept.destroy(), fresh.destroy()]), patience])
  clearTimeout(timer)
}

const closeMsMax = 1_000

const notSent: Outcome = {
  ...failed('SHUTTING_DOWN'),
  phase: 'dns',
  durationMs: 0,
  body: '',
  bodyBytes: 0,
  truncated: false,
  headers: {},
}
