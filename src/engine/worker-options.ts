import { memoryStore } from '../adapters/memory-store.ts'
import { checkObject, checkText, refuse } from '../policy/check.ts'
import { option, wholeUpTo } from './option-checks.ts'
import { readOptions, type HookwardOptions, type Parts } from './options.ts'
import type { TurnParts } from './turn.ts'

type NotForWorkers =
  | 'shadow'
  | ('dir' | 'store' | 'lockWaitMs' | 'backlogBytesMax' | 'standby')
  | ('setUp' | 'enhancedPrivacy' | 'schemas')

/** What a worker is made from: how deliveries are made, judged and told of, as for an engine in the host's own process. */
export interface WorkerOptions extends Omit<HookwardOptions, NotForWorkers> {
  /** Seals all that stands in Restate: 32 to 1,024 characters, the same in every host and worker. */
  readonly key: string
  /** Where it listens. @default 9080 */
  readonly port?: number
  /** The address it listens on. @default '127.0.0.1' */
  readonly bind?: string
  /** The URL of Restate's admin interface, where the worker makes itself known. @default it does not */
  readonly admin?: string
  /** Where the cluster reaches it, or the balancer before several. @default its own address */
  readonly url?: string
  /** Public keys of the cluster, `publickeyv1_...`: a call that is not signed by one is refused. @default all are taken */
  readonly identityKeys?: readonly string[]
  /** The bodies that the ledger of one integration may hold, up to 64 MiB. @default 4 MiB (4,194,304) */
  readonly ledgerBytesMax?: number
  /** After so long a turn begins no attempt any more, and the next goes on: 100 to 600,000. @default 20_000 */
  readonly turnMs?: number
}

/** A worker's own part of its options, read once. */
export interface Worker {
  readonly key: string
  readonly port: number
  readonly bind: string
  readonly admin?: string
  readonly url?: string
  readonly identityKeys: readonly string[]
  readonly parts: TurnParts
}

const own = ['key', 'port', 'bind', 'admin', 'url', 'identityKeys', 'ledgerBytesMax', 'turnMs'] as const
const [ledgerBytes, ledgerBytesMax] = [4_194_304, 67_108_864] as const
const [inCluster, inHost] = [
  'what is kept stands in the cluster: leave it out',
  'events are made in hosts: give it there',
]
/** What an engine has in the host's own process alone, and why a worker has it not. */
const unknownHere: Readonly<Record<NotForWorkers, string>> = {
  shadow: 'is kept in the memory of one process, and turns of workers have none: run it in process',
  dir: `is not for a worker, for ${inCluster}`,
  store: `is not for a worker, for ${inCluster}`,
  lockWaitMs: `is not for a worker, for ${inCluster}`,
  backlogBytesMax: `is not for a worker, for ${inCluster}, or bound each ledger by ledgerBytesMax`,
  standby: 'is not needed: as many workers as you like serve at the same time',
  setUp: 'is not for a worker: put and install in a host',
  enhancedPrivacy: `is not for a worker, for ${inHost}`,
  schemas: `is not for a worker, for ${inHost}`,
}

/** Reads them once, at the door; what is impossible or unknown throws before anything has begun. */
export function readWorker(options: unknown): Worker {
  const given = checkObject(options, option('the options')) as unknown as WorkerOptions
  const stray = Object.entries(unknownHere).find(([name]) => name in given)
  if (stray !== undefined) refuse(option(stray[0]), stray[1])
  const turnMs = wholeUpTo(given.turnMs ?? 20_000, 'turnMs', 100, 600_000)
  const ledger = wholeUpTo(given.ledgerBytesMax ?? ledgerBytes, 'ledgerBytesMax', 65_536, ledgerBytesMax)
  const { admin, url, identityKeys = [] } = given
  if (!Array.isArray(identityKeys)) refuse(option('identityKeys'), 'must be a list')
  return {
    key: readKey(given.key),
    port: wholeUpTo(given.port ?? 9_080, 'port', 0, 65_535),
    bind: checkText(given.bind ?? '127.0.0.1', option('bind'), 256),
    ...(admin === undefined ? {} : { admin: readUrl(admin, 'admin') }),
    ...(url === undefined ? {} : { url: readUrl(url, 'url') }),
    identityKeys: identityKeys.map((key) => checkText(key, option('identityKeys'), 256)),
    parts: { ...partsOf(given), ledgerBytesMax: ledger, turnMs },
  }
}

/** As an engine's, but for the store: what is kept comes with each turn. */
function partsOf(given: WorkerOptions): Omit<Parts, 'store'> {
  const ofEngine = Object.entries(given).filter(([name]) => !(own as readonly string[]).includes(name))
  const { store: _none, ...parts } = readOptions({ ...Object.fromEntries(ofEngine), store: memoryStore() })
  return parts
}

/** Hosts and workers that know it understand each other. */
export function readKey(value: unknown): string {
  const key = checkText(value, option('key'), 1_024)
  return key.length >= 32 ? key : refuse(option('key'), 'must have 32 characters')
}

/** An absolute http or https URL, with a slash at its end. */
export function readUrl(value: unknown, name: string): string {
  const text = checkText(value, option(name), 2_048)
  if (!URL.canParse(text) || !['http:', 'https:'].includes(new URL(text).protocol))
    return refuse(option(name), 'must be an http or https URL')
  const { href } = new URL(text)
  return href.endsWith('/') ? href : `${href}/`
}
