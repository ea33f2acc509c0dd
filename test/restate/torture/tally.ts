import type { CountedSignal, OutcomeRule, OutcomeTable, Policy, Verdict } from '../../../src/policy/index.ts'

/** Everything that was heard, counted; and failures in a row. */
export type Tally = { readonly ok: number; readonly failed: number; readonly streak: number }

/** So many failures in a row disable. */
const streakMax = 3

/** A rule of tests that counts what it hears, so that nothing can be heard twice or never without being seen. */
export function tally(): Omit<Policy<Tally>, 'forgive' | 'patience' | 'skip' | 'whyNot'> {
  return {
    name: 'tally',
    version: 1,
    params: {},
    outcomes,
    schedule: { retriesMs: [50, 200, 1_000], jitter: 0, probesMs: [50], probesToRecover: 1, probationMs: 1_000 },
    lane: { inFlightMax: 8 },
    deadlineMs: 5_000,
    ignoreTopics: [],
    empty: () => ({ ok: 0, failed: 0, streak: 0 }),
    observe: observed,
    judge: judged,
    foldable: (memory) => memory.streak === 0,
    bucketOf: () => 0,
    migrate: () => null,
  }
}

const good: OutcomeRule = { settles: 'delivered', counts: 'ok' }
const bad: OutcomeRule = { settles: 'retry', counts: 'failed' }
const later: OutcomeRule = { settles: 'later', counts: 'none' }
const outcomes: OutcomeTable = {
  kinds: {
    ...{ ok: good, redirect: bad, gone: bad, rejected: bad, throttled: bad, server: bad, protocol: bad },
    // On a machine that is busy with being killed, these say nothing about the receiver.
    ...{ timeout: later, unreachable: later, blocked: later, local: later },
  },
}

function observed({ ok, failed, streak }: Tally, signal: CountedSignal): Tally {
  if (signal.type === 'delivery.ok') return { ok: ok + signal.n, failed, streak: 0 }
  if (signal.type === 'probe.ok') return { ok: ok + 1, failed, streak: 0 }
  return { ok, failed: failed + 1, streak: Math.min(streak + 1, streakMax) }
}

function judged(memory: Tally): Verdict {
  const level = memory.streak >= streakMax ? 'disabled' : 'healthy'
  const summary = `${memory.streak} failures in a row`
  return { level, evidence: { rule: `tally-${level}`, summary, facts: { ...memory } }, wouldChange: 'one success' }
}
