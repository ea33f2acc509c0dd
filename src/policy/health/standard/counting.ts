import type { CountedSignal } from '../policy.ts'
import { brokenBy, degradedBy, isWellAgain } from './clauses.ts'
import { emptyMemory, sinceSuccess, type StandardMemory, type Streak } from './memory.ts'
import type { Numbers } from './params.ts'
import { isOutOfPatience, joined, named, type Failure } from './run.ts'
import { added } from './window.ts'

/** The memory after one more signal. All entries and the way out of degraded are looked for here, never by time alone. */
export function observed(memory: StandardMemory, signal: CountedSignal, numbers: Numbers): StandardMemory {
  switch (signal.type) {
    case 'delivery.ok':
      return succeeded(ofStatus(memory, signal.status), signal.n, signal.lastAt, numbers)
    case 'probe.ok':
      return succeeded(ofStatus(memory, signal.status), 1, signal.at, numbers)
    case 'delivery.failed':
    case 'probe.failed':
      return failed(ofStatus(memory, signal.status), signal, numbers)
    case 'receiver.disable':
      return memory
  }
}

function ofStatus(memory: StandardMemory, status: StandardMemory['status']): StandardMemory {
  return memory.status === status ? memory : { ...memory, status }
}

/** Trusted again: counting begins anew, but what happened is remembered, and makes the probation longer. */
export function forgive(
  memory: StandardMemory,
  at: number,
  numbers: Numbers,
): { readonly memory: StandardMemory; readonly probationMs: number } {
  const earlier = remembered(memory.incidents, at, numbers)
  const probationMs = Math.min(numbers.probationMs * 2 ** earlier.length, numbers.probationMsMax)
  const incidents = memory.level === 'healthy' ? earlier : withIncident(memory.incidents, at, numbers)
  const { status } = memory
  return { memory: { ...emptyMemory(), status, okAt: at, trustedAt: at + probationMs, incidents }, probationMs }
}

/** What being throttled at this moment costs: the lane waits longer each time, until patience is over. */
export function patience(memory: StandardMemory, at: number, numbers: Numbers): { waitMs: number; spends: boolean } {
  return { waitMs: asked(memory, at, numbers).until - at, spends: isOutOfPatience(memory.run, at, numbers) }
}

function succeeded(memory: StandardMemory, n: number, at: number, numbers: Numbers): StandardMemory {
  const window = added(memory.window, at, { ok: n }, numbers.windowMs)
  const oks = Math.min(memory.oks + n, numbers.healthySuccesses)
  const next = { ...memory, ...sinceSuccess, window, oks, okAt: Math.max(memory.okAt, at) }
  if (next.level !== 'degraded' || !isWellAgain(next, at, numbers)) return next
  return { ...next, level: 'healthy', entry: null, incidents: withIncident(memory.incidents, at, numbers) }
}

function failed(memory: StandardMemory, signal: Failure, numbers: Numbers): StandardMemory {
  const isRefused = isRefusal(signal, numbers)
  const refused = withRefused(memory.refused, signal, numbers)
  const told = refused === memory.refused ? memory : { ...memory, refused }
  if (signal.type === 'delivery.failed' && isRefused && refused.length < numbers.refusedDeliveries) return told
  const isCounted = counts(told, signal, numbers)
  const next = isCounted ? withFailure(told, signal.at, numbers) : told
  const run = joined(next.run, signal, numbers)
  const waits = signal.outcome.kind === 'throttled' ? asked(next, signal.at, numbers) : next.waits
  return entered({ ...next, run, waits }, signal, isCounted, numbers)
}

/** It answers, and says no to this delivery: one such delivery says nothing about the integration. */
function isRefusal({ outcome }: Failure, { refusedStatuses }: Numbers): boolean {
  return outcome.kind === 'rejected' && refusedStatuses.includes(outcome.status)
}

/** One that is replayed and dies of it again is still the same delivery. */
function withRefused(refused: readonly string[], signal: Failure, numbers: Numbers): readonly string[] {
  const { deliveryId, final } = signal
  return final && isRefusal(signal, numbers) ? named(refused, deliveryId, numbers.refusedDeliveries) : refused
}

/** The first attempt of a delivery and its death; being throttled each time, once patience is over. */
function counts({ run }: StandardMemory, { type, attempt, final, outcome, at }: Failure, numbers: Numbers): boolean {
  if (type === 'probe.failed') return false
  return attempt === 1 || final || (outcome.kind === 'throttled' && isOutOfPatience(run, at, numbers))
}

function withFailure(memory: StandardMemory, at: number, { windowMs }: Numbers): StandardMemory {
  const { streak, window } = memory
  const longer: Streak = {
    n: Math.min((streak?.n ?? 0) + 1, 1_000_000_000),
    firstAt: streak?.firstAt ?? at,
    lastAt: Math.max(streak?.lastAt ?? at, at),
  }
  return { ...memory, oks: 0, streak: longer, window: added(window, at, { failed: 1 }, windowMs) }
}

function entered(memory: StandardMemory, signal: Failure, isCounted: boolean, numbers: Numbers): StandardMemory {
  if (memory.level === 'broken') return memory
  const broken = brokenBy(memory, signal, isCounted, numbers)
  if (broken !== undefined) return { ...memory, level: 'broken', entry: broken }
  if (memory.level === 'degraded' || !isCounted) return memory
  const degraded = degradedBy(memory, signal.at, numbers)
  return degraded === undefined ? memory : { ...memory, level: 'degraded', entry: degraded }
}

/** Attempts that end while the lane waits already do not lengthen the wait. */
function asked({ waits }: StandardMemory, at: number, numbers: Numbers): StandardMemory['waits'] {
  if (at < waits.until) return waits
  const waitMs = Math.min(numbers.throttledWaitMs * 2 ** Math.min(waits.n, 30), numbers.throttledWaitMsMax)
  return { n: Math.min(waits.n + 1, 30), until: at + waitMs }
}

function withIncident(incidents: readonly number[], at: number, numbers: Numbers): readonly number[] {
  return [...remembered(incidents, at, numbers), at].slice(-incidentsMax)
}

function remembered(incidents: readonly number[], at: number, { incidentsMs }: Numbers): readonly number[] {
  return incidents.filter((endedAt) => at - endedAt < incidentsMs)
}

/** After so many doublings any probation has reached its bound, unless it began at seconds. */
const incidentsMax = 10
