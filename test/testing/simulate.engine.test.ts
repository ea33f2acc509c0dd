import { describe, expect, it } from 'vitest'
import { sentry, standard, type Policy } from '../../src/policy/index.ts'
import { simulate } from '../../src/testing/simulate/simulate.ts'
import type { Answer, Spell, Trace } from '../../src/testing/trace/trace.ts'
import { runOnEngine, type EngineRun } from '../support/engine-trace.ts'

const [minuteMs, hourMs] = [60_000, 3_600_000]
const dayMs = 24 * hourMs
const from = Date.parse('2024-06-03T00:00:00Z')
const gone: Answer = { code: 'ECONNREFUSED' }
const fine: Answer = { status: 200 }

const policies: readonly [string, Policy][] = [
  ['standard', standard({ jitter: 0 })],
  ['a hasty standard', hasty()],
  ['sentry', sentry({ windowDays: 2 })],
]

const traces: readonly Trace[] = [
  aTrace('gone for good', 2 * hourMs, 9, [at(dayMs + 30 * minuteMs, gone)]),
  aTrace('down for six hours', 20 * minuteMs, 3, [at(dayMs, { status: 503 }), at(dayMs + 6 * hourMs, fine)]),
  aTrace('flapping', 15 * minuteMs, 3, [at(hourMs, { status: 500 }, 0.5)]),
  aTrace('throttled', 8 * hourMs, 6, [at(hourMs, { status: 429, retryAfter: 120 })]),
  aTrace('refuses what it gets', 30 * minuteMs, 3, [at(hourMs, { status: 422 }, 0.3)]),
  aTrace('asks to be left alone', hourMs, 2, [at(dayMs, { status: 410 })]),
  aTrace('healthy with one poison', hourMs, 2, [], 5),
  aTrace('our own trouble', hourMs, 2, [at(hourMs, { code: 'EMFILE' }), at(3 * hourMs, fine)]),
  aTrace('down, back, and down again', 10 * minuteMs, 2, [
    ...[at(hourMs, gone), at(4 * hourMs, fine), at(5 * hourMs, { status: 404 }), at(9 * hourMs, fine)],
  ]),
]

describe.each(policies)('a trace simulated under %s', (_, policy) => {
  it.each(traces.map((trace) => [trace.name, trace] as const))(
    'ends as it does on the engine itself: %s',
    async (_, trace) => {
      const [real] = await expectAlike(trace, policy)
      expectReplayed(real as EngineRun, policy, trace.until)
    },
    60_000,
  )
})

it.each([
  ['down together, and back', [at(dayMs, gone), at(dayMs + 8 * hourMs, fine)]],
  ['down together for longer than it is believed', [at(dayMs, gone), at(2.5 * dayMs + 12_345, fine)]],
])(
  'an outage of our own in a trace ends as it does on the engine itself: %s',
  async (name, spells) => {
    const hosts = Array.from({ length: 3 }, (_, i) => aTrace(name, (i + 1) * 53 * minuteMs, 4, spells).integrations)
    const integrations = hosts.flat().map((traced, i) => ({ ...traced, integration: `bot-${i}` }))
    await expectAlike({ ...aTrace(name, dayMs, 4, []), integrations }, standard({ jitter: 0 }), 4)
  },
  60_000,
)

async function expectAlike(trace: Trace, policy: Policy, spareAttempts = 0): Promise<readonly EngineRun[]> {
  const runs = await runOnEngine(trace, policy, 1)
  const { fates } = simulate({ history: trace, candidate: policy })
  for (const [i, real] of runs.entries()) {
    const fate = fates[i]
    expect(fate?.changes.map(({ at, to, rule }) => [at, to, rule])).toEqual(changesOf(real))
    expect(fate?.letters.map(({ at, step }) => [at, step])).toEqual(real.notices.map(({ at, step }) => [at, step]))
    const attempts = real.log.filter(({ requestId }) => requestId !== undefined).length
    // When a lane closes, of those that start at that very moment as many may be under way as it is wide.
    expect(Math.abs((fate?.outcomes ?? 0) - attempts)).toBeLessThanOrEqual(spareAttempts)
    expect(fate?.deliveries).toMatchObject({ held: real.held, dead: real.dead })
  }
  return runs
}

/** The log of the engine, heard again by the policy that was in force, tells the same story. */
function expectReplayed(real: EngineRun, policy: Policy, until: number): void {
  const { fates, compared } = simulate({
    history: real.log,
    candidate: policy,
    happened: real.transitions,
    until,
  })
  expect(fates[0]?.changes.map(({ at, to, rule }) => [at, to, rule])).toEqual(changesOf(real))
  expect(fates[0]?.letters.map(({ at, step }) => [at, step])).toEqual(real.notices.map(({ at, step }) => [at, step]))
  expect(compared).toEqual({ saved: [], newlyDisabled: [] })
}

/** Numbers small enough to see all of it in a few days. */
function hasty() {
  return standard({
    ...{ jitter: 0, retriesMs: [minuteMs, hourMs, 6 * hourMs], refusedAttempts: 2, brokenByDead: false },
    ...{ degradedFailures: 2, brokenFailures: 3, disabledMs: 30 * hourMs, disabledAttempts: 5, disabledDays: 1 },
    ...{ noticeWarningsMs: [12 * hourMs], noticeRemindersMs: [hourMs], rampPerSecond: 1, rampDoublesMs: minuteMs },
  })
}

function at(afterMs: number, answer: Answer, share = 1): Spell {
  return { at: from + afterMs, answer, share }
}

function aTrace(name: string, everyMs: number, days: number, spells: readonly Spell[], poisoned = -1): Trace {
  const count = Math.floor((days * dayMs) / everyMs)
  const events = Array.from({ length: count }, (_, i) => ({
    // Never two things at one moment: which of them comes first is nobody's promise.
    at: from + i * everyMs + ((i * 7_919) % 60_013),
    ...(i === poisoned ? { poison: { status: 400 } } : {}),
  }))
  return { name, from, until: from + days * dayMs, integrations: [{ integration: 'bot', events, spells }] }
}

/** Every other health than before, and by which rule. */
function changesOf({ transitions }: EngineRun): readonly unknown[] {
  let last = 'healthy'
  return transitions.flatMap(({ at, to, evidence }) => {
    const health = to.split('.')[0] ?? ''
    if (health === last || to === 'broken.condemned') return []
    last = health
    return [[at, health, evidence.rule]]
  })
}
