import { checkFields, refuse } from '../policy/check.ts'
import { option, wholeUpTo } from './option-checks.ts'
import { readKey, readUrl } from './worker-options.ts'

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

const known = ['ingress', 'key', 'admin', 'groupMs', 'refreshMs', 'callMs', 'patienceMs'] as const
const nodesMax = 16

/** Reads them once, at the door. */
export function readRestate(options: unknown) {
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
