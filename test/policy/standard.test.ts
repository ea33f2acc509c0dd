import { describe, expect, it } from 'vitest'
import {
  standard,
  type CountedSignal,
  type Level,
  type StandardMemory,
  type StandardParams,
} from '../../src/policy/index.ts'
import {
  dayMs,
  failed,
  hourMs,
  minuteMs,
  ok,
  probed,
  probeOk,
  secondMs,
  spread,
  start,
  type What,
} from '../support/standard-signals.ts'

type Signals = readonly CountedSignal[]

function after(signals: Signals, params: StandardParams = {}, from?: StandardMemory): StandardMemory {
  const policy = standard(params)
  return signals.reduce((memory, signal) => policy.observe(memory, signal), from ?? policy.empty())
}

/** The level when the last signal has been observed. */
function levelAfter(signals: Signals, params: StandardParams = {}, from?: StandardMemory): Level {
  return verdictAfter(signals, params, from).level
}

function verdictAfter(signals: Signals, params: StandardParams = {}, from?: StandardMemory) {
  return standard(params).judge(after(signals, params, from), signals.at(-1)?.at ?? start)
}

const one = (what: What) => (afterMs: number) => failed(afterMs, what)
/** Of one delivery: its first attempt, then its retries. */
const retried = (what: What, deliveryId: string) => (afterMs: number, i: number) =>
  failed(afterMs, what, { deliveryId, attempt: i + 1, acceptedAt: start })
const alternating = (n: number, ofFailed: number, toMs: number): Signals =>
  spread(n, 0, toMs, (afterMs, i) => (i >= n - ofFailed ? failed(afterMs) : ok(afterMs)))

describe('degraded', () => {
  it.each<[string, Signals, Level]>([
    ['5 failures in a row over 30 s', spread(5, 0, 30 * secondMs, one('500')), 'degraded'],
    ['5 failures in a row over less', spread(5, 0, 30 * secondMs - 1, one('500')), 'healthy'],
    ['4 failures in a row over an hour', spread(4, 0, hourMs, one('500')), 'healthy'],
    ['a success among them', [...spread(4, 0, hourMs, one('500')), ok(hourMs + 1), failed(hourMs + 2)], 'healthy'],
    ['half of 20 within a second', alternating(20, 10, secondMs), 'degraded'],
    ['9 of 20 within a second', alternating(20, 9, secondMs), 'healthy'],
    ['10 of 19 within a second', alternating(19, 10, secondMs), 'healthy'],
    ['half of 20 over 9 minutes', alternating(20, 10, 9 * minuteMs), 'degraded'],
  ])('is entered, or not, by %s', (_, signals, level) => {
    expect(levelAfter(signals)).toBe(level)
  })

  it('looks back for 10 minutes, in buckets of 30 s', () => {
    const tenEach = (laterMs: number) => [
      ...spread(10, 0, 900, (afterMs) => ok(afterMs)),
      ...spread(10, laterMs, laterMs + 900, one('500')),
    ]
    expect(levelAfter(tenEach(10 * minuteMs - 1_000))).toBe('degraded')
    expect(levelAfter(tenEach(10 * minuteMs))).toBe('healthy')
  })

  const inARow = spread(5, 0, 30 * secondMs, one('500'))
  const all20 = spread(20, 0, 30 * secondMs, one('500'))
  it.each<[string, Signals, Level]>([
    ['2 successes in a row', [...inARow, ok(minuteMs, 2)], 'degraded'],
    ['3 successes in a row', [...inARow, ok(minuteMs, 3)], 'healthy'],
    ['3 successes, a failure among them', [...inARow, ok(40_000, 2), failed(50_000), ok(minuteMs)], 'degraded'],
    ['3 successes in a row over weeks', [...inARow, ...spread(3, 7 * dayMs, 21 * dayMs, (ms) => ok(ms))], 'healthy'],
    ['80 successes after 20 failures', [...all20, ok(minuteMs, 80)], 'degraded'],
    ['81 successes after 20 failures: 19.8 %', [...all20, ok(minuteMs, 81)], 'healthy'],
    ['2 successes when the failures are past', [...inARow, ok(hourMs, 2)], 'degraded'],
    ['3 successes when the failures are past', [...inARow, ok(hourMs, 3)], 'healthy'],
  ])('is left on a success alone: %s', (_, signals, level) => {
    expect(levelAfter(signals)).toBe(level)
  })

  it('is entered by failures that count alone, also when the share has risen by time', () => {
    const memory = after([ok(0, 22), ...spread(21, 9 * minuteMs, 9 * minuteMs + 9, one('500'))])
    expect(levelAfter([failed(11 * minuteMs, '500', { attempt: 2 })], {}, memory)).toBe('healthy')
    expect(levelAfter([failed(11 * minuteMs, '500')], {}, memory)).toBe('degraded')
  })

  it('keeps the clause by which it was entered', () => {
    const { entry } = after(inARow)
    expect(after([failed(31_000), ...spread(20, 32_000, 33_000, one('500'))], {}, after(inARow)).entry).toEqual(entry)
  })

  it('is left by a row of successes only while the window holds fewer than 20', () => {
    const mixed = (pattern: string) =>
      spread(pattern.length, minuteMs, 2 * minuteMs, (ms, i) => (pattern[i] === '+' ? ok(ms) : failed(ms)))
    expect(levelAfter([...inARow, ...mixed('++-++-++-+-+++')])).toBe('healthy')
    expect(levelAfter([...inARow, ...mixed('++-++-++-++-+++')])).toBe('degraded')
  })

  it('is not left by time, nor by a retry that fails, and a retry does not break a row of successes', () => {
    const memory = after(inARow)
    expect(standard().judge(memory, start + 400 * dayMs).level).toBe('degraded')
    const retry = failed(50_000, '500', { attempt: 2 })
    expect(levelAfter([ok(40_000, 2), retry, ok(minuteMs)], {}, memory)).toBe('healthy')
  })
})

describe('broken', () => {
  const share = (n: number, ofFailed: number, spanMs: number): Signals => [
    ok(0, n - ofFailed),
    ...spread(ofFailed, 2 * minuteMs, 2 * minuteMs + spanMs, one('500')),
  ]
  it.each<[string, Signals, Level]>([
    ['10 failures in a row over 5 minutes', spread(10, 0, 5 * minuteMs, one('500')), 'broken'],
    ['10 failures in a row over less', spread(10, 0, 5 * minuteMs - 1, one('500')), 'degraded'],
    ['9 failures in a row over a day', spread(9, 0, dayMs, one('405')), 'degraded'],
    ['45 of 50 over a minute', share(50, 45, minuteMs), 'broken'],
    ['44 of 50 over a minute', share(50, 44, minuteMs), 'degraded'],
    ['49 of 49 over a minute', share(49, 49, minuteMs), 'degraded'],
    ['45 of 50 over less than a minute', share(50, 45, minuteMs - 1), 'degraded'],
    ['a burst of 50 within half a second', spread(50, 0, 500, one('500')), 'degraded'],
  ])('comes, or does not, with %s', (_, signals, level) => {
    expect(levelAfter(signals)).toBe(level)
  })

  const quiet: readonly What[] = ['refused', 'timeout', 'tls', '401', '403', '404']
  it.each(quiet)('finds a quiet integration out whose one delivery gets nothing but %s', (what) => {
    expect(levelAfter(spread(5, 0, 2 * hourMs, retried(what, 'a')))).toBe('broken')
    expect(levelAfter(spread(5, 0, 2 * hourMs - 1, retried(what, 'a')))).toBe('healthy')
    expect(levelAfter(spread(4, 0, 20 * hourMs, retried(what, 'a')))).toBe('healthy')
  })

  it.each<What>(['302', '405', 'no http'])('does not take %s for a receiver that is gone', (what) => {
    expect(levelAfter(spread(5, 0, 20 * hourMs, retried(what, 'a')))).toBe('healthy')
    expect(levelAfter([...spread(5, 0, hourMs, retried('refused', 'a')), ...[failed(3 * hourMs, what)]])).toBe(
      'healthy',
    )
  })

  it.each<[string, Signals, Level]>([
    ['on one delivery for under 12 h', spread(6, 0, 12 * hourMs - 1, retried('500', 'a')), 'healthy'],
    ['on one delivery for 12 h', spread(6, 0, 12 * hourMs, retried('500', 'a')), 'broken'],
    ['on two deliveries', [...spread(4, 0, hourMs, retried('500', 'a')), failed(2 * hourMs, '500')], 'broken'],
    [
      'once, beside timeouts',
      [...spread(5, 0, 3 * hourMs, retried('timeout', 'a')).slice(0, 4), failed(3 * hourMs)],
      'healthy',
    ],
  ])('takes a 5xx for it %s', (_, signals, level) => {
    expect(levelAfter(signals)).toBe(level)
  })

  it('does not look at what was before the last success', () => {
    const signals = [
      ...spread(4, 0, 3 * hourMs, retried('refused', 'a')),
      ok(3 * hourMs),
      failed(4 * hourMs, 'refused'),
    ]
    expect(levelAfter(signals)).toBe('healthy')
  })

  it('comes with a dead delivery since whose acceptance nothing has succeeded', () => {
    const dead = failed(5 * hourMs, '405', { attempt: 10, final: true, acceptedAt: start + hourMs })
    expect(levelAfter([ok(hourMs), dead])).toBe('broken')
    expect(levelAfter([ok(hourMs + 1), dead])).toBe('healthy')
    expect(levelAfter([dead], { brokenByDead: false })).toBe('healthy')
  })

  it('stays, whatever a delivery or a probe does, until it is trusted again', () => {
    const broken = after(spread(10, 0, 5 * minuteMs, one('500')))
    expect(levelAfter([probeOk(hourMs), ok(hourMs + 1, 100), probed(2 * hourMs)], {}, broken)).toBe('broken')
    const { memory } = standard().forgive?.(broken, start + dayMs) ?? { memory: broken }
    expect(standard().judge(memory, start + dayMs).level).toBe('healthy')
  })
})

describe('what counts', () => {
  const inARow = (signals: Signals, params: StandardParams = {}) => after(signals, params).streak?.n ?? 0

  it('is the first attempt of a delivery, and its death; a retry between them is not', () => {
    const attempts = spread(9, 0, dayMs, retried('405', 'a'))
    expect(inARow(attempts)).toBe(1)
    expect(inARow([...attempts, failed(2 * dayMs, '405', { deliveryId: 'a', attempt: 10, final: true })])).toBe(2)
  })

  it('is one failure where the first attempt is the last, too', () => {
    expect(
      inARow([failed(0, '500', { final: true })], { retriesMs: [], refusedAttempts: 1, brokenByDead: false }),
    ).toBe(1)
  })

  it('is no probe: a probe is remembered for disabling', () => {
    const memory = after([probed(0), probed(1)])
    expect([memory.streak, memory.run?.attempts]).toEqual([null, 2])
  })

  const refusal = (afterMs: number, deliveryId: string): Signals => [
    failed(afterMs, '422', { deliveryId }),
    failed(afterMs + 5_000, '422', { deliveryId, attempt: 2 }),
    failed(afterMs + 300_000, '422', { deliveryId, attempt: 3, final: true }),
  ]
  it('is not a refusal of one or two deliveries, until a third died of it with no success between', () => {
    const two = [...refusal(0, 'a'), ...refusal(hourMs, 'b')]
    expect(after(two)).toEqual({ ...standard().empty(), refused: [expect.any(String), expect.any(String)] })
    expect(levelAfter([...two, ...refusal(2 * hourMs, 'c')])).toBe('broken')
    const third = after([...two, ...refusal(2 * hourMs, 'c')], { brokenByDead: false })
    expect([third.streak?.n, third.run?.attempts]).toEqual([1, 1])
    expect(inARow([...two, ...refusal(2 * hourMs, 'c'), failed(3 * hourMs, '422')], { brokenByDead: false })).toBe(2)
    expect(after([...two, ok(2 * hourMs), ...refusal(3 * hourMs, 'c')])).toMatchObject({
      refused: [expect.any(String)],
      streak: null,
      run: null,
    })
  })

  it('is not the same delivery refused again and again, however often it is replayed', () => {
    const again = spread(3, 0, 3 * hourMs, (afterMs) => refusal(afterMs, 'a')).flat()
    expect(levelAfter(again)).toBe('healthy')
    expect(after(again)).toEqual({ ...standard().empty(), refused: [expect.any(String)] })
    expect(levelAfter([...again, ...refusal(5 * hourMs, 'b')])).toBe('healthy')
    expect(levelAfter([...again, ...refusal(5 * hourMs, 'b'), ...refusal(6 * hourMs, 'c')])).toBe('broken')
  })

  it('is a throttled first attempt once, and each throttled attempt after 24 h without a success', () => {
    const throttled = (afterMs: number, attempt: number) => failed(afterMs, 'throttled', { deliveryId: 'a', attempt })
    const first = [throttled(0, 1), throttled(hourMs, 2), throttled(dayMs - 1, 3)]
    expect(inARow(first)).toBe(1)
    expect(inARow([...first, throttled(dayMs, 4), throttled(dayMs + 1, 5)])).toBe(3)
    expect(inARow([...first, ok(dayMs - 1), throttled(dayMs, 4)])).toBe(0)
  })

  it('makes being throttled a sign of a receiver that is gone only after 24 h without a success', () => {
    expect(levelAfter(spread(9, 0, dayMs - 1, retried('throttled', 'a')))).toBe('healthy')
    expect(levelAfter(spread(9, 0, dayMs, retried('throttled', 'a')))).toBe('broken')
  })

  it.each(['internal', 'unpublished', 'published'] as const)('is the same for %s integrations', (status) => {
    expect(levelAfter(spread(10, 0, 5 * minuteMs, (ms) => failed(ms, '500', { status })))).toBe('broken')
  })
})

describe('patience with a receiver that throttles', () => {
  const policy = standard()
  const asked = (memory: StandardMemory, afterMs: number) => policy.patience?.(memory, start + afterMs)

  it('waits 1, 2, 4 ... 60 minutes at least, and begins anew after a success', () => {
    let memory = policy.empty()
    let afterMs = 0
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      const waitMs = asked(memory, afterMs)?.waitMs ?? 0
      waits.push(waitMs / minuteMs)
      memory = policy.observe(memory, failed(afterMs, 'throttled'))
      afterMs += waitMs
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(asked(policy.observe(memory, ok(afterMs)), afterMs)).toEqual({ waitMs: minuteMs, spends: false })
  })

  it('does not wait longer for attempts that were under way when the wait began', () => {
    const memory = after(spread(4, 0, 3, one('throttled')))
    expect(asked(memory, 10)).toEqual({ waitMs: minuteMs - 10, spends: false })
    expect(asked(memory, minuteMs)).toEqual({ waitMs: 2 * minuteMs, spends: false })
  })

  it('is over when nothing has succeeded for 24 h: then attempts are spent', () => {
    const memory = after([ok(0), failed(7 * dayMs, 'throttled')])
    expect(asked(memory, 8 * dayMs - 1)?.spends).toBe(false)
    expect(asked(memory, 8 * dayMs)?.spends).toBe(true)
  })
})

describe('probation', () => {
  const recovered = (incidents: readonly number[], afterMs: number) => {
    const memory = { ...after(spread(10, 0, 5 * minuteMs, one('500'))), incidents: incidents.map((ms) => start + ms) }
    return standard().forgive?.(memory, start + afterMs)
  }
  const trusted = recovered([], hourMs)?.memory

  it('lasts 24 h, doubled for each incident that ended in the last 30 days, and 7 days at most', () => {
    const hours = (incidents: readonly number[]) => (recovered(incidents, 100 * dayMs)?.probationMs ?? 0) / hourMs
    expect([hours([]), hours([99 * dayMs]), hours([80 * dayMs, 99 * dayMs])]).toEqual([24, 48, 96])
    expect(hours([80, 90, 99].map((days) => days * dayMs))).toBe(168)
    expect([hours([70 * dayMs]), hours([70 * dayMs + 1])]).toEqual([24, 48])
  })

  it('is longer after each recovery, and after each time degraded healed by itself', () => {
    const policy = standard()
    let memory = policy.empty()
    const lengths = [0, 1, 2, 3, 4].map((day) => {
      memory = after(spread(10, day * dayMs, day * dayMs + 5 * minuteMs, one('500')), {}, memory)
      const next = policy.forgive?.(memory, start + day * dayMs + hourMs)
      memory = next?.memory ?? memory
      return (next?.probationMs ?? 0) / dayMs
    })
    expect(lengths).toEqual([1, 2, 4, 7, 7])
    const healed = after([...spread(5, 0, 30_000, one('500')), ok(minuteMs, 3)])
    expect(healed.incidents).toEqual([start + minuteMs])
  })

  it.each<[string, Signals, Level]>([
    ['3 failures in a row over 15 s', spread(3, 2 * hourMs, 2 * hourMs + 15_000, one('500')), 'degraded'],
    ['3 failures in a row over less', spread(3, 2 * hourMs, 2 * hourMs + 14_999, one('500')), 'healthy'],
    ['2 failures in a row', spread(2, 2 * hourMs, 3 * hourMs, one('500')), 'healthy'],
    ['half of 10', [ok(2 * hourMs, 5), ...spread(5, 2 * hourMs + 1, 2 * hourMs + 9, one('500'))], 'degraded'],
    ['half of 8', [ok(2 * hourMs, 4), ...spread(4, 2 * hourMs + 1, 2 * hourMs + 9, one('500'))], 'healthy'],
    ['5 failures in a row over 2.5 min', spread(5, 2 * hourMs, 2 * hourMs + 150_000, one('500')), 'broken'],
    ['5 failures in a row over less', spread(5, 2 * hourMs, 2 * hourMs + 149_999, one('500')), 'degraded'],
    ['25 of 25 over 30 s', spread(25, 2 * hourMs, 2 * hourMs + 30_000, one('500')), 'broken'],
    ['25 of 25 over less', spread(25, 2 * hourMs, 2 * hourMs + 29_999, one('500')), 'degraded'],
    ['3 unreachable attempts over 1 h', spread(3, 2 * hourMs, 3 * hourMs, retried('refused', 'a')), 'broken'],
    ['3 unreachable attempts over less', spread(3, 2 * hourMs, 3 * hourMs - 1, retried('refused', 'a')), 'healthy'],
    ['5xx on one delivery for 6 h', spread(3, 2 * hourMs, 8 * hourMs, retried('500', 'a')), 'broken'],
    ['5xx on one delivery for less', spread(3, 2 * hourMs, 8 * hourMs - 1, retried('500', 'a')), 'healthy'],
  ])('halves counts and spans: %s', (_, signals, level) => {
    expect(levelAfter(signals, {}, trusted)).toBe(level)
  })

  it('is over at its end: the whole numbers hold again', () => {
    const three = (fromMs: number) => spread(3, fromMs, fromMs + 20_000, one('500'))
    expect(levelAfter(three(25 * hourMs - 20_001), {}, trusted)).toBe('degraded')
    expect(levelAfter(three(25 * hourMs - 20_000), {}, trusted)).toBe('healthy')
  })
})

describe('disabled', () => {
  /** Broken within hours, then probed until the end: `n` attempts in all, the first after a day. */
  const dying = (what: What, n: number, toMs: number, deliveries = 1): Signals =>
    spread(n, dayMs, toMs, (afterMs, i) => {
      const fields = { deliveryId: `dlv_${i % deliveries}`, attempt: 2 }
      return i < 6 ? failed(afterMs, what, fields) : probed(afterMs, what, fields)
    })
  const at = (afterMs: number, signals: Signals) => standard().judge(after([ok(0), ...signals]), start + afterMs).level

  it('comes 120 h after the first failure after the last success, and not before', () => {
    const signals = dying('refused', 20, 4 * dayMs)
    expect([at(6 * dayMs - 1, signals), at(6 * dayMs, signals)]).toEqual(['broken', 'disabled'])
    expect(at(12 * dayMs, [...signals, probeOk(5 * dayMs)])).toBe('broken')
    expect(at(12 * dayMs, [...signals, probeOk(5 * dayMs), probed(6 * dayMs)])).toBe('broken')
  })

  it.each<[string, Signals, Level]>([
    ['19 attempts', dying('refused', 19, 4 * dayMs), 'broken'],
    ['20 attempts', dying('refused', 20, 4 * dayMs), 'disabled'],
    ['2 UTC days', dying('refused', 50, 3 * dayMs - 1), 'broken'],
    ['3 UTC days', dying('refused', 50, 3 * dayMs), 'disabled'],
    ['5xx on 2 deliveries', dying('500', 50, 4 * dayMs, 2), 'broken'],
    ['5xx on 3 deliveries', dying('500', 50, 4 * dayMs, 3), 'disabled'],
    ['timeouts on 2 deliveries', dying('timeout', 50, 4 * dayMs, 2), 'broken'],
    ['timeouts on 3 deliveries', dying('timeout', 50, 4 * dayMs, 3), 'disabled'],
    ['401 on one delivery', dying('401', 50, 4 * dayMs), 'disabled'],
    ['403 on one delivery', dying('403', 50, 4 * dayMs), 'disabled'],
    ['404 on one delivery', dying('404', 50, 4 * dayMs), 'disabled'],
    ['TLS errors on one delivery', dying('tls', 50, 4 * dayMs), 'disabled'],
    [
      '404 and one timeout on one delivery',
      [...dying('404', 50, 4 * dayMs), probed(5 * dayMs, 'timeout', { deliveryId: 'dlv_0' })],
      'broken',
    ],
  ])('takes all of time, attempts, days and deliveries: %s', (_, signals, level) => {
    expect(at(30 * dayMs, signals)).toBe(level)
  })

  it.each([
    ['internal', 'disabled'],
    ['unpublished', 'disabled'],
    ['published', 'broken'],
  ] as const)('leaves an %s integration %s', (status, level) => {
    const signals = dying('refused', 50, 10 * dayMs).map((signal) => ({ ...signal, status }))
    const verdict = verdictAfter(signals)
    expect(verdict.level).toBe(level)
    expect(verdict.next).toBeUndefined()
  })
})
