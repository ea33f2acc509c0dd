import type { JsonObject } from '../../../domain/json.ts'
import type { IntegrationStatus } from '../../../domain/integration.ts'
import { laterRun, type Run } from './run.ts'
import { shifted, type Row } from './window.ts'

/** Which clause made an integration degraded or broken. */
export type Rule = 'failures-in-a-row' | 'share-of-window' | 'nothing-succeeds' | 'dead-delivery' | 'other-policy'

/** The clause that was met, when, and with which numbers. */
export type Entry = { readonly rule: Rule; readonly at: number; readonly facts: JsonObject }

/** Counted failures in a row, without a success between them. */
export type Streak = { readonly n: number; readonly firstAt: number; readonly lastAt: number }

/** What the rule remembers of one integration: under 2 KiB as JSON, however long it runs. */
export type StandardMemory = {
  readonly level: 'healthy' | 'degraded' | 'broken'
  /** Why it is degraded or broken. */
  readonly entry: Entry | null
  /** As the last signal had it. */
  readonly status: IntegrationStatus
  /** The last success, or when it was last trusted again. By the wall: it is compared with when deliveries were accepted. */
  readonly okAt: number
  /** Successes in a row, no further than they matter. */
  readonly oks: number
  readonly streak: Streak | null
  readonly window: readonly Row[]
  /** Everything since the last success. */
  readonly run: Run | null
  /** The first few different deliveries since the last success that died of being refused themselves, as short names. */
  readonly refused: readonly string[]
  /** How often the lane was asked to wait since the last success, and until when it waits. */
  readonly waits: { readonly n: number; readonly until: number }
  /** Probation ends. */
  readonly trustedAt: number
  /** When earlier incidents ended, the latest last. */
  readonly incidents: readonly number[]
}

const notAsked = { n: 0, until: 0 } as const

/** The memory of an integration never heard of. */
export function emptyMemory(): StandardMemory {
  return {
    level: 'healthy',
    entry: null,
    status: 'internal',
    okAt: 0,
    oks: 0,
    streak: null,
    window: [],
    run: null,
    refused: [],
    waits: notAsked,
    trustedAt: 0,
    incidents: [],
  }
}

/** What a success ends: everything that is counted since the last one. */
export const sinceSuccess = { streak: null, run: null, refused: [], waits: notAsked } as const

/** The memory after time that does not count: each running span began that much later. */
export function skipped(memory: StandardMemory, ms: number, windowMs: number): StandardMemory {
  const { streak, run, window, waits, trustedAt, incidents } = memory
  const later = (at: number) => (at === 0 ? 0 : at + ms)
  return {
    ...memory,
    streak: streak && { ...streak, firstAt: streak.firstAt + ms, lastAt: streak.lastAt + ms },
    run: run && laterRun(run, ms),
    window: shifted(window, ms, windowMs),
    waits: { ...waits, until: later(waits.until) },
    trustedAt: later(trustedAt),
    incidents: incidents.map(later),
  }
}
