import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HookwardError } from '../../src/domain/errors.ts'
import type { IntegrationStatus } from '../../src/domain/integration.ts'
import { retryDelayMs } from '../../src/policy/backoff.ts'
import { countsForHealth, ruleFor, sentry } from '../../src/policy/index.ts'
import type {
  CountedSignal,
  OutcomeFacts,
  Policy,
  SentryMemory,
  SentryParams,
  Verdict,
} from '../../src/policy/index.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
const dayZero = Date.parse('2024-06-03T00:00:00Z')

type What = 'ok' | '404' | '410' | 'timeout' | 'refused' | 'bad answer' | '500' | '429' | '302' | '503' | 'ssrf'
const outcomes: Readonly<Record<Exclude<What, 'ok'>, OutcomeFacts>> = {
  '404': { kind: 'rejected', status: 404, code: 'HTTP_404' },
  '410': { kind: 'gone', status: 410, code: 'HTTP_410' },
  timeout: { kind: 'timeout', status: 0, code: 'DEADLINE' },
  refused: { kind: 'unreachable', status: 0, code: 'ECONNREFUSED' },
  'bad answer': { kind: 'protocol', status: 0, code: 'HPE_INVALID_VERSION' },
  '500': { kind: 'server', status: 500, code: 'HTTP_500' },
  '429': { kind: 'throttled', status: 429, code: 'HTTP_429' },
  '302': { kind: 'redirect', status: 302, code: 'HTTP_302' },
  '503': { kind: 'throttled', status: 503, code: 'HTTP_503' },
  ssrf: { kind: 'blocked', status: 0, code: 'ADDRESS_REFUSED' },
}

function signalOf(what: What, at: number, n = 1, status: IntegrationStatus = 'internal'): CountedSignal {
  if (what === 'ok') return { type: 'delivery.ok', n, firstAt: at, lastAt: at, at, status }
  const attempted = { topic: 'issue.created', deliveryId: 'dlv_1', acceptedAt: 0, attempt: 1, final: false }
  return { type: 'delivery.failed', at, status, outcome: outcomes[what], ...attempted }
}

/** A line of a day sequence: on which day, what, and how often; `hour` of that day, else noon. */
type Line = readonly [day: number, what: What, times?: number, hour?: number]

/** Plays the lines as the chart does, and answers after how many signals of which line it is disabled, if it is. */
function play(lines: readonly Line[], params: SentryParams = {}, status: IntegrationStatus = 'internal') {
  const policy = sentry(params)
  let memory = policy.empty()
  for (const [index, [day, what, times = 1, hour = 12]] of lines.entries()) {
    const at = dayZero + day * dayMs + hour * hourMs
    const signals =
      what === 'ok'
        ? [signalOf(what, at, times, status)]
        : Array.from({ length: times }, () => signalOf(what, at, 1, status))
    for (const [i, signal] of signals.entries()) {
      memory = policy.observe(memory, signal)
      if (policy.judge(memory, at).level === 'disabled') return { line: index + 1, signal: i + 1 }
    }
  }
  return 'never'
}

const days = (count: number, line: (day: number) => readonly Line[]): readonly Line[] =>
  Array.from({ length: count }, (_, day) => line(day)).flat()

const never = 'never'
const lastOf = (lines: readonly Line[], signal = 1) => ({ line: lines.length, signal })

describe('day sequences (spec 8.6)', () => {
  const sevenDays = days(7, (day) => [[day, '404']])
  it('disables at the 7th of seven consecutive days with one 404 each', () => {
    expect(play(sevenDays)).toEqual(lastOf(sevenDays))
  })

  const justInTime = [...days(6, (day) => [[day, '404']]), [6, '404'], [6, 'ok']] as const
  const afterwards = [...days(6, (day) => [[day, '404']]), [6, 'ok', 1, 8], [6, '404', 1, 9]] as const
  const thousands = days(9, (day) => [
    [day, '404', 3_000],
    [day, 'ok'],
  ])
  it.each<readonly [string, readonly Line[], ReturnType<typeof play>]>([
    ['six days', days(6, (day) => [[day, '404', 500]]), never],
    ['seven days with a silent one among them', days(8, (day) => (day === 3 ? [] : [[day, '404', 500]])), never],
    ['a success on each day among thousands of errors', thousands, never],
    ['the error of day 7 before its success', justInTime, { line: 7, signal: 1 }],
    ['the success of day 7 before its error', afterwards, never],
    ['a day with timeouts only within the run', days(9, (day) => [[day, day === 4 ? 'timeout' : '404', 999]]), never],
    [
      'a day with timeouts and one 404 within the run',
      days(7, (day) =>
        day === 4
          ? [
              [day, 'timeout', 999],
              [day, '404'],
            ]
          : [[day, '404']],
      ),
      { line: 8, signal: 1 },
    ],
    [
      '100,000 successes and 1000 timeouts on one day',
      [
        [0, 'ok', 100_000],
        [0, 'timeout', 1_000],
      ],
      { line: 2, signal: 1_000 },
    ],
    ['999 timeouts on each of several days', days(10, (day) => [[day, 'timeout', 999]]), never],
    [
      '999 timeouts and a success after them on each day',
      days(10, (day) => [
        [day, 'timeout', 999],
        [day, 'ok'],
      ]),
      never,
    ],
    [
      '1000 timeouts over two days',
      [
        [0, 'timeout', 500, 23],
        [1, 'timeout', 500, 1],
      ],
      never,
    ],
    ['500s for a month', days(31, (day) => [[day, '500', 50]]), never],
    ['429s for a month', days(31, (day) => [[day, '429', 50]]), never],
    ['redirects for a month', days(31, (day) => [[day, '302', 50]]), never],
    ['503s for a month', days(31, (day) => [[day, '503', 50]]), never],
    ['refused addresses for a month', days(31, (day) => [[day, 'ssrf', 50]]), never],
    ['weekday traffic that always fails', days(60, (day) => (day % 7 < 5 ? [[day, '404', 50]] : [])), never],
  ])('judges %s', (_, lines, expected) => {
    expect(play(lines)).toEqual(expected)
  })

  it.each<readonly [string, What]>([
    ['a refused connection', 'refused'],
    ['an answer that is not HTTP', 'bad answer'],
    ['a deadline', 'timeout'],
  ])('counts %s as a timeout', (_, what) => {
    expect(play([[0, what, 1_000]])).toEqual({ line: 1, signal: 1_000 })
    expect(play(days(7, (day) => [[day, what]]))).toBe(never)
  })

  it('counts 410 as any other 4xx', () => {
    const lines = days(7, (day) => [[day, '410']])
    expect(play(lines)).toEqual(lastOf(lines))
  })

  it.each<IntegrationStatus>(['unpublished', 'published'])('never judges %s integrations', (status) => {
    expect(
      play(
        days(30, (day) => [
          [day, '404'],
          [day, 'timeout', 2_000],
        ]),
        {},
        status,
      ),
    ).toBe(never)
  })

  it('counts failing days over a month and a year as consecutive', () => {
    const policy = sentry()
    const start = Date.parse('2023-12-28T12:00:00Z')
    let memory = policy.empty()
    for (let day = 0; day < 7; day++) memory = policy.observe(memory, signalOf('404', start + day * dayMs))
    expect(policy.judge(memory, start + 6 * dayMs).level).toBe('disabled')
  })

  it.each([
    [{ windowDays: 1 }, [[0, '404']], { line: 1, signal: 1 }],
    [
      { windowDays: 2 },
      [
        [0, '404'],
        [1, '404'],
      ],
      { line: 2, signal: 1 },
    ],
    [{ timeoutsPerDay: 3 }, [[0, 'timeout', 5]], { line: 1, signal: 3 }],
  ] as const)('follows its parameters %j', (params, lines, expected) => {
    expect(play(lines, params)).toEqual(expected)
  })
})

describe('the window (spec 8.3)', () => {
  it('is seven calendar days and not 168 hours: 432,001 s may be enough', () => {
    const first = dayZero + dayMs - 1_000
    const last = dayZero + 6 * dayMs
    expect((last - first) / 1_000).toBe(432_001)
    const moments = [first, ...[1, 2, 3, 4, 5].map((day) => dayZero + day * dayMs + 1), last]
    expect(levelsAt(moments).at(-1)).toBe('disabled')
    expect(levelsAt(moments).at(-2)).toBe('degraded')
    expect(levelsAt([...moments.slice(0, -1), last - 1]).at(-1)).toBe('degraded')
  })

  it('forgets a day when it is seven days old, and says beforehand when that will be', () => {
    const policy = sentry()
    const memory = policy.observe(policy.empty(), signalOf('404', dayZero + 5))
    const { level, next } = policy.judge(memory, dayZero + 5)
    expect([level, next?.to, next?.at]).toEqual(['degraded', 'healthy', dayZero + 7 * dayMs])
    expect(policy.judge(memory, dayZero + 7 * dayMs - 1).level).toBe('degraded')
    expect(policy.judge(memory, dayZero + 7 * dayMs).level).toBe('healthy')
  })

  it('reads no day that has not come yet, should the clock be set back', () => {
    const moments = [1, 2, 3, 4, 5, 6].map((day) => dayZero + day * dayMs)
    expect(levelsAt([...moments, dayZero])).not.toContain('disabled')
  })

  it('goes on counting after a clock that ran ahead was set back', () => {
    const days = [0, 1, 2, 3, 4, 5, 6].map((day) => dayZero + day * dayMs)
    expect(levelsAt([dayZero + 30 * dayMs, ...days]).at(-1)).toBe('disabled')
  })

  /** The level after one 404 at each moment. */
  function levelsAt(moments: readonly number[], params: SentryParams = {}): readonly string[] {
    const policy = sentry(params)
    let memory = policy.empty()
    return moments.map((at) => {
      memory = policy.observe(memory, signalOf('404', at))
      return policy.judge(memory, at).level
    })
  }

  it.each([
    ['forward', Date.parse('2024-03-27T23:30:00Z')],
    ['back', Date.parse('2024-10-23T22:30:00Z')],
  ])('counts the days of its zone in the week clocks go %s', (_, first) => {
    // Half past midnight of the local day that follows, then at noon: seven local days.
    const noons = [1, 2, 3, 4, 5, 6].map((day) => first + day * dayMs + 11 * hourMs)
    const zone = { timeZone: 'Europe/Vienna' }
    expect(levelsAt([first, ...noons], zone).at(-1)).toBe('disabled')
    expect(levelsAt([first, ...noons.slice(0, -1)], zone).at(-1)).toBe('degraded')
  })

  it('puts one moment on different days in different zones', () => {
    const moments = [0, 1, 2, 3, 4, 5].map((day) => dayZero + day * dayMs + 23 * hourMs)
    const early = dayZero + 6 * dayMs + 1
    expect(levelsAt([...moments, early]).at(-1)).toBe('disabled')
    expect(levelsAt([...moments, early], { timeZone: 'Europe/Vienna' }).at(-1)).toBe('degraded')
  })

  it('takes both hours of a day that has one of them twice as the same day', () => {
    const policy = sentry({ timeZone: 'Europe/Vienna', timeoutsPerDay: 2 })
    const [once, again] = [Date.parse('2024-10-27T00:30:00Z'), Date.parse('2024-10-27T01:30:00Z')]
    const memory = policy.observe(policy.observe(policy.empty(), signalOf('timeout', once)), signalOf('timeout', again))
    expect(policy.judge(memory, again).level).toBe('disabled')
    expect(policy.bucketOf(once)).toBe(policy.bucketOf(again))
  })
})

describe('labels (spec 8.4 and 8.5)', () => {
  it('look for timeouts first: a day with a thousand of them is no error day', () => {
    const policy = sentry({ timeoutsPerDay: 2 })
    const memory: SentryMemory = { days: [[dayZero / dayMs, 0, 5, 2]], failed: true }
    const { level, evidence } = policy.judge(memory, dayZero)
    expect([level, evidence.rule]).toEqual(['disabled', 'timeouts-in-a-day'])
    expect(evidence.facts).toMatchObject({ failingDays: 0, days: [{ day: '2024-06-03', label: 'timeout' }] })
  })

  it.each([
    ['999 timeouts', [0, 0, 999], 'healthy'],
    ['1000 timeouts', [0, 0, 1_000], 'disabled'],
    ['1000 timeouts and many successes', [99_000, 0, 1_000], 'disabled'],
    ['one error', [0, 1, 0], 'degraded'],
    ['one error and one success', [1, 1, 0], 'healthy'],
    ['successes only', [9, 0, 0], 'healthy'],
    ['nothing', [0, 0, 0], 'healthy'],
  ] as const)('take a day with %s', (_, [success, error, timeout], level) => {
    const memory: SentryMemory = { days: [[dayZero / dayMs, success, error, timeout]], failed: true }
    expect(sentry().judge(memory, dayZero).level).toBe(level)
  })

  it('take one timeout day anywhere in the window for enough', () => {
    const memory: SentryMemory = { days: [[dayZero / dayMs - 6, 0, 0, 1_000]], failed: true }
    expect(sentry().judge(memory, dayZero).level).toBe('disabled')
    expect(sentry().judge(memory, dayZero + dayMs).level).toBe('healthy')
  })
})

describe('the check (spec 7.4, 7.5 and 8.7)', () => {
  it('runs on failures only: a success never disables, and resets nothing', () => {
    const policy = sentry({ timeoutsPerDay: 1 })
    const memory: SentryMemory = { days: [[dayZero / dayMs, 0, 0, 5]], failed: false }
    const after = policy.observe(memory, signalOf('ok', dayZero))
    expect(policy.judge(after, dayZero).level).toBe('degraded')
    expect(after.days).toEqual([[dayZero / dayMs, 1, 0, 5]])
    expect(policy.judge(policy.observe(after, signalOf('404', dayZero)), dayZero).level).toBe('disabled')
  })

  it('is not moved by an outcome that counts nowhere', () => {
    const policy = sentry()
    const memory = policy.observe(policy.empty(), signalOf('404', dayZero))
    for (const what of ['500', '503', '429', '302', 'ssrf'] as const)
      expect(policy.observe(memory, signalOf(what, dayZero))).toBe(memory)
  })

  it('counts probes like deliveries', () => {
    const policy = sentry()
    const attempted = {
      at: dayZero,
      status: 'internal',
      topic: 'a.b',
      deliveryId: 'd',
      acceptedAt: 0,
      attempt: 1,
      final: false,
    } as const
    const failed = policy.observe(policy.empty(), { type: 'probe.failed', ...attempted, outcome: outcomes['404'] })
    const ok = { kind: 'ok', status: 200, code: 'HTTP_200' } as const
    expect(failed.days).toEqual([[dayZero / dayMs, 0, 1, 0]])
    expect(policy.observe(failed, { type: 'probe.ok', ...attempted, outcome: ok }).days).toEqual([
      [dayZero / dayMs, 1, 1, 0],
    ])
  })

  it('never says broken: it passes on to disabled at once', () => {
    const lines = fc.array(fc.tuple(fc.nat(10), fc.constantFrom<What>('ok', '404', 'timeout', '500')), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(lines, (list) => {
        const policy = sentry({ windowDays: 3, timeoutsPerDay: 3 })
        let memory = policy.empty()
        for (const [day, what] of list) {
          memory = policy.observe(memory, signalOf(what, dayZero + day * dayMs))
          expect(policy.judge(memory, dayZero + day * dayMs).level).not.toBe('broken')
        }
      }),
    )
  })
})

describe('outcomes (spec 7, the documents era)', () => {
  it.each([
    ['200', { kind: 'ok', status: 200 }, 'delivered', 'ok'],
    ['204', { kind: 'ok', status: 204 }, 'delivered', 'ok'],
    ['301', { kind: 'redirect', status: 301 }, 'delivered', 'none'],
    ['400', { kind: 'rejected', status: 400 }, 'dead', 'failed'],
    ['404', { kind: 'rejected', status: 404 }, 'dead', 'failed'],
    ['410', { kind: 'gone', status: 410 }, 'dead', 'failed'],
    ['429', { kind: 'throttled', status: 429 }, 'dead', 'none'],
    ['500', { kind: 'server', status: 500 }, 'retry', 'none'],
    ['503', { kind: 'server', status: 503 }, 'retry', 'none'],
    ['503 with Retry-After', { kind: 'throttled', status: 503 }, 'retry', 'none'],
    ['504', { kind: 'server', status: 504 }, 'retry', 'none'],
    ['a deadline', { kind: 'timeout', status: 0 }, 'retry', 'failed'],
    ['a refused connection', { kind: 'unreachable', status: 0 }, 'retry', 'failed'],
    ['no HTTP', { kind: 'protocol', status: 0 }, 'retry', 'failed'],
    ['a forbidden address', { kind: 'blocked', status: 0 }, 'dead', 'none'],
    ['our own trouble', { kind: 'local', status: 0 }, 'later', 'none'],
  ] as const)('reads %s', (_, outcome, settles, counts) => {
    expect(ruleFor(sentry() as unknown as Policy, { ...outcome, code: '' })).toEqual({ settles, counts })
  })

  it.each([
    ['event_alert.triggered', false],
    ['metric_alert.critical', false],
    ['activity_alert.triggered', false],
    ['issue.created', true],
    ['event_alerts.triggered', true],
  ])('counts %s for health: %s', (topic, counts) => {
    expect(countsForHealth(sentry() as unknown as Policy, topic)).toBe(counts)
  })

  it('counts alerts when told so', () => {
    const policy = sentry({ ignoreTopics: ['issue.created'] }) as unknown as Policy
    expect(countsForHealth(policy, 'event_alert.triggered')).toBe(true)
    expect(countsForHealth(policy, 'issue.created')).toBe(false)
  })

  it('tries four times, 300 s apart, and without jitter, within one second each', () => {
    const { schedule, deadlineMs, lane } = sentry()
    expect([1, 2, 3, 4].map((spent) => retryDelayMs(schedule, spent, 1))).toEqual([
      300_000,
      300_000,
      300_000,
      undefined,
    ])
    expect([deadlineMs, lane.inFlightMax]).toEqual([1_000, 4])
  })
})

describe('counting in bulk', () => {
  it.each([
    ['a fresh memory', [], true],
    ['successes only', [[0, 'ok', 5]], true],
    ['a few timeouts', [[0, 'timeout', 999]], true],
    [
      'errors after a success',
      [
        [0, 'ok'],
        [0, '404', 9],
      ],
      true,
    ],
    ['an error that a success would clear', [[0, '404']], false],
    [
      'an error days ago',
      [
        [0, '404'],
        [3, 'ok'],
      ],
      false,
    ],
    ['a timeout day', [[0, 'timeout', 1_000]], false],
  ] as const)('is allowed with %s: %s', (_, lines, foldable) => {
    expect(sentry().foldable(memoryAfter(lines))).toBe(foldable)
  })

  it('changes no verdict where it is allowed, within one bucket', () => {
    const line = fc.tuple(fc.nat(3), fc.constantFrom<What>('ok', '404', 'timeout'), fc.integer({ min: 1, max: 3 }))
    const params = { windowDays: 2, timeoutsPerDay: 3 }
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 50 }), (lines, n) => {
        const policy = sentry(params)
        const memory = memoryAfter(lines, params)
        fc.pre(policy.foldable(memory))
        const at = dayZero + 3 * dayMs
        const verdict = policy.judge(memory, at)
        let single = memory
        for (let i = 0; i < n; i++) single = policy.observe(single, signalOf('ok', at))
        expect(policy.observe(memory, signalOf('ok', at, n))).toEqual(single)
        expect(policy.judge(single, at).level).toBe(verdict.level)
      }),
    )
  })

  it('ends at midnight of the zone', () => {
    const bucketOf = (at: number) => sentry({ timeZone: 'Europe/Vienna' }).bucketOf(at)
    const midnight = Date.parse('2024-06-03T22:00:00Z')
    expect(bucketOf(midnight) - bucketOf(midnight - 1)).toBe(1)
    expect(bucketOf(midnight + dayMs - 1)).toBe(bucketOf(midnight))
  })

  function memoryAfter(lines: readonly Line[], params: SentryParams = {}): SentryMemory {
    const policy = sentry(params)
    return lines
      .flatMap(([day, what, times = 1]) => Array.from({ length: times }, () => signalOf(what, dayZero + day * dayMs)))
      .reduce((memory, signal) => policy.observe(memory, signal), policy.empty())
  }
})

describe('the memory', () => {
  it('never holds more days than the window, and is JSON', () => {
    const step = fc.tuple(fc.integer({ min: -400, max: 400 }), fc.constantFrom<What>('ok', '404', 'timeout'))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const policy = sentry()
        let memory = policy.empty()
        for (const [day, what] of steps) memory = policy.observe(memory, signalOf(what, dayZero + day * dayMs))
        expect(memory.days.length).toBeLessThanOrEqual(7)
        expect(JSON.parse(JSON.stringify(memory))).toEqual(memory)
        const verdict = policy.judge(memory, dayZero)
        expect(JSON.parse(JSON.stringify(verdict)) as Verdict).toEqual(verdict)
      }),
    )
  })

  it('keeps the newest day first, and no day that has not come yet', () => {
    const policy = sentry()
    const memory = [0, 2, 1].reduce(
      (old, day) => policy.observe(old, signalOf('404', dayZero + day * dayMs)),
      policy.empty(),
    )
    expect(memory.days.map(([day]) => day - dayZero / dayMs)).toEqual([1, 0])
  })

  it('of another policy or version is not taken over', () => {
    expect(sentry().migrate({ name: 'sentry', version: 0, params: {}, memory: {} }, dayZero)).toBeNull()
  })
})

describe('parameters', () => {
  it.each<readonly [string, SentryParams]>([
    ['no timeouts', { timeoutsPerDay: 0 }],
    ['a fraction', { timeoutsPerDay: 1.5 }],
    ['no number', { timeoutsPerDay: Number.NaN }],
    ['no window', { windowDays: 0 }],
    ['a window too long', { windowDays: 15 }],
    ['an unknown zone', { timeZone: 'Mars/Olympus' }],
    ['an empty zone', { timeZone: '' }],
    ['a negative delay', { retriesMs: [-1] }],
    ['too many delays', { retriesMs: Array.from({ length: 21 }, () => 1) }],
    ['a delay that is no list', { retriesMs: 5 as never }],
    ['no deadline', { deadlineMs: 0 }],
    ['an endless deadline', { deadlineMs: Infinity }],
    ['no lane', { inFlightMax: 0 }],
    ['a lane wider than an origin', { inFlightMax: 17 }],
    ['a topic that is none', { ignoreTopics: ['No Topic'] }],
    ['a topic that cannot be', { ignoreTopics: ['issue.exploded'] }],
    ['topics that are no list', { ignoreTopics: 'issue' as never }],
    ['more than a record can hold', { ignoreTopics: Array.from({ length: 30 }, (_, i) => `${'long'.repeat(10)}${i}`) }],
    ['a name it does not have', { timeoutPerDay: 3 } as SentryParams],
    ['a name every object has', { toString: 3 } as never],
  ])('are refused at once: %s', (_, params) => {
    expect(codeOf(() => sentry(params))).toBe('POLICY_INVALID')
  })

  it('are all stored with the record, defaults included', () => {
    expect(sentry({ timeoutsPerDay: 3 }).params).toEqual({
      timeoutsPerDay: 3,
      windowDays: 7,
      timeZone: 'UTC',
      retriesMs: [300_000, 300_000, 300_000],
      deadlineMs: 1_000,
      inFlightMax: 4,
      ignoreTopics: ['event_alert', 'metric_alert', 'activity_alert'],
    })
  })

  it('may ask for a single attempt', () => {
    expect(retryDelayMs(sentry({ retriesMs: [] }).schedule, 1, 0)).toBeUndefined()
  })

  function codeOf(act: () => unknown): string {
    try {
      act()
      return 'accepted'
    } catch (error) {
      return error instanceof HookwardError ? error.code : String(error)
    }
  }
})

describe('evidence', () => {
  it.each([
    [[[0, '404']], 'failing-days', '1 of the last 7 days had errors and no success'],
    [[[0, 'ok']], 'no-failing-day', 'none of the last 7 days had errors and no success'],
    [days(7, (day) => [[day, '404']]), 'failing-days', 'each of the last 7 days had errors and no success'],
    [[[0, 'timeout', 1_000]], 'timeouts-in-a-day', '1000 attempts timed out on 2024-06-03; the limit is 1000 a day'],
  ] as const)('tells the rule in a sentence and in numbers: case %#', (lines: readonly Line[], rule, summary) => {
    const policy = sentry()
    const signals = lines.flatMap(([day, what, times = 1]) =>
      Array.from({ length: times }, () => signalOf(what, dayZero + day * dayMs)),
    )
    const memory = signals.reduce((old, signal) => policy.observe(old, signal), policy.empty())
    const { evidence, wouldChange } = policy.judge(memory, signals.at(-1)?.at ?? 0)
    expect(evidence).toMatchObject({ rule, summary })
    expect(wouldChange).not.toBe('')
  })
})
