import { describe, expect, it } from 'vitest'
import { checkPolicy } from '../../src/policy/check-policy.ts'
import { probeDelayMs, retryDelayMs } from '../../src/policy/backoff.ts'
import { countsForHealth, ruleFor, sentry, standard } from '../../src/policy/index.ts'
import type {
  CountedSignal,
  OutcomeFacts,
  Policy,
  PolicyRecord,
  StandardMemory,
  StandardParams,
} from '../../src/policy/index.ts'
import { dayMs, failed, hourMs, minuteMs, ok, outcomes, probed, spread, start } from '../support/standard-signals.ts'

const policy = standard()
const rule = policy as unknown as Policy

function after(signals: readonly CountedSignal[], from: StandardMemory = policy.empty()): StandardMemory {
  return signals.reduce((memory, signal) => policy.observe(memory, signal), from)
}

const breaking = spread(10, 0, 5 * minuteMs, (ms) => failed(ms))
const dying = [...breaking, ...spread(30, hourMs, 3 * dayMs, (ms) => probed(ms))]

describe('a delivery', () => {
  it('is tried ten times over 75 hours and 35 minutes, never early and up to a fifth later', () => {
    const waits = (chance: number) => Array.from({ length: 10 }, (_, i) => retryDelayMs(policy.schedule, i + 1, chance))
    const [s, m, h] = [1_000, minuteMs, hourMs]
    expect(waits(0)).toEqual([5 * s, 5 * m, 30 * m, 2 * h, 5 * h, 10 * h, 14 * h, 20 * h, 24 * h, undefined])
    expect(waits(1).slice(0, 3)).toEqual([6 * s, 6 * m, 36 * m])
    expect(waits(0).reduce<number>((sum, ms = 0) => sum + ms, 0)).toBe(75 * hourMs + 35 * minuteMs + 5_000)
    expect([policy.deadlineMs, policy.lane.inFlightMax]).toEqual([15_000, 4])
  })

  it.each<[string, OutcomeFacts, object]>([
    ['302', outcomes['302'], { settles: 'retry', counts: 'failed' }],
    ['404', outcomes['404'], { settles: 'retry', counts: 'failed' }],
    ['410', { kind: 'gone', status: 410, code: '' }, { settles: 'dead', counts: 'disable' }],
    ['400', { kind: 'rejected', status: 400, code: '' }, { settles: 'retry', counts: 'failed', attemptsMax: 3 }],
    ['413', { kind: 'rejected', status: 413, code: '' }, { settles: 'retry', counts: 'failed', attemptsMax: 3 }],
    ['422', outcomes['422'], { settles: 'retry', counts: 'failed', attemptsMax: 3 }],
    ['429', { kind: 'throttled', status: 429, code: '' }, { settles: 'wait', counts: 'failed' }],
    ['503 with Retry-After', outcomes.throttled, { settles: 'wait', counts: 'failed' }],
    ['503', { kind: 'server', status: 503, code: '' }, { settles: 'retry', counts: 'failed' }],
    ['502', { kind: 'server', status: 502, code: '' }, { settles: 'retry', counts: 'failed', waitMsMin: 60_000 }],
    ['504', { kind: 'server', status: 504, code: '' }, { settles: 'retry', counts: 'failed', waitMsMin: 60_000 }],
    ['a timeout', outcomes.timeout, { settles: 'retry', counts: 'failed' }],
    ['a refused connection', outcomes.refused, { settles: 'retry', counts: 'failed' }],
    ['no HTTP', outcomes['no http'], { settles: 'retry', counts: 'failed' }],
    ['a forbidden address', { kind: 'blocked', status: 0, code: '' }, { settles: 'dead', counts: 'none' }],
    ['our own trouble', { kind: 'local', status: 0, code: '' }, { settles: 'later', counts: 'none' }],
  ])('knows what %s means', (_, outcome, expected) => {
    expect(ruleFor(rule, outcome)).toEqual(expected)
  })

  it.each(['issue.created', 'event_alert.triggered', 'metric_alert.critical'])('of %s counts', (topic) => {
    expect(countsForHealth(rule, topic)).toBe(true)
  })

  it('is probed with after 1, 2, 4 ... 60 minutes, and two good probes bring it back', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 7, 99].map((n) => probeDelayMs(policy.schedule, n) / minuteMs)
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(policy.schedule.probesToRecover).toBe(2)
  })

  it('that was held is sent at 1 a second after a recovery, doubling every 10 s', () => {
    expect(policy.schedule.ramp).toEqual({ perSecond: 1, doublesEveryMs: 10_000 })
  })
})

describe('owners', () => {
  it('are told after an hour or one and a half times what healed in a week, warned twice and reminded three times', () => {
    const { notices, guard } = policy
    const hours = (list: readonly number[] = []) => list.map((ms) => ms / hourMs)
    expect([notices?.brokenMs, notices?.brokenFactor, notices?.brokenMsMax]).toEqual([hourMs, 1.5, 12 * hourMs])
    expect([notices?.healedMs, guard?.cooldownMs]).toEqual([7 * dayMs, 5 * minuteMs])
    expect([hours(notices?.warningsMs), hours(notices?.remindersMs)]).toEqual([
      [60, 24],
      [24, 72, 168],
    ])
  })
})

describe('parameters', () => {
  it('are all an option each, and only those that differ are stored', () => {
    const other = {
      degradedFailures: 4,
      retriesMs: [minuteMs, dayMs],
      brokenByDead: false,
      jitter: 0.2,
      ignoreTopics: [],
    }
    expect(standard().params).toEqual({})
    expect(standard(other).params).toEqual({ degradedFailures: 4, retriesMs: [minuteMs, dayMs], brokenByDead: false })
    expect(standard({ degradedFailures: undefined } as never).params).toEqual({})
  })

  it.each<[string, StandardParams, string]>([
    ['a count of nothing', { degradedFailures: 0 }, 'degradedFailures is 0, not a whole number from 1'],
    ['a fraction of a count', { brokenFailures: 10.5 }, 'brokenFailures is 10.5'],
    ['no number', { disabledMs: Number.NaN }, 'disabledMs is NaN'],
    ['a text', { quietAttempts: '5' as never }, 'quietAttempts is 5'],
    ['a share above 1', { degradedShare: 1.1 }, 'degradedShare is 1.1, not a number from 0.01 to 1'],
    ['too much jitter', { jitter: 2 }, 'jitter'],
    ['a deadline below a second', { deadlineMs: 999 }, 'deadlineMs'],
    ['a deadline above half a minute', { deadlineMs: 30_001 }, 'deadlineMs'],
    ['more deliveries than are kept by name', { disabledDeliveries: 11 }, 'disabledDeliveries'],
    ['more refused ones than are kept by name', { refusedDeliveries: 11 }, 'refusedDeliveries'],
    ['no probes', { probesMs: [] }, 'probesMs is not a list of 1 to 20'],
    ['a delay that is none', { retriesMs: [-1] }, 'retriesMs[0]'],
    ['delays that are no list', { retriesMs: 5 as never }, 'retriesMs is not a list'],
    ['a status that is no refusal', { refusedStatuses: [500] }, 'refusedStatuses[0]'],
    ['a status with a rule of its own', { refusedStatuses: [410] }, 'refusedStatuses holds 410'],
    ['a topic that is none', { ignoreTopics: ['No Topic'] }, 'ignoreTopics[0]'],
    ['neither true nor false', { brokenByDead: 1 as never }, 'brokenByDead'],
    ['a name it does not have', { brokenAfter: 3 } as never, 'standard has no parameter brokenAfter'],
    ['a name every object has', { toString: 3 } as never, 'standard has no parameter toString'],
    [
      'more than a record can hold',
      { ignoreTopics: Array.from({ length: 32 }, (_, i) => `${'x'.repeat(50)}${i}`) },
      'characters',
    ],
  ])('are refused at once: %s', (_, params, fact) => {
    const make = () => standard(params)
    expect(make).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }) as Error)
    expect(make).toThrow(fact)
  })

  it.each<[StandardParams, string]>([
    [{ brokenFailures: 3 }, 'brokenFailures is 3, below degradedFailures 5: set brokenFailures to 5 or more'],
    [{ degradedSpanMs: 300_001 }, 'brokenSpanMs is 300000, below degradedSpanMs 300001'],
    [{ degradedShare: 0.95 }, 'brokenShare is 0.9, below degradedShare 0.95'],
    [{ degradedOf: 51 }, 'brokenOf is 50, below degradedOf 51'],
    [{ healthySuccesses: 21 }, 'degradedOf is 20, below healthySuccesses 21'],
    [{ windowMs: 59_999 }, 'windowMs is 59999, below brokenShareSpanMs 60000'],
    [{ quietServerSpanMs: 1 }, 'quietServerSpanMs is 1, below quietSpanMs 7200000'],
    [{ throttledWaitMsMax: 1 }, 'throttledWaitMsMax is 1, below throttledWaitMs 60000'],
    [{ probationMsMax: 1 }, 'probationMsMax is 1, below probationMs 86400000'],
    [{ disabledMs: 7_199_999 }, 'disabledMs is 7199999, below quietSpanMs 7200000'],
    [{ disabledAttempts: 2 }, 'disabledAttempts is 2, below disabledDeliveries 3'],
    [{ disabledDays: 21 }, 'disabledAttempts is 20, below disabledDays 21'],
    [{ noticeBrokenMs: 50_000_000 }, 'noticeBrokenMsMax is 43200000, below noticeBrokenMs 50000000'],
    [{ noticeWarningsMs: [1, 2] }, 'noticeWarningsMs holds 2 out of order'],
    [{ noticeRemindersMs: [2, 2] }, 'noticeRemindersMs holds 2 out of order'],
    [{ enableCooldownMs: 86_400_001 }, 'enableCooldownMs is 86400001, not a whole number from 0 to 86400000'],
    [{ healthyShare: 0.5 }, 'healthyShare is 0.5, not below degradedShare 0.5'],
    [{ refusedAttempts: 11 }, 'refusedAttempts is 11, but retriesMs allows 10'],
    [{ retriesMs: [5_000, 5_000] }, 'one alone would break its integration: set brokenByDead to false'],
  ])('that contradict each other are refused with what to do: %j', (params, fact) => {
    expect(() => standard(params)).toThrow(fact)
  })

  it('are let through by the check at the door of the engine', () => {
    const checked = checkPolicy(standard({ disabledMs: 3 * dayMs }))
    expect(checked.forgive?.(checked.empty(), start)).toEqual(policy.forgive?.(policy.empty(), start))
    expect(checked.patience?.(checked.empty(), start)).toEqual({ waitMs: minuteMs, spends: false })
    expect(checked.skip?.(checked.empty(), 5)).toEqual(checked.empty())
  })
})

describe('the forecast', () => {
  const at = start + 4 * dayMs

  it('says when time alone disables, once everything else holds', () => {
    const { level, next, wouldChange } = policy.judge(after(dying), at)
    expect([level, next]).toEqual([
      'broken',
      { to: 'disabled', at: start + 5 * dayMs, unless: 'a delivery or a probe succeeds' },
    ])
    expect(wouldChange).toBe(
      '2 good probes in a row bring it back; otherwise it is disabled when nothing succeeds for 120 h',
    )
    expect(policy.judge(after(dying), start + 5 * dayMs).level).toBe('disabled')
  })

  it('is silent while anything is missing, and what is missing is said instead', () => {
    const { next, wouldChange } = policy.judge(after(breaking), at)
    expect(next).toBeUndefined()
    expect(wouldChange).toBe(
      '2 good probes in a row bring it back; disabling it takes 10 more attempts or probes, failures on 2 more UTC days, and 120 h without a success',
    )
  })
})

describe('what is missing for disabling', () => {
  const probes = (n: number, deliveries: number, toMs: number) => [
    ...breaking.slice(0, 1),
    ...spread(n - 1, hourMs, toMs, (ms, i) => probed(ms, '500', { deliveryId: `dlv_${i % deliveries}` })),
  ]
  it.each([
    [probes(19, 2, 3 * dayMs), 'disabling it takes 1 more attempt or probe, and 120 h without a success'],
    [probes(18, 2, 3 * dayMs), 'disabling it takes 2 more attempts or probes, and'],
    [probes(30, 1, 3 * dayMs), 'disabling it takes failures of 1 more delivery, and'],
    [probes(30, 2, dayMs), 'disabling it takes failures on 1 more UTC day, and'],
    [probes(30, 2, 2 * hourMs), 'disabling it takes failures on 2 more UTC days, and'],
  ])('is said in words: case %#', (signals, text) => {
    const broken: StandardMemory = { ...after(signals), level: 'broken' }
    expect(policy.judge(broken, start + 4 * dayMs).wouldChange).toContain(text)
  })
})

describe('evidence', () => {
  it.each<[string, readonly CountedSignal[], string, string]>([
    ['nothing', [], 'no-clause-holds', '0 of 0 failed in the last 10 min, 0 in a row'],
    ['a little', [ok(0, 7), failed(1)], 'no-clause-holds', '1 of 8 failed in the last 10 min, 1 in a row'],
    [
      'a row',
      spread(5, 0, 42_000, (ms) => failed(ms)),
      'failures-in-a-row',
      '5 failures in a row over 42 s; the limit is 5 over 30 s; nothing has succeeded for 42 s',
    ],
    [
      'a share',
      [ok(0, 10), ...spread(10, 1, 1_000, (ms) => failed(ms)), ok(60_000)],
      'share-of-window',
      '10 of 20 failed; the limit is 50 % of 20; a success followed',
    ],
    [
      'silence',
      spread(5, 0, 150 * minuteMs, (ms, i) => failed(ms, 'refused', { deliveryId: 'a', attempt: i + 1 })),
      'nothing-succeeds',
      '5 attempts over 2.5 h without a success, all such as a receiver that is gone gives; the limit is 5 over 2 h; nothing has succeeded for 2.5 h',
    ],
    [
      'a death',
      [failed(hourMs, '405', { attempt: 10, final: true, acceptedAt: start })],
      'dead-delivery',
      'a delivery was given up after 10 attempts, and nothing had succeeded since it was accepted',
    ],
    [
      'the end',
      [...dying, probed(6 * dayMs)],
      'no-success-for-long',
      'nothing has succeeded for 144 h, over 41 attempts and probes on 5 UTC days; the limits are 120 h, 20 and 3',
    ],
  ])('tells the rule in a sentence and in numbers: %s', (_, signals, name, summary) => {
    const { evidence, wouldChange } = policy.judge(after(signals), signals.at(-1)?.at ?? start)
    expect(evidence).toMatchObject({ rule: name, summary })
    expect(wouldChange).not.toBe('')
  })

  it('holds the numbers of the entry, of the window, and of what was since the last success', () => {
    expect(policy.judge(after(breaking), start + 6 * minuteMs).evidence.facts).toEqual({
      window: { failed: 10, total: 10, inARow: 10, windowMs: 600_000 },
      entered: { failures: 10, spanMs: 300_000, limit: 10, limitMs: 300_000 },
      enteredAt: start + 5 * minuteMs,
      sinceSuccess: {
        ...{ firstAt: start, attempts: 10, days: 1, deliveries: 3 },
        ...{ absent: 0, timeouts: 0, server: 10, throttled: 0, other: 0 },
      },
    })
  })

  it('says until when a probation lasts', () => {
    const { memory } = policy.forgive?.(policy.empty(), start) ?? { memory: policy.empty() }
    expect(policy.judge(memory, start + 1).evidence.facts).toMatchObject({ probationUntil: start + dayMs })
    expect(policy.judge(memory, start + 1).wouldChange).toContain('3 failures in a row over 15 s')
    expect(policy.judge(memory, start + dayMs).evidence.facts).not.toHaveProperty('probationUntil')
  })
})

describe('counting in bulk', () => {
  it.each<[string, readonly CountedSignal[], boolean]>([
    ['a fresh memory', [], true],
    ['successes only', [ok(0, 5)], true],
    ['failures and a success after them', [failed(0), failed(1), ok(2)], true],
    ['a failure last', [ok(0), failed(1)], false],
    ['a refused delivery', [failed(0, '422', { attempt: 3, final: true })], false],
    ['degraded', [...spread(5, 0, 30_000, (ms) => failed(ms)), ok(minuteMs)], false],
  ])('is allowed with %s: %s', (_, signals, foldable) => {
    expect(policy.foldable(after(signals))).toBe(foldable)
  })

  it('ends with a bucket of 30 s', () => {
    expect(policy.bucketOf(start + 29_999)).toBe(policy.bucketOf(start))
    expect(policy.bucketOf(start + 30_000)).toBe(policy.bucketOf(start) + 1)
    const odd = standard({ windowMs: 61_001 })
    expect([odd.bucketOf(3_050), odd.bucketOf(3_051)]).toEqual([0, 1])
  })
})

describe('time that does not count', () => {
  it('lengthens every span that is running', () => {
    const memory = after(dying)
    const later = policy.skip?.(memory, 3 * dayMs) ?? memory
    expect(policy.judge(memory, start + 5 * dayMs).level).toBe('disabled')
    expect(policy.judge(later, start + 8 * dayMs - 1)).toMatchObject({
      level: 'broken',
      next: { at: start + 8 * dayMs },
    })
    expect(policy.judge(later, start + 8 * dayMs).level).toBe('disabled')
  })

  it('does not make a row long enough, nor a window or a probation shorter', () => {
    const four = policy.skip?.(after(spread(4, 0, 20_000, (ms) => failed(ms))), 20_000) ?? policy.empty()
    expect(policy.judge(after([failed(49_999)], four), start + 50_000).level).toBe('healthy')
    expect(policy.judge(after([failed(50_000)], four), start + 50_000).level).toBe('degraded')
    const ten = policy.skip?.(after(spread(10, 0, 900, (ms) => failed(ms))), hourMs) ?? policy.empty()
    expect(policy.judge(ten, start + hourMs).evidence.facts).toMatchObject({ window: { failed: 10 } })
    const trusted = policy.forgive?.(policy.empty(), start).memory ?? policy.empty()
    expect(policy.skip?.(trusted, hourMs).trustedAt).toBe(start + 25 * hourMs)
  })

  it('does not make the span of the 5xx of one delivery longer', () => {
    const attempt = (afterMs: number, i: number) => failed(afterMs, '500', { deliveryId: 'a', attempt: i + 1 })
    const memory = policy.skip?.(after(spread(5, 0, 6 * hourMs, attempt)), 10 * hourMs) ?? policy.empty()
    const levelAt = (afterMs: number) => policy.judge(after([attempt(afterMs, 5)], memory), start + afterMs).level
    expect([levelAt(22 * hourMs - 1), levelAt(22 * hourMs)]).toEqual(['healthy', 'broken'])
  })

  it('leaves alone what is compared with the wall: when deliveries were accepted', () => {
    const memory = policy.skip?.(after([ok(0)]), 10 * dayMs) ?? policy.empty()
    const dead = failed(12 * dayMs, '405', { attempt: 10, final: true, acceptedAt: start + hourMs })
    expect(policy.judge(after([dead], memory), start + 12 * dayMs).level).toBe('broken')
  })
})

describe('a record of another policy', () => {
  const old = sentry()
  const counted = (signals: readonly CountedSignal[]) =>
    signals.reduce((memory, signal) => old.observe(memory, signal), old.empty())
  const migrated = (signals: readonly CountedSignal[], at: number) =>
    policy.migrate({ name: old.name, version: old.version, params: old.params, memory: counted(signals) }, at)

  it.each<[string, readonly CountedSignal[], number, 'healthy' | 'degraded']>([
    ['successes', [ok(0)], hourMs, 'healthy'],
    ['a failing day', [failed(0, '404')], hourMs, 'degraded'],
    ['a day with one timeout', [failed(0, 'timeout')], hourMs, 'healthy'],
    ['a failing day with a success', [failed(0, '404'), ok(1)], hourMs, 'healthy'],
    ['a failing day that is still in its window', [failed(0, '404')], 7 * dayMs - 1, 'degraded'],
    ['a failing day that is past its window', [failed(0, '404')], 7 * dayMs, 'healthy'],
    ['a day of timeouts', [...spread(1_000, 0, 1, (ms) => failed(ms, 'timeout')), ok(2)], hourMs, 'degraded'],
  ])('is taken over as the sentry rule had judged it: %s', (_, signals, afterMs, level) => {
    const memory = migrated(signals, start + afterMs) ?? policy.empty()
    expect(policy.judge(memory, start + afterMs).level).toBe(level)
    expect(memory.run).toBeNull()
  })

  it('is left by three successes in a row', () => {
    const memory = migrated([failed(0, '404')], start + hourMs) ?? policy.empty()
    expect(policy.judge(memory, start + hourMs).evidence.summary).toMatch(/^another policy left it so/)
    expect(policy.judge(after([ok(2 * hourMs, 3)], memory), start + 2 * hourMs).level).toBe('healthy')
  })

  it.each<[string, PolicyRecord]>([
    ['another name', { name: 'streak', version: 1, params: {}, memory: { days: [] } }],
    ['a memory that is none', { name: 'sentry', version: 1, params: { timeZone: 'UTC' }, memory: null }],
    ['days that are none', { name: 'sentry', version: 1, params: { timeZone: 'UTC' }, memory: { days: 5 } }],
    ...[[null], [5], [['today', 0, 1, 0]]].map((days): [string, PolicyRecord] => [
      `days that are none: ${JSON.stringify(days)}`,
      { name: 'sentry', version: 1, params: { timeZone: 'UTC' }, memory: { days } },
    ]),
    ['a zone that is none', { name: 'sentry', version: 1, params: {}, memory: { days: [] } }],
    ['an older version of itself', { name: 'standard', version: 0, params: {}, memory: {} }],
  ])('is not taken over with %s', (_, record) => {
    expect(policy.migrate(record, start)).toBeNull()
  })
})
