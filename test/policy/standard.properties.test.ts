import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { degradedBy } from '../../src/policy/health/standard/clauses.ts'
import { defaults } from '../../src/policy/health/standard/params.ts'
import { standard, type CountedSignal, type Level, type StandardMemory } from '../../src/policy/index.ts'
import { dayMs, failed, hourMs, minuteMs, ok, outcomes, start, type What } from '../support/standard-signals.ts'

const order: readonly Level[] = ['healthy', 'degraded', 'broken', 'disabled']
const whats = Object.keys(outcomes) as What[]
/** Small numbers, so that every clause is met again and again. */
const small = standard({
  degradedFailures: 2,
  degradedSpanMs: 0,
  degradedOf: 6,
  brokenFailures: 6,
  brokenOf: 10,
  disabledMs: 20 * dayMs,
  disabledAttempts: 6,
  disabledDays: 2,
  disabledDeliveries: 2,
})
const whole = standard()
/** As much as can be kept. */
const widest = standard({
  ...{ disabledDeliveries: 10, quietServerDeliveries: 10, refusedDeliveries: 10 },
  ...{ probationMs: 1, probationMsMax: dayMs },
})

/** One thing that happens, so long after the one before it; clocks are set back, too. */
interface Step {
  readonly afterMs: number
  readonly make: (atMs: number) => CountedSignal
  readonly forgives: boolean
}

const span = fc.oneof(
  fc.integer({ min: 0, max: 40_000 }),
  fc.constantFrom(0, 1, 5_000, minuteMs, 5 * minuteMs, hourMs, 2 * hourMs, dayMs, 10 * dayMs),
)
const status = fc.constantFrom('internal', 'unpublished', 'published' as const)

interface Mood {
  readonly afterMs: fc.Arbitrary<number>
  readonly n: fc.Arbitrary<number>
  /** Of each hundred. */
  readonly ok: number
  readonly final: number
}

function stepOf({ afterMs, n, ok: good, final }: Mood): fc.Arbitrary<Step> {
  const fields = fc.record({
    status,
    deliveryId: fc.oneof(fc.constantFrom('a', 'b', 'c', 'd'), fc.string({ maxLength: 60 })),
    attempt: fc.integer({ min: 1, max: 10 }),
    final: fc.nat(99).map((chance) => chance < final),
  })
  const failure = fc
    .tuple(fc.constantFrom(...whats), fields, fc.constantFrom('delivery.failed', 'probe.failed' as const))
    .map(([what, given, type]) => (atMs: number): CountedSignal => ({ ...failed(atMs, what, given), type }))
  const success = fc.tuple(n, status).map(
    ([many, given]) =>
      (atMs: number) =>
        ok(atMs, many, given),
  )
  const make = fc.oneof({ arbitrary: failure, weight: 100 - good }, { arbitrary: success, weight: good })
  return fc.record({ afterMs, make, forgives: fc.nat(30).map((chance) => chance === 0) })
}

/** Good and bad times, fast and slow ones, after each other. */
function stepsOf(afterMs: fc.Arbitrary<number>, n: fc.Arbitrary<number>): fc.Arbitrary<readonly Step[]> {
  const fast = fc.integer({ min: 0, max: 20_000 })
  const moods = [afterMs, fast].flatMap((pace) =>
    [0, 30, 95].flatMap((good) => [0, 10].map((final) => stepOf({ afterMs: pace, n, ok: good, final }))),
  )
  const times = fc.oneof(...moods.map((step) => fc.array(step, { maxLength: 40, size: 'max' })))
  return fc.array(times, { maxLength: 8, size: 'max' }).map((list) => list.flat())
}

const steps = stepsOf(span, fc.integer({ min: 1, max: 30 }))

/** Plays the steps, and looks at every memory with the one before it. */
function play(
  policy: typeof whole,
  list: readonly Step[],
  look: (now: StandardMemory, at: number, before: StandardMemory, signal: CountedSignal) => void = () => undefined,
): StandardMemory {
  let memory = policy.empty()
  let atMs = 0
  for (const { afterMs, make, forgives } of list) {
    atMs += afterMs
    const before = deepFrozen(memory)
    if (forgives) memory = policy.forgive?.(before, start + atMs).memory ?? memory
    const signal = make(atMs)
    const from = memory
    memory = policy.observe(deepFrozen(memory), signal)
    look(memory, start + atMs, from, signal)
  }
  return memory
}

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFrozen)
  return value
}

const levelOf = (policy: typeof whole, memory: StandardMemory, at: number) =>
  order.indexOf(policy.judge(memory, at).level)

describe('whatever happens', () => {
  it('the same signals give the same memory and the same verdict, and change nothing they were given', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const [one, two] = [play(small, list), play(small, list)]
        expect(one).toEqual(two)
        expect(small.judge(one, start + dayMs)).toEqual(small.judge(two, start + dayMs))
      }),
    )
  })

  let most = { memory: 0, verdict: 0 }
  it('the memory stays under 2 KiB and the verdict under 1 KiB as JSON, and both are the same read back', () => {
    const far = fc.oneof(span, fc.integer({ min: -40 * dayMs, max: 40 * dayMs }), fc.constant(31_000))
    const many = fc.oneof(fc.integer({ min: 1, max: 1_000_000_000 }), fc.constant(1))
    const bound = (policy: typeof whole) =>
      fc.property(stepsOf(far, many), (list) => {
        play(policy, list, (memory, at) => {
          const verdict = policy.judge(memory, at)
          const [memoryText, verdictText] = [JSON.stringify(memory), JSON.stringify(verdict)]
          most = {
            memory: Math.max(most.memory, memoryText.length),
            verdict: Math.max(most.verdict, verdictText.length),
          }
          expect(memoryText.length).toBeLessThan(2_048)
          expect(verdictText.length).toBeLessThan(1_024)
        })
        const memory = play(policy, list)
        expect(JSON.parse(JSON.stringify(memory))).toEqual(memory)
      })
    for (const policy of [whole, small, widest]) fc.assert(bound(policy), { numRuns: 40 })
    console.log(JSON.stringify({ ...most, unit: 'characters of JSON at most' }))
  })

  it('the memory stays under 2 KiB when every bucket of the window is full', () => {
    let memory = widest.empty()
    for (let i = 0; i < 3_000; i++) {
      memory = widest.observe(memory, ok(i * 10_000, 999_999_999))
      for (const what of ['500', 'refused'] as const) memory = widest.observe(memory, failed(i * 10_000 + 9_999, what))
      if (i % 100 === 99)
        memory = { ...memory, ...widest.forgive?.(memory, start + i * 10_000).memory, window: memory.window }
    }
    for (let i = 0; i < 30; i++)
      for (const what of ['422', '500'] as const)
        memory = widest.observe(memory, failed(30_000_000 + i, what, { final: what === '422' }))
    expect(memory.window).toHaveLength(20)
    expect([memory.run?.ids.length, memory.run?.serverIds.length, memory.refused.length]).toEqual([10, 10, 10])
    const { length } = JSON.stringify(memory)
    console.log(JSON.stringify({ memory: length, unit: 'characters of JSON with every bucket full' }))
    expect(length).toBeLessThan(2_048)
  })

  it('n successes in one signal are n of them, wherever they may be counted in bulk', () => {
    fc.assert(
      fc.property(
        steps,
        fc.array(fc.nat(29_999), { minLength: 1, maxLength: 20 }),
        fc.nat(50),
        (list, offsets, later) => {
          const memory = play(small, list)
          fc.pre(small.foldable(memory))
          const bucket = (Math.floor(Math.max(0, memory.okAt - start) / 30_000) + later) * 30_000
          const times = offsets.map((ms) => bucket + ms).sort((a, b) => a - b)
          const [firstAt, lastAt] = [start + (times[0] ?? 0), start + (times.at(-1) ?? 0)]
          const single = times.reduce((old, ms) => small.observe(old, ok(ms)), memory)
          const bulk = { ...ok(0, times.length), firstAt, lastAt, at: lastAt } as CountedSignal
          expect(small.observe(memory, bulk)).toEqual(single)
          expect(small.judge(single, lastAt).level).toBe(small.judge(memory, lastAt).level)
        },
      ),
    )
  })

  it('a success never makes a verdict worse, and a failure never makes it better', () => {
    fc.assert(
      fc.property(steps, (list) => {
        play(small, list, (memory, at, before, signal) => {
          const change = levelOf(small, memory, at) - levelOf(small, before, at)
          if (signal.type === 'delivery.ok') expect(change).toBeLessThanOrEqual(0)
          // The status of an integration may change with any signal: published ones are not disabled.
          else if (signal.status === before.status) expect(change).toBeGreaterThanOrEqual(0)
        })
      }),
    )
  })

  it('leaves degraded on a success alone, and never while a clause of degraded holds', () => {
    let left = 0
    fc.assert(
      fc.property(steps, (list) => {
        play(whole, list, (memory, at, before, signal) => {
          if (before.level !== 'degraded' || memory.level !== 'healthy') return
          left += 1
          expect(signal.type).toBe('delivery.ok')
          expect(degradedBy(memory, at, defaults)).toBeUndefined()
        })
      }),
      { numRuns: 500 },
    )
    expect(left).toBeGreaterThan(0)
  })

  it('time alone does what the forecast says, at that moment, and nothing else', () => {
    let forecasts = 0
    fc.assert(
      fc.property(steps, fc.nat(400 * dayMs), (list, laterMs) => {
        play(small, list, (memory, at) => {
          const { level, next } = small.judge(memory, at)
          if (next === undefined) return expect(small.judge(memory, at + laterMs).level).toBe(level)
          forecasts += 1
          expect(next.at).toBeGreaterThan(at)
          expect(small.judge(memory, next.at - 1).level).toBe(level)
          expect(small.judge(memory, next.at).level).toBe(next.to)
          expect(small.judge(memory, next.at + laterMs).level).toBe(next.to)
        })
      }),
    )
    expect(forecasts).toBeGreaterThan(0)
  })

  it('time that does not count moves every verdict by just that much', () => {
    fc.assert(
      fc.property(steps, fc.nat(100 * dayMs), fc.nat(20 * dayMs), (list, ms, laterMs) => {
        const memory = play(small, list)
        const at = Math.max(start, memory.run?.lastAt ?? start) + laterMs
        const skipped = small.skip?.(memory, ms) ?? memory
        expect(small.judge(skipped, at + ms).level).toBe(small.judge(memory, at).level)
        expect(small.skip?.(memory, 0)).toEqual(memory)
      }),
    )
  })

  it('an integration that is trusted again is healthy, and has no forecast', () => {
    fc.assert(
      fc.property(steps, fc.nat(400 * dayMs), (list, laterMs) => {
        const { memory, probationMs } = small.forgive?.(play(small, list), start + laterMs) ?? {
          memory: small.empty(),
          probationMs: 0,
        }
        expect(small.judge(memory, start + laterMs)).toMatchObject({ level: 'healthy' })
        expect(small.judge(memory, start + laterMs).next).toBeUndefined()
        expect(probationMs).toBeGreaterThanOrEqual(dayMs)
        expect(probationMs).toBeLessThanOrEqual(7 * dayMs)
      }),
    )
  })
})
