import { memoryStore } from '../adapters/memory-store.ts'
import { refuse } from '../policy/check.ts'
import { methods, option } from './option-checks.ts'
import { readOptions, type HookwardOptions } from './options.ts'
import type { HostParts, Runtime } from './runtime.ts'

/** What a host gives where deliveries are made elsewhere; everything else is given to the workers. */
export interface HostOptions extends Pick<
  HookwardOptions,
  'clock' | 'random' | 'logger' | 'application' | 'enhancedPrivacy' | 'schemas'
> {
  /** Where deliveries are made, as `restate()` of `hookward/restate`. */
  readonly runtime: Runtime
}

const known = ['runtime', 'clock', 'random', 'logger', 'application', 'enhancedPrivacy', 'schemas'] as const

/** Nothing where no runtime is given. */
export function readHost(options: unknown): { readonly runtime: Runtime; readonly host: HostParts } | undefined {
  const { runtime, ...given } = Object(options) as { readonly runtime?: unknown }
  if (runtime === undefined) return undefined
  const stray = Object.keys(given).find((name) => !(known as readonly string[]).includes(name))
  if (stray !== undefined) refuse(option(stray), 'is not for a host with a runtime: give it to the workers')
  // It keeps nothing and sends nothing itself.
  const parts = readOptions({ ...given, store: memoryStore(), transport })
  const { clock, random, logger, application, enhancedPrivacy, schemas } = parts
  const host = { clock, random, logger, application, enhancedPrivacy, schemas }
  return { runtime: methods(runtime as Runtime, 'runtime', ['open']), host }
}

const transport = { attempt: () => Promise.reject(new Error('a host sends nothing')), close: () => Promise.resolve() }
