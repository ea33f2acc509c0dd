import { describe, expect, it } from 'vitest'
import { checkPolicy } from '../../src/policy/check-policy.ts'
import { sentry, type Policy } from '../../src/policy/index.ts'

const rule = sentry() as Policy
const notices = { brokenMs: 1, brokenFactor: 1, brokenMsMax: 1, healedMs: 1, warningsMs: [], remindersMs: [] }
const signal = { type: 'delivery.ok', n: 1, firstAt: 0, lastAt: 0, at: 0, status: 'internal' } as const
const verdict = { level: 'healthy', evidence: { rule: 'r', summary: 's', facts: {} }, wouldChange: 'w' } as const
const refused = { settles: 'retry', counts: 'failed' } as const
const fault = () => {
  throw new Error('a defect of the rule')
}

it('lets the documents rule through, and it judges as before', () => {
  const checked = checkPolicy(rule)
  const memory = checked.observe(checked.empty(), signal)
  expect(memory).toEqual(rule.observe(rule.empty(), signal))
  expect(checked.judge(memory, 0)).toEqual(rule.judge(memory, 0))
  expect([checked.foldable(memory), checked.bucketOf(86_400_000)]).toEqual([true, 1])
  for (const name of [
    'name',
    'version',
    'params',
    'outcomes',
    'schedule',
    'lane',
    'deadlineMs',
    'ignoreTopics',
  ] as const)
    expect(checked[name]).toEqual(rule[name])
})

it('lets the parts through that a policy may leave out', () => {
  const guard = { cooldownMs: 60_000 }
  expect(checkPolicy({ ...rule, notices, guard })).toMatchObject({ notices, guard })
  expect(checkPolicy(rule)).not.toHaveProperty('guard')
})

it.each([
  ['throws', fault],
  ['is no list', () => 'because'],
  ['has too many entries', () => [1, 2, 3, 4].map(() => ({ level: 'broken', because: 'b' }))],
  ['knows a level that there is not', () => [{ level: 'odd', because: 'b' }]],
  ['writes too much', () => [{ level: 'broken', because: 'x'.repeat(501) }]],
])('says nothing of worse levels when what a rule answers of them %s', (_, whyNot) => {
  expect(checkPolicy({ ...rule, whyNot }).whyNot?.(null, 0)).toEqual([])
})

it('takes an object of a class for a policy, and keeps its this', () => {
  class Rule {
    readonly #level = 'healthy'
    judge() {
      return { ...verdict, level: this.#level }
    }
  }
  const made = Object.assign(new Rule(), { ...rule, judge: undefined })
  delete (made as { judge?: unknown }).judge
  expect(checkPolicy(made).judge(null, 0)).toEqual(verdict)
})

describe('what cannot work is refused, and named', () => {
  it.each<[unknown, string]>([
    [undefined, 'policy'],
    [null, 'policy'],
    [[], 'policy'],
    [{}, 'policy.name'],
    [{ ...rule, name: '' }, 'policy.name'],
    [{ ...rule, name: 'x'.repeat(65) }, 'policy.name'],
    [{ ...rule, version: '1' }, 'policy.version'],
    [{ ...rule, version: 1.5 }, 'policy.version'],
    [{ ...rule, version: -1 }, 'policy.version'],
    [{ ...rule, params: undefined }, 'policy.params'],
    [{ ...rule, guard: { cooldownMs: -1 } }, 'policy.guard.cooldownMs'],
    [{ ...rule, guard: 5 }, 'policy.guard'],
    [{ ...rule, notices: { ...notices, brokenMs: '1h' } }, 'policy.notices.brokenMs'],
    [{ ...rule, notices: { ...notices, brokenFactor: NaN } }, 'policy.notices.brokenFactor'],
    [{ ...rule, notices: { ...notices, warningsMs: [1, 2, 3, 4, 5, 6] } }, 'policy.notices.warningsMs'],
    [{ ...rule, notices: { ...notices, remindersMs: [-1] } }, 'policy.notices.remindersMs[0]'],
    [{ ...rule, notices: { ...notices, other: 1 } }, 'other'],
    [{ ...rule, params: { fn: () => 1 } }, 'policy.params'],
    [{ ...rule, params: { text: 'x'.repeat(5_000) } }, 'policy.params'],
    [{ ...rule, outcomes: undefined }, 'policy.outcomes'],
    [{ ...rule, outcomes: { kinds: { ...rule.outcomes.kinds, local: undefined } } }, 'policy.outcomes.kinds.local'],
    [{ ...rule, outcomes: { kinds: { ...rule.outcomes.kinds, odd: {} } } }, 'odd'],
    [{ ...rule, outcomes: { kinds: { ...rule.outcomes.kinds, ok: { settles: 'done', counts: 'ok' } } } }, 'ok.settles'],
    [
      { ...rule, outcomes: { kinds: { ...rule.outcomes.kinds, ok: { settles: 'delivered', counts: 1 } } } },
      'ok.counts',
    ],
    [{ ...rule, outcomes: { ...rule.outcomes, heedsAsks: 1 } }, 'policy.outcomes.heedsAsks'],
    [{ ...rule, outcomes: { ...rule.outcomes, statuses: { 503: {} } } }, 'policy.outcomes.statuses.503'],
    [{ ...rule, outcomes: { ...rule.outcomes, codes: {} } }, 'codes'],
    [
      { ...rule, outcomes: { ...rule.outcomes, statuses: { 503: { ...refused, attemptsMax: 0 } } } },
      'policy.outcomes.statuses.503.attemptsMax',
    ],
    [
      { ...rule, outcomes: { ...rule.outcomes, statuses: { 503: { ...refused, waitMsMin: -1 } } } },
      'policy.outcomes.statuses.503.waitMsMin',
    ],
    ...(['forgive', 'patience', 'skip'] as const).map((name): [unknown, string] => [
      { ...rule, [name]: 'x' },
      `policy.${name}`,
    ]),
    [{ ...rule, schedule: { ...rule.schedule, retriesMs: 5 } }, 'policy.schedule.retriesMs'],
    [{ ...rule, schedule: { ...rule.schedule, retriesMs: [1, -1] } }, 'policy.schedule.retriesMs[1]'],
    [{ ...rule, schedule: { ...rule.schedule, retriesMs: [NaN] } }, 'policy.schedule.retriesMs[0]'],
    [{ ...rule, schedule: { ...rule.schedule, probesMs: [] } }, 'policy.schedule.probesMs'],
    [{ ...rule, schedule: { ...rule.schedule, jitter: 2 } }, 'policy.schedule.jitter'],
    [{ ...rule, schedule: { ...rule.schedule, probesToRecover: 0 } }, 'policy.schedule.probesToRecover'],
    [{ ...rule, schedule: { ...rule.schedule, probesToRecover: 1.5 } }, 'policy.schedule.probesToRecover'],
    [{ ...rule, schedule: { ...rule.schedule, probationMs: Infinity } }, 'policy.schedule.probationMs'],
    [ramped({ perSecond: 0, doublesEveryMs: 1 }), 'policy.schedule.ramp.perSecond'],
    [ramped({ perSecond: 1, doublesEveryMs: 0 }), 'policy.schedule.ramp.doublesEveryMs'],
    [ramped({ perSecond: 1, doublesEveryMs: 1, max: 4 }), 'max'],
    [{ ...rule, schedule: { ...rule.schedule, extra: 1 } }, 'extra'],
    [{ ...rule, lane: undefined }, 'policy.lane'],
    [{ ...rule, lane: { inFlightMax: 0 } }, 'policy.lane.inFlightMax'],
    [{ ...rule, lane: { inFlightMax: 1.5 } }, 'policy.lane.inFlightMax'],
    [{ ...rule, deadlineMs: 60_001 }, 'policy.deadlineMs'],
    [{ ...rule, ignoreTopics: 'issue' }, 'policy.ignoreTopics'],
    [{ ...rule, ignoreTopics: ['issue', 42] }, 'policy.ignoreTopics[1]'],
    ...(['empty', 'observe', 'judge', 'foldable', 'bucketOf', 'migrate'] as const).map((name): [unknown, string] => [
      { ...rule, [name]: 'x' },
      `policy.${name}`,
    ]),
    [{ ...rule, empty: fault }, 'throws for its own empty memory'],
    [{ ...rule, empty: () => undefined }, 'the empty memory'],
    [{ ...rule, empty: () => ({ seen: new Set() }) }, 'the empty memory'],
    [{ ...rule, judge: fault }, 'throws for its own empty memory'],
    [{ ...rule, judge: () => ({ ...verdict, level: 'degraded' }) }, 'does not judge its own empty memory healthy'],
    [{ ...rule, judge: () => undefined }, 'the verdict'],
  ])('case %#: %s', (policy, fact) => {
    const refused = () => checkPolicy(policy)
    expect(refused).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }) as Error)
    expect(refused).toThrow(fact)
  })
})

describe('what a rule answers later', () => {
  it.each<[string, unknown]>([
    ['no verdict', undefined],
    ['an unknown level', { ...verdict, level: 'fine' }],
    ['no evidence', { ...verdict, evidence: undefined }],
    ['a rule that is no text', { ...verdict, evidence: { ...verdict.evidence, rule: 1 } }],
    ['no summary', { ...verdict, evidence: { ...verdict.evidence, summary: undefined } }],
    ['facts that are a list', { ...verdict, evidence: { ...verdict.evidence, facts: [] } }],
    ['no word of what would change it', { ...verdict, wouldChange: undefined }],
    ['a forecast at no moment', { ...verdict, next: { to: 'healthy', at: NaN, unless: 'x' } }],
    ['a forecast past the end of time', { ...verdict, next: { to: 'healthy', at: 9e15, unless: 'x' } }],
    ['a forecast of an unknown level', { ...verdict, next: { to: 'fine', at: 0, unless: 'x' } }],
    ['a forecast without unless', { ...verdict, next: { to: 'healthy', at: 0 } }],
  ])('throws where it is asked when it is %s', (_, answer) => {
    let answers: unknown = verdict
    const checked = checkPolicy({ ...rule, judge: () => answers })
    answers = answer
    expect(() => checked.judge(null, 0)).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }) as Error)
  })

  it('throws when it is no memory', () => {
    const checked = checkPolicy({ ...rule, observe: () => undefined })
    expect(() => checked.observe(null, signal)).toThrow(/the memory is undefined/)
  })

  it.each<[string, Partial<Policy>]>([
    ['trusts again with no memory', { forgive: () => ({ memory: undefined as never, probationMs: 0 }) }],
    ['trusts again for ever', { forgive: () => ({ memory: null, probationMs: Infinity }) }],
    ['trusts again with nothing at all', { forgive: () => undefined as never }],
    ['waits for less than nothing', { patience: () => ({ waitMs: -1, spends: true }) }],
    ['does not say what waiting costs', { patience: () => ({ waitMs: 0 }) as never }],
    ['forgets all when time is skipped', { skip: () => undefined as never }],
    ['takes over what cannot be stored', { migrate: () => ({ n: 1n }) as never }],
  ])('throws where it is asked when it %s', (_, part) => {
    const checked = checkPolicy({ ...rule, ...part })
    const old = { name: 'other', version: 1, params: null, memory: null }
    const ask = () => [
      ...[checked.forgive?.(null, 0), checked.patience?.(null, 0), checked.skip?.(null, 0)],
      checked.migrate(old, 0),
    ]
    expect(ask).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }) as Error)
  })

  it('is handed on as it is when it can be', () => {
    const part = {
      forgive: () => ({ memory: 1, probationMs: 2 }),
      patience: () => ({ waitMs: 3, spends: false }),
      skip: (_: unknown, ms: number) => ms,
    }
    const checked = checkPolicy({ ...rule, ...part })
    expect([checked.forgive?.(null, 0), checked.patience?.(null, 0), checked.skip?.(null, 4)]).toEqual([
      { memory: 1, probationMs: 2 },
      { waitMs: 3, spends: false },
      4,
    ])
    expect(checkPolicy(rule)).not.toHaveProperty('forgive')
  })

  it('counts nothing in bulk when it cannot say whether it may', () => {
    const checked = checkPolicy({ ...rule, foldable: fault, bucketOf: fault })
    expect([checked.foldable(null), checked.bucketOf(0)]).toEqual([false, NaN])
  })
})

function ramped(ramp: object): unknown {
  return { ...rule, schedule: { ...rule.schedule, ramp } }
}
