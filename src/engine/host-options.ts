import { memoryStore } from '../adapters/memory-store.ts'
import type { OpenTopics } from '../policy/parse-event.ts'
import { refuse } from '../policy/check.ts'
import { readLinkSecret } from './mail-options.ts'
import { methods, option } from './option-checks.ts'
import { isOption, readOptions, type HookwardOptions } from './options.ts'
import type { HostParts, Runtime } from './runtime.ts'

/** What a host gives where deliveries are made elsewhere; everything else is given to the workers. */
export interface HostOptions<Topics = OpenTopics> extends Pick<
  HookwardOptions<Topics>,
  'clock' | 'random' | 'logger' | 'application' | 'enhancedPrivacy' | 'schemas' | 'linkSecret'
> {
  /** Where deliveries are made, as `restate()` of `hookward/restate`. */
  readonly runtime: Runtime
}

const known = ['clock', 'random', 'logger', 'application', 'enhancedPrivacy', 'schemas', 'linkSecret'] as const
const inCluster = 'is not for a host with a runtime: what is kept stands where deliveries are made'
/** What an engine in the host's own process has alone, and why a host with a runtime has it not. */
const notHere: Readonly<Record<string, string>> = {
  dir: `${inCluster}, and migrateToRestate moves a folder there`,
  store: `${inCluster}, and migrateToRestate moves a store there`,
  lockWaitMs: inCluster,
  backlogBytesMax: `${inCluster}: give ledgerBytesMax to the workers`,
  standby: 'is not needed beside a runtime: as many hosts as you like emit at the same time',
  setUp: 'is called by whoever holds a folder: beside a runtime, put and install once createHookward has answered',
  shadow: 'is kept in the memory of one process, and turns of workers have none: run it in process',
}

/** Nothing where no runtime is given. */
export function readHost(options: unknown): { readonly runtime: Runtime; readonly host: HostParts } | undefined {
  const { runtime, linkSecret, ...given } = Object(options) as { readonly [name: string]: unknown }
  if (runtime === undefined) return undefined
  const stray = Object.keys(given).find((name) => !(known as readonly string[]).includes(name))
  if (stray !== undefined) refuse(option(stray), strayFact(stray))
  // It keeps nothing and sends nothing itself.
  const parts = readOptions({ ...given, store: memoryStore(), transport })
  const { clock, random, logger, application, enhancedPrivacy, schemas } = parts
  const links = linkSecret === undefined ? {} : { linkSecret: readLinkSecret(linkSecret) }
  const host = { clock, random, logger, application, enhancedPrivacy, schemas, ...links }
  return { runtime: methods(runtime as Runtime, 'runtime', ['open']), host }
}

function strayFact(name: string): string {
  if (Object.hasOwn(notHere, name)) return String(notHere[name])
  return isOption(name) ? 'is not for a host with a runtime: give it to the workers' : 'is unknown'
}

const transport = { attempt: () => Promise.reject(new Error('a host sends nothing')), close: () => Promise.resolve() }
