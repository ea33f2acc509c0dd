import type { CountedSignal, Json, Level, Policy, PolicyRecord, Verdict } from '../../src/policy/index.ts'
import { streak, type StreakMemory } from '../support/streak-policy.ts'

const rule = streak()

/** A policy that keeps every promise, with each part that may be left out. */
export const sound: Policy<StreakMemory> = {
  ...rule,
  forgive: () => ({ memory: rule.empty(), probationMs: 0 }),
  patience: () => ({ waitMs: 60_000, spends: true }),
  skip: later,
  whyNot: ({ streak }, at) => worseThan(rule.judge({ streak, firstAt: at }, at).level),
}

type Flaw = Partial<Policy<StreakMemory>>
const { observe, judge } = rule

/** Policies with one flaw each: which promise breaks it, and what is said of it. */
export const flaws: readonly (readonly [title: string, what: string, flaw: Flaw, fact: string])[] = [
  ...of('is let in by the engine, with parameters that are JSON', [
    ['a number of its parameters is lost', { params: { limit: Infinity } }, 'params.limit is Infinity'],
    ['it has no lane', { lane: undefined as never }, 'policy.lane must be an object'],
  ]),
  ...of('judges an empty memory healthy, at any time', [
    ['its time comes', { judge: atLeast('broken', Date.UTC(2030, 0)) }, 'an empty memory is judged broken at 20'],
  ]),
  ...of('gives the same answers to the same questions, and changes nothing it was given', [
    ['it counts on its own', { observe: counting() }, 'observe answers otherwise the second time at signal 1 '],
    ['it changes the memory', { observe: changing }, 'the rule throws: TypeError: Cannot assign to read only'],
    ['it remembers the last memory it saw', { observe: mixing() }, 'observe answer'],
  ]),
  ...of('asks neither a clock nor chance', [
    ['the clock', { judge: (memory, at) => judge(memory, Math.max(at, Date.now())) }, 'the rule asks Date.now at '],
    ['the date', { judge: (memory, at) => judge(memory, Math.max(at, +new Date())) }, 'the rule asks new Date at '],
    ['the date as a text', { judge: (memory, at) => judge(memory, at + Date().length) }, 'the rule asks Date at '],
    ['the timer', { foldable: () => performance.now() > 0 }, 'the rule asks performance.now at signal 1 '],
    ['chance', { bucketOf: () => Math.floor(Math.random()) }, 'the rule asks Math.random at signal 1 '],
  ]),
  ...of('keeps a memory that JSON carries as it is', [
    ['a part is undefined', { observe: adding({ gone: undefined }) }, 'the memory.gone is undefined at signal 1 '],
    ['a part is no number', { observe: adding({ rate: 0 / 0 }) }, 'the memory.rate is NaN at signal 1 '],
    ['a part is a date', { observe: adding({ since: [new Date(0)] }) }, 'the memory.since.0 is no plain object'],
    ['a part is a function', { empty: () => ({ ...rule.empty(), fn: () => 1 }) }, 'the empty memory.fn is a function'],
  ]),
  ...of('keeps its memory within its bound, however much happens', [
    ['it keeps every signal', { observe: keepingAll }, 'bytes, more than 4096, at signal '],
  ]),
  ...of('answers with verdicts that can be stored and read', [
    ['a sentence is empty', { judge: saying({ wouldChange: '' }) }, 'wouldChange of the verdict is empty at signal 1 '],
    ['it says too much', { judge: saying({ wouldChange: 'x'.repeat(5_000) }) }, 'bytes, more than 4096, at signal 1 '],
    ['it has no evidence', { judge: saying({ evidence: undefined as never }) }, 'evidence must be an object'],
  ]),
  ...of('lets a success make no verdict worse', [
    ['a success counts as a failure', { observe: counts }, 'delivery.ok makes the verdict worse at signal '],
  ]),
  ...of('keeps its forecasts, and changes nothing for the worse without one', [
    ['it is of the past', { judge: forecasting((at) => at) }, 'the forecast is not in the future at signal '],
    ['it comes late', { judge: forecasting((at) => at + 2_000_000) }, 'time alone makes it worse before its forecast'],
    ['it comes to nothing', { judge: promising }, 'the forecast says disabled, and at its moment it is degraded'],
    ['it is put off for ever', { judge: forecasting((at) => at + 1) }, 'the forecast is put off 100 times'],
    ['there is none', { judge: unforeseen }, 'time alone makes it worse before its forecast'],
  ]),
  ...of('counts successes in bulk as it counts them one by one', [
    [
      'it counts signals',
      { observe: countingSignals, judge: showingCount },
      'successes in bulk are judged otherwise than one by one at signal ',
    ],
  ]),
  ...of('puts no later moment into an earlier bucket', [
    ['each day begins anew', { bucketOf: (at) => at % 86_400_000 }, ', and '],
    ['it does not know', { bucketOf: () => NaN }, 'is NaN, no number'],
  ]),
  ...of('takes over what another rule remembered, or says null', [
    ['it throws', { migrate: ({ memory }) => keysOf(memory) }, 'the rule throws: TypeError: Cannot convert'],
    ['it takes what is no number', { migrate: trusting }, '.streak is NaN'],
    ['it takes anything', { migrate: ({ memory }) => memory as never }, '.streak is NaN'],
    ['it takes what it cannot judge', { migrate: () => ({ streak: 1, firstAt: 1e300 }) }, 'verdict.next.at must be a'],
    ['it forgets to say', { migrate: () => undefined as never }, 'is undefined'],
    ['it takes all of it', { migrate: () => ({ ...rule.empty(), all: 'x'.repeat(5_000) }) }, 'more than 4096 bytes'],
  ]),
  ...of('says why not for worse levels only, in their order and in short', [
    ['a level is not worse', { whyNot: () => [{ level: 'healthy', because: 'it is fine' }] }, 'healthy, which is not'],
    ['they are out of order', { whyNot: () => [...worseThan('healthy')].reverse() }, 'broken, which is not worse'],
    ['there are four', { whyNot: () => [...worseThan('healthy'), ...worseThan('broken')] }, 'gives 4 levels'],
    ['it goes on', { whyNot: () => [{ level: 'disabled', because: 'x'.repeat(501) }] }, 'gives 501 characters'],
  ]),
  ...of('judges healthy what it forgives', [
    ['it forgets nothing', { forgive: (memory) => ({ memory, probationMs: 0 }) }, 'what is forgiven is judged '],
    ['it trusts for ever', { forgive: () => ({ memory: rule.empty(), probationMs: Infinity }) }, 'forgive.probationMs'],
  ]),
  ...of('waits no less than nothing and no more than a month', [
    [
      'it waits for ever',
      { patience: () => ({ waitMs: Infinity, spends: false }) },
      'patience.waitMs must be a number',
    ],
  ]),
  ...of('makes nothing worse of time that does not count', [
    ['all time counts', { skip: (memory) => memory }, ' ms that do not count turn '],
    [
      'some time counts',
      { skip: (memory, ms) => later(memory, Math.max(0, ms - 1)) },
      ' ms that do not count bring the forecast nearer',
    ],
    ['it is a failure', { skip: ({ streak, firstAt }) => ({ streak: streak + 1, firstAt }) }, 'an empty memory is'],
    [
      'a clock set back counts twice',
      { skip: (memory, ms) => later(memory, ms < 0 ? 2 * ms : ms) },
      'ms that do not count turn',
    ],
    [
      'all memory moves',
      { skip: ({ streak, firstAt }, ms) => ({ streak, firstAt: firstAt + ms }) },
      'an empty memory is',
    ],
    ['a row is longer', { skip: longer }, ' ms that do not count turn degraded into broken'],
  ]),
]

function of(
  title: string,
  rows: readonly (readonly [what: string, flaw: Flaw, fact: string])[],
): readonly (readonly [string, string, Flaw, string])[] {
  return rows.map(([what, flaw, fact]) => [title, what, flaw, fact])
}

function worseThan(level: Level): readonly { readonly level: Level; readonly because: string }[] {
  const worse: readonly Level[] = ['degraded', 'broken', 'disabled']
  return worse.slice(worse.indexOf(level) + 1).map((one) => ({ level: one, because: 'too few in a row' }))
}

type Observe = typeof observe
type Judge = typeof judge

function atLeast(level: Level, fromAt: number): Judge {
  return (memory, at) => ({ ...judge(memory, at), ...(at >= fromAt ? { level } : {}) })
}

function saying(said: Partial<Verdict>): Judge {
  // What the engine's door looks at is in order.
  return (memory, at) => (at === 0 ? judge(memory, at) : { ...judge(memory, at), ...said })
}

function forecasting(when: (at: number) => number): Judge {
  return (memory, at) => {
    const { next, ...verdict } = judge(memory, at)
    return next === undefined ? verdict : { ...verdict, next: { ...next, at: when(at) } }
  }
}

function promising(memory: StreakMemory, at: number): Verdict {
  const { next, ...verdict } = judge(memory, Math.min(at, memory.firstAt))
  const endAt = Date.UTC(2050, 0)
  return next === undefined || at >= endAt ? verdict : { ...verdict, next: { ...next, at: endAt } }
}

function unforeseen(memory: StreakMemory, at: number): Verdict {
  const { next: _, ...verdict } = judge(memory, at)
  return verdict
}

function counting(): Observe {
  let calls = 0
  return (memory, signal) => adding({ calls: (calls += 1) })(memory, signal)
}

function mixing(): Observe {
  let last: StreakMemory = rule.empty()
  return (memory, signal) => {
    const { firstAt } = last
    last = observe(memory, signal)
    return { ...last, lastAt: firstAt }
  }
}

function changing(memory: StreakMemory, signal: CountedSignal): StreakMemory {
  return Object.assign(memory, observe(memory, signal))
}

function adding(more: object): Observe {
  return (memory, signal) => ({ ...observe(memory, signal), ...more })
}

function keepingAll(memory: StreakMemory & { readonly all?: string }, signal: CountedSignal): StreakMemory {
  return adding({ all: `${memory.all ?? ''}${JSON.stringify(signal)}` })(memory, signal)
}

function counts(memory: StreakMemory, signal: CountedSignal): StreakMemory {
  return { streak: Math.min(memory.streak + 1, 4), firstAt: memory.firstAt === 0 ? signal.at : memory.firstAt }
}

function countingSignals(memory: StreakMemory & { readonly told?: number }, signal: CountedSignal): StreakMemory {
  return adding({ told: (memory.told ?? 0) + 1 })(memory, signal)
}

function showingCount(memory: StreakMemory & { readonly told?: number }, at: number): Verdict {
  return { ...judge(memory, at), wouldChange: `one success more than ${memory.told ?? 0}` }
}

function later({ streak, firstAt }: StreakMemory, ms: number): StreakMemory {
  return { streak, firstAt: streak === 0 ? 0 : firstAt + ms }
}

function longer({ streak, firstAt }: StreakMemory, ms: number): StreakMemory {
  return streak === 0 ? rule.empty() : { streak: Math.min(streak + 1, 3), firstAt: firstAt + ms }
}

/** Throws for a memory that is none. */
function keysOf(memory: Json): null {
  Object.keys(memory as object)
  return null
}

function trusting({ memory }: PolicyRecord): StreakMemory | null {
  if (typeof memory !== 'object' || memory === null || !('streak' in memory)) return null
  return { streak: Number(memory.streak), firstAt: 0 }
}
