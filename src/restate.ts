import { pausedInvocations, pausedWatch, registerWorker } from './adapters/restate/admin.ts'
import { listen } from './adapters/restate/endpoint.ts'
import { Link } from './adapters/restate/link.ts'
import { sealWith } from './adapters/restate/seal.ts'
import { closeChannels } from './engine/channels.ts'
import { checkEventName } from './engine/face.ts'
import { Observers, type AnyEvent, type EventName, type HookwardEvents } from './engine/observers.ts'
import { Remote } from './engine/remote.ts'
import { remoteFace } from './engine/remote-face.ts'
import { readRestate, type RestateOptions } from './engine/restate-options.ts'
import type { Runtime } from './engine/runtime.ts'
import { turnsOf } from './engine/turns.ts'
import { readWorker, type WorkerOptions } from './engine/worker-options.ts'

export type { Migration } from './adapters/restate/migrate.ts'
export { migrateToRestate, type MigrateOptions } from './engine/moving-out.ts'
export type { RestateOptions } from './engine/restate-options.ts'
export type { Runtime } from './engine/runtime.ts'
export type { HostOptions } from './engine/host-options.ts'
export type { WorkerOptions } from './engine/worker-options.ts'

/**
 * The runtime of a host whose deliveries are made by workers on a Restate cluster: `createHookward({ runtime })`. When
 * `emit` resolves, the cluster has the event.
 * @throws HookwardError `OPTION_INVALID`; opening it, a `RESTATE_` code.
 * @example
 * const hookward = await createHookward({ runtime: restate({ ingress: 'http://127.0.0.1:8080', key }) })
 */
export function restate(options: RestateOptions): Runtime {
  const { admin, refreshMs, key, ...given } = readRestate(options)
  return {
    open: async (host) => {
      const link = new Link({ ...given, seal: sealWith(key) })
      const { logger } = host
      const count = admin === undefined ? undefined : () => pausedInvocations(admin)
      const watched = count && { lookAtCluster: pausedWatch({ count, logger, now: () => performance.now() }) }
      const remote = new Remote({ ...host, ...watched, link, refreshMs })
      try {
        await remote.open()
        return remoteFace(remote)
      } catch (error) {
        await link.close()
        throw error
      }
    },
  }
}

/** A worker that serves. */
export interface RestateWorker {
  /** Where it listens. */
  readonly url: string
  /** Calls `listener` for each event of this name in this worker, `*` for all; after a crash some are told again. */
  on<Name extends EventName>(name: Name, listener: (event: HookwardEvents[Name]) => void): () => void
  on(name: '*', listener: (event: AnyEvent) => void): () => void
  /** Cuts its connections: what was under way is begun again by another worker. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * A worker: makes, judges and tells of deliveries whenever the cluster calls it, and keeps nothing itself.
 * @throws HookwardError `OPTION_INVALID`, `RESTATE_NODE` below Node 22, `PEER_MISSING`, `RESTATE_UNREACHABLE`.
 * @example
 * await serveRestate({ key, port: 9080, admin: 'http://127.0.0.1:9070', mail: { url: process.env.SMTP_URL, from: 'ops@example.com' } })
 */
export async function serveRestate(options: WorkerOptions): Promise<RestateWorker> {
  const { key, parts, admin, url, port, bind: host, identityKeys } = readWorker(options)
  const { logger, transport, channels } = parts
  const observers = new Observers(logger)
  const turns = turnsOf(parts, ({ type, ...event }) => observers.tell(type, event))
  const turnMsMax = parts.turnMs + attemptMsMax
  const endpoint = await listen({ turns, seal: sealWith(key), logger, host, port, identityKeys, turnMsMax })
  const own = `http://${host.includes(':') ? `[${host}]` : host}:${endpoint.port}/`
  let stopping: Promise<unknown> | undefined
  const stop = async () => {
    stopping ??= Promise.all([endpoint.close(), transport.close(), closeChannels(channels)])
    await stopping
  }
  try {
    if (admin !== undefined) await registerWorker(admin, url ?? own)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: own,
    on: (name: string, listener: (event: never) => void) => observers.on(checkEventName(name, listener), listener),
    stop,
  }
}

/** No attempt takes longer: the longest deadline an integration may have. */
const attemptMsMax = 30_000
