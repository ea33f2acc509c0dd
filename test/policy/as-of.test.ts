import { expect, it } from 'vitest'
import type { ChartState, HealthContext, Verdict } from '../../src/domain/health.ts'
import { asOf } from '../../src/policy/as-of.ts'
import type { Policy } from '../../src/policy/health/policy.ts'

const context: HealthContext = {
  ...{ integrationId: 'bot', at: 10, lostMs: 5, since: 0, gate: 'open', epoch: 0, incident: null, probationUntil: 0 },
  ...{ probes: { failed: 0, ok: 0, dueAt: 0 }, resumeTo: null, walked: [] },
  policy: { name: 'span', version: 1, params: {}, memory: 100 },
  verdict: verdictOf('degraded', 200),
}

it('judges at that moment, behind the time that the record has not heard of', () => {
  const told = asOf(spans(), 'degraded', context, { at: 50, lostMs: 12 })
  expect(told).toMatchObject({ at: 50, policy: { memory: 107 }, verdict: { next: { at: 207 } } })
  expect(told.verdict.evidence.facts).toEqual({ at: 50 })
})

it('counts time below zero when the clock was set back', () => {
  expect(asOf(spans(), 'degraded', context, { at: 0, lostMs: -5 }).verdict.next?.at).toBe(190)
})

it.each<[string, Partial<Policy>, number]>([
  ['another level', { judge: () => verdictOf('broken', 0) }, 207],
  ['a judge that throws', { judge: fails }, 207],
  ['a skip that throws', { skip: fails }, 207],
])('tells what was decided, moved by that time, over %s', (_, parts, nextAt) => {
  const told = asOf({ ...spans(), ...parts }, 'degraded', context, { at: 50, lostMs: 12 })
  const { next } = context.verdict
  expect(told).toEqual({ ...context, verdict: { ...context.verdict, next: { ...next, at: nextAt } } })
})

it('moves nothing for a rule that counts all time', () => {
  const { skip: _, ...whole } = spans()
  expect(asOf(whole, 'degraded', context, { at: 50, lostMs: 12 }).verdict.next?.at).toBe(200)
  expect(asOf({ ...whole, judge: fails }, 'degraded', context, { at: 50, lostMs: 12 })).toBe(context)
})

it.each<ChartState>(['paused', 'disabled', 'broken.condemned'])('leaves what is %s as it was decided', (state) => {
  expect(asOf(spans(), state, context, { at: 50, lostMs: 12 })).toBe(context)
})

/** Remembers when a span began, and ends it 100 ms later. */
function spans(): Pick<Policy, 'judge'> & Required<Pick<Policy, 'skip'>> {
  return {
    judge: (memory, at) => {
      const verdict = verdictOf('degraded', Number(memory) + 100)
      return { ...verdict, evidence: { ...verdict.evidence, facts: { at } } }
    },
    skip: (memory, ms) => Number(memory) + ms,
  }
}

function verdictOf(level: Verdict['level'], nextAt: number): Verdict {
  const next = { to: 'broken', at: nextAt, unless: 'it succeeds' } as const
  return { level, evidence: { rule: 'r', summary: 's', facts: {} }, wouldChange: 'w', next }
}

function fails(): never {
  throw new Error('no answer')
}
