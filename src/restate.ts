import { pausedInvocations, pausedWatch, registerWorker } from './adapters/restate/admin.ts'
import { listen } from './adapters/restate/endpoint.ts'
import { Link } from './adapters/restate/link.ts'
import { migrate, type Migration } from './adapters/restate/migrate.ts'
import { sealWith } from './adapters/restate/seal.ts'
import type { RememberedKey } from './domain/event.ts'
import { systemClock } from './adapters/system-clock.ts'
import { closeChannels } from './engine/channels.ts'
import { checkEventName } from './engine/face.ts'
import { Observers, type AnyEvent, type EventName, type HookwardEvents } from './engine/observers.ts'
import { methods, option, wholeUpTo } from './engine/option-checks.ts'
import { Remote } from './engine/remote.ts'
import { remoteFace } from './engine/remote-face.ts'
import type { Runtime } from './engine/runtime.ts'
import { turnsOf } from './engine/turns.ts'
import { readKey, readUrl, readWorker, type WorkerOptions } from './engine/worker-options.ts'
import { checkFields, refuse } from './policy/check.ts'
import type { Clock, Store } from './ports.ts'

export type { Migration } from './adapters/restate/migrate.ts'
export type { Runtime } from './engine/runtime.ts'
export type { HostOptions } from './engine/host-options.ts'
export type { WorkerOptions } from './engine/worker-options.ts'

/** How a host reaches its cluster. */
export interface RestateOptions {
  /** The URL of Restate's ingress; of each node, where there are several: 1 to 16. */
  readonly ingress: string | readonly string[]
  /** Seals all that stands in Restate: 32 to 1,024 characters, the same in every host and worker. */
  readonly key: string
  /** The URL of Restate's admin interface, to look for calls that are paused: at the start and once a minute. @default nobody looks */
  readonly admin?: string
  /** Deliveries of one integration wait for each other for so long, to go in one call: 0 to 1,000. @default 3 */
  readonly groupMs?: number
  /** How often the host looks who is registered and what has happened: 10 to 60,000. @default 1_000 */
  readonly refreshMs?: number
  /** A call without an answer is made again after so long, with the next node: 100 to 600,000. @default 5_000 */
  readonly callMs?: number
  /** After so long of trying a call is given up: 100 to 600,000. @default 60_000 */
  readonly patienceMs?: number
}

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

/** What is moved, and how the cluster is reached. */
export interface MigrateOptions extends Pick<RestateOptions, 'ingress' | 'key' | 'callMs' | 'patienceMs'> {
  /** The store of an engine that was stopped; it is left as it is. */
  readonly store: Store
  /** The clock of the engine that was stopped. @default the system's */
  readonly clock?: Clock
}

/**
 * Moves integrations with their records, deliveries, notices and histories from a store to the cluster, and checks that
 * as much is there as was here, and with them the idempotency keys of the last 24 hours. Workers must be running.
 * @throws HookwardError `STORE_LOCKED` while an engine has it, `RESTATE_MIGRATION` when something is missing.
 */
export async function migrateToRestate({ store, clock, ...options }: MigrateOptions): Promise<Migration> {
  const { key, ...given } = readRestate(options)
  const at = methods(clock ?? systemClock, 'clock', ['now'])
  const link = new Link({ ...given, seal: sealWith(key) })
  try {
    await link.protocol()
    const adoptKey = (known: RememberedKey, leftMs: number) => link.adoptKey(known, leftMs)
    return await migrate({ store, adopt: (id, part) => link.adopt(id, part), adoptKey, now: () => at.now() })
  } finally {
    await link.close()
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

const known = ['ingress', 'key', 'admin', 'groupMs', 'refreshMs', 'callMs', 'patienceMs'] as const
const nodesMax = 16

function readRestate(options: unknown) {
  const given = checkFields(options, option('the options'), known) as unknown as RestateOptions
  const nodes = [given.ingress].flat().map((node) => readUrl(node, 'ingress'))
  if (nodes.length === 0 || nodes.length > nodesMax) refuse(option('ingress'), `must name 1 to ${nodesMax} nodes`)
  return {
    nodes,
    key: readKey(given.key),
    ...(given.admin === undefined ? {} : { admin: readUrl(given.admin, 'admin') }),
    groupMs: wholeUpTo(given.groupMs ?? 3, 'groupMs', 0, 1_000),
    refreshMs: wholeUpTo(given.refreshMs ?? 1_000, 'refreshMs', 10, 60_000),
    callMs: wholeUpTo(given.callMs ?? 5_000, 'callMs', 100, 600_000),
    patienceMs: wholeUpTo(given.patienceMs ?? 60_000, 'patienceMs', 100, 600_000),
  }
}
