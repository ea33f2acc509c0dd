import { Agent, Client, Pool, type Dispatcher } from 'undici'
import type { Connector } from './connector.ts'
import type { Dial } from './dial.ts'

/** One of undici's clients: one connection at a time, and the dial that made it. */
export interface Link {
  /** The one begun last. */
  readonly dial: Dial | undefined
}

/** The options of a request that wants to know by which link it goes. */
export interface LinkedOptions extends Dispatcher.DispatchOptions {
  /** Called when a link has taken it, before anything is written. */
  readonly onLink: (link: Link) => void
}

/** An agent whose requests are told their links. @param pipelining 1: connections are kept; 0: each request gets a new one */
export function agentOf(connector: Connector, pipelining: 0 | 1): Agent {
  return new Agent({
    pipelining,
    connections: 16,
    allowH2: false,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 30_000,
    maxHeaderSize: 16_384,
    factory: (origin, options) =>
      new Pool(origin, {
        ...(options as Pool.Options),
        connect: refused,
        factory: (each, rest) => linked(each, rest, connector),
      }),
  })
}

function linked(origin: URL, options: Client.Options, connector: Connector): Client {
  const link: { dial: Dial | undefined } = { dial: undefined }
  const client = new Client(origin, {
    ...options,
    connect: (wanted, callback) => {
      link.dial = connector.dial(wanted, callback)
    },
  })
  const dispatch = client.dispatch.bind(client)
  client.dispatch = (given, handler) => {
    ;(given as LinkedOptions).onLink(link)
    return dispatch(given, handler)
  }
  return client
}

/** A pool makes no connection itself; without a function here it would prepare to. */
const refused = () => undefined

/** Names and values in turn, as undici reads them fastest. */
export function linesOf(headers: Readonly<Record<string, string>>): string[] {
  const lines: string[] = []
  for (const name in headers) lines.push(name, headers[name] ?? '')
  lines.push('accept-encoding', 'identity')
  return lines
}
