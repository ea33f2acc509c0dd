import { once } from 'node:events'
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type * as Restate from '@restatedev/restate-sdk'
import { HookwardError } from '../../domain/errors.ts'
import type { Logger } from '../../ports.ts'
import { catalogueHandlers } from './directory.ts'
import { integrationHandlers } from './integration-object.ts'
import type { Seal } from './seal.ts'
import { emittedHandlers, feedHandlers, notifierHandlers } from './services.ts'
import type { Turns } from './turns.ts'
import { names } from './wire.ts'

/** What a worker's end of Restate is made from. */
export interface EndpointParts {
  readonly turns: Turns
  readonly seal: Seal
  readonly logger: Logger
  readonly host: string
  readonly port: number
  readonly identityKeys: readonly string[]
  /** The longest a turn can take, with its last attempt. */
  readonly turnMsMax: number
}

/** One that listens. */
export interface Endpoint {
  readonly port: number
  close(): Promise<void>
}

/** How long what is done stays in journals: none of it is needed once its caller has its answer. */
const [idempotencyRetention, journalRetention] = [3_600_000, 0] as const
/** Beyond the longest turn, before its worker is believed to be lost. */
const slackMs = 30_000

/** Serves the handlers over HTTP/2, for a Restate server to call. */
export async function listen(parts: EndpointParts): Promise<Endpoint> {
  const sdk = await theSdk()
  const handle = sdk.createEndpointHandler({
    services: servicesOf(sdk, parts),
    ...(parts.identityKeys.length === 0 ? {} : { identityKeys: [...parts.identityKeys] }),
    logger: (meta, message, ...rest: unknown[]) => {
      if (!/error|warn/i.test(meta.level)) return
      const invocation = meta.context?.invocationId ?? ''
      parts.logger.warn({ invocation, error: rest.map(String).join(' ').slice(0, 1_024) }, String(message))
    },
  })
  const server = createServer(handle)
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  server.listen(parts.port, parts.host)
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => close(server, sessions) }
}

function servicesOf(sdk: typeof Restate, { turns, seal, turnMsMax }: EndpointParts) {
  const serde: Restate.Serde<unknown> = {
    contentType: 'application/octet-stream',
    serialize: (value) => seal.close(value),
    deserialize: (bytes) => seal.open(bytes),
  }
  const timeouts = { inactivityTimeout: turnMsMax + slackMs, abortTimeout: slackMs }
  const options = { serde, idempotencyRetention, journalRetention, ...timeouts }
  const lazy = { ...options, enableLazyState: true }
  const shared = { enableLazyState: true }
  const { ask, letter, ...exclusive } = integrationHandlers(turns, serde)
  const { since, update } = catalogueHandlers
  const { hello, add, since: news } = feedHandlers
  const sharedly = sdk.handlers.object.shared
  return [
    sdk.object({
      name: names.integration,
      handlers: { ...exclusive, ask: sharedly(shared, ask), letter: sharedly(shared, letter) },
      options: lazy,
    }),
    sdk.object({ name: names.catalogue, handlers: { update, since: sharedly(shared, since) }, options: lazy }),
    sdk.object({ name: names.emitted, handlers: emittedHandlers(serde), options }),
    sdk.object({ name: names.feed, handlers: { add, since: sharedly(news), hello: sharedly(hello) }, options }),
    sdk.service({ name: names.notifier, handlers: notifierHandlers(turns, serde), options }),
  ]
}

/** What is under way goes on elsewhere: connections are cut, not waited for. */
async function close(server: Http2Server, sessions: ReadonlySet<ServerHttp2Session>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const session of sessions) session.destroy()
  await closed
}

/** Without what Node 22 brought every call would hang, though the worker registers: so it is looked at first. */
async function theSdk(): Promise<typeof Restate> {
  if (!('withResolvers' in Promise))
    throw new HookwardError('RESTATE_NODE', `Node ${process.versions.node} has no Promise.withResolvers`)
  try {
    return await import('@restatedev/restate-sdk')
  } catch (cause) {
    const fact = 'workers on Restate need the package @restatedev/restate-sdk: npm install @restatedev/restate-sdk'
    throw new HookwardError('PEER_MISSING', fact, { cause })
  }
}
