import type { CountedSignal, Level, Policy, Verdict } from '../../src/policy/index.ts'
import { streak } from '../support/streak-policy.ts'

/** The level it was told, and one that time brings. */
export type PuppetMemory = {
  readonly now: Level
  readonly later: { readonly level: Level; readonly at: number } | null
}

/** After so long the later level is due. */
export const laterMs = 1_000

export const levels: readonly Level[] = ['healthy', 'degraded', 'broken', 'disabled']

/**
 * A policy that says what the signal tells it to say, so that a walk meets every verdict in every state.
 * Failures and probes carry it in the outcome's code: `broken`, or `broken later disabled`; successes in `n`, from 1 to 4.
 */
export function puppet(schedule: Partial<Policy['schedule']> = {}): Policy<PuppetMemory> {
  return {
    ...streak(schedule),
    name: 'puppet',
    params: {},
    empty: () => ({ now: 'healthy', later: null }),
    observe: (_memory, signal) => told(signal),
    judge: judged,
    foldable: () => false,
    migrate: () => null,
  }
}

/** The same, and it has its own way of trusting again: for longer where it was broken, and not for good. */
export function forgivingPuppet(): Policy<PuppetMemory> {
  return {
    ...puppet(),
    name: 'forgiving puppet',
    forgive: ({ now }, at) =>
      now === 'broken'
        ? { memory: { now: 'healthy', later: { level: 'degraded', at: at + laterMs } }, probationMs: 700_000 }
        : { memory: { now: 'healthy', later: null }, probationMs: 0 },
  }
}

function told(signal: CountedSignal): PuppetMemory {
  if (signal.type === 'delivery.ok') return { now: levels[signal.n - 1] ?? 'healthy', later: null }
  const [now, later] = signal.outcome.code.split(' later ') as [Level, Level?]
  return { now, later: later === undefined ? null : { level: later, at: signal.at + laterMs } }
}

function judged({ now, later }: PuppetMemory, at: number): Verdict {
  const level = later !== null && at >= later.at ? later.level : now
  const verdict = { level, evidence: { rule: level, summary: 'as told', facts: {} }, wouldChange: 'being told' }
  return later === null || level !== now
    ? verdict
    : { ...verdict, next: { to: later.level, at: later.at, unless: 'told' } }
}
