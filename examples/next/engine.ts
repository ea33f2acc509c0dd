import type { Hookward } from '../../src/index.ts'
import { openEngine, type Topics } from '../hosts/hookward.ts'

const shared = globalThis as { hookward?: Promise<Hookward<Topics>> }

/** Instrumentation and routes are bundled apart, and reloaded in development: the process still has one engine. */
export function engine(): Promise<Hookward<Topics>> {
  return (shared.hookward ??= open())
}

async function open(): Promise<Hookward<Topics>> {
  const hookward = await openEngine()
  // With NEXT_MANUAL_SIG_HANDLE=true, Next leaves the signal to this. A process that is killed without it loses nothing.
  process.once('SIGTERM', () => void hookward.stop().then(() => process.exit(0)))
  return hookward
}
