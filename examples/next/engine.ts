import type { Hookward } from '../../src/index.ts'
import { openEngine, type Topics } from '../hosts/hookward.ts'

const shared = globalThis as { hookward?: Promise<Hookward<Topics>> }

/** Instrumentation and routes are bundled apart, and reloaded in development: the process still has one engine. */
export function engine(): Promise<Hookward<Topics>> {
  return (shared.hookward ??= openEngine())
}
