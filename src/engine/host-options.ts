import { refuse } from '../policy/check.ts'
import { methods, option } from './option-checks.ts'
import { readGiven, readHostParts, type HookwardOptions } from './options.ts'
import type { HostParts, Runtime } from './runtime.ts'

/** What a host gives where deliveries are made elsewhere; everything else is given to the workers. */
export interface HostOptions extends Pick<
  HookwardOptions,
  'clock' | 'random' | 'logger' | 'application' | 'enhancedPrivacy'
> {
  /** Where deliveries are made, as `restate()` of `hookward/restate`. */
  readonly runtime: Runtime
}

const known = ['runtime', 'clock', 'random', 'logger', 'application', 'enhancedPrivacy'] as const

/** Nothing where no runtime is given. */
export function readHost(options: unknown): { readonly runtime: Runtime; readonly host: HostParts } | undefined {
  const { runtime } = Object(options) as { readonly runtime?: unknown }
  if (runtime === undefined) return undefined
  const stray = Object.keys(Object(options) as object).find((name) => !(known as readonly string[]).includes(name))
  if (stray !== undefined) refuse(option(stray), 'is not for a host with a runtime: give it to the workers')
  const given = readGiven(options, known)
  return { runtime: methods(runtime as Runtime, 'runtime', ['open']), host: readHostParts(given) }
}
