import { expect, it } from 'vitest'
import type { Logger, Policy } from '../../src/index.ts'
import { streak } from '../support/streak-policy.ts'
import { aComment, startWorld } from '../support/world.ts'

const minuteMs = 60_000

it.each(['observe', 'judge'] as const)(
  'settles the delivery over which a rule throws in %s, and judges the next',
  async (name) => {
    const rule = faulty(name)
    const { hookward, receiver, register, comment, lines } = await world(rule.policy)
    await register()
    receiver.answer(404)
    await comment()
    rule.break()
    await comment()
    rule.mend()
    expect(await hookward.log('bot')).toMatchObject([{ became: 'dead' }, { became: 'dead' }])
    expect(await hookward.explain('bot')).toMatchObject({ state: 'degraded', evidence: { summary: '1 in a row' } })
    await comment()
    expect(await hookward.explain('bot')).toMatchObject({ state: 'broken' })
    expect(lines.filter((line) => line.includes('restarts from its last record'))).toHaveLength(1)
  },
)

it('harms no other integration', async () => {
  const rule = faulty('observe', (signal) => (signal as { readonly topic?: string }).topic === 'issue.created')
  const { hookward, receiver, register } = await world(rule.policy)
  await register({ topics: ['issue'] })
  await register({ slug: 'other', url: `${receiver.url}/other`, topics: ['comment'] })
  rule.break()
  receiver.answer(404)
  await hookward.notifyComment(aComment())
  await hookward.emit({ topic: 'issue.created', organization: 'acme', data: {} })
  await hookward.idle()
  expect(await hookward.log('bot')).toMatchObject([{ became: 'dead' }])
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
  expect(await hookward.explain('other')).toMatchObject({ state: 'degraded' })
})

it.each<[string, Partial<Policy>]>([
  ['a verdict without evidence', { judge: () => ({ level: 'disabled', wouldChange: 'x' }) as never }],
  [
    'a level nobody knows',
    { judge: () => ({ level: 'worse', evidence: { rule: 'r', summary: 's', facts: {} }, wouldChange: 'x' }) as never },
  ],
  ['no memory', { observe: () => undefined as never }],
  ['a memory that cannot be stored', { observe: () => ({ n: 1n }) as never }],
  ['a memory without an end', { observe: () => ({ long: 'x'.repeat(5_000) }) }],
  [
    'a forecast that is no moment',
    {
      judge: () =>
        ({
          level: 'degraded',
          evidence: { rule: 'r', summary: 's', facts: {} },
          wouldChange: 'x',
          next: { to: 'broken', at: NaN, unless: 'y' },
        }) as never,
    },
  ],
])('takes %s for a rule that threw', async (_, wrong) => {
  const rule = faulty('observe')
  const { hookward, receiver, register, comment, events } = await world({ ...rule.policy, ...late(rule.policy, wrong) })
  await register()
  receiver.answer(404)
  await comment()
  await hookward.idle({ timeoutMs: 5_000 })
  expect(await hookward.log('bot')).toMatchObject([{ became: 'dead' }])
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
  expect(events.map(({ type }) => type)).toEqual(['delivery.failed', 'delivery.dead'])
})

it('refuses a registration over which the rule throws, before anything is written', async () => {
  const rule = faulty('judge')
  const { hookward, register } = await world(rule.policy)
  rule.break()
  await expect(register()).rejects.toMatchObject({ code: 'POLICY_INVALID' })
  expect(hookward.integrations.list()).toEqual([])
})

it.each(['foldable', 'bucketOf'] as const)('tells each success by itself while %s throws', async (name) => {
  const rule = faulty(name)
  const { hookward, register, comment } = await world(rule.policy)
  await register()
  rule.break()
  await comment()
  await comment()
  expect(await hookward.log('bot')).toMatchObject([{ became: 'delivered' }, { became: 'delivered' }])
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
})

it('can be switched off by hand while the rule throws over everything', async () => {
  const rule = faulty('observe')
  const { hookward, register, comment } = await world(rule.policy)
  await register()
  await comment()
  rule.break()
  await comment()
  expect(await hookward.integrations.disable('bot')).toMatchObject({ state: 'disabled' })
})

it('asks a rule that threw over a timer again, so that a broken integration still probes', async () => {
  const rule = faulty('judge')
  const { hookward, receiver, clock, register, comment } = await world(rule.policy)
  await register()
  receiver.answer(404)
  await comment()
  await comment()
  rule.break()
  clock.advanceBy(minuteMs)
  await hookward.idle()
  rule.mend()
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.holding' })
  expect(receiver.requests).toHaveLength(2)
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(3)
})

it('asks a rule whose forecast does not come true once a second', async () => {
  const rule = streak({ retriesMs: [] }) as Policy
  const judge: Policy['judge'] = (memory, at) => {
    const verdict = rule.judge(memory, at)
    return verdict.next === undefined ? verdict : { ...verdict, next: { ...verdict.next, at: at - 1 } }
  }
  let asked = 0
  const counting: Policy['judge'] = (...given) => ((asked += 1), judge(...given))
  const { hookward, receiver, clock, register, comment } = await world({ ...rule, judge: counting })
  await register()
  receiver.answer(500)
  await comment()
  await hookward.idle({ timeoutMs: 5_000 })
  const before = asked
  clock.advanceBy(999)
  await hookward.idle()
  expect(asked).toBe(before)
  clock.advanceBy(1)
  await hookward.idle({ timeoutMs: 5_000 })
  expect(asked).toBe(before + 1)
})

/** The streak rule with one function that can be broken, for the signals given, and mended. */
function faulty(name: 'observe' | 'judge' | 'foldable' | 'bucketOf', isIt: (signal: unknown) => boolean = () => true) {
  const rule = streak({ retriesMs: [] }) as Policy
  let isBroken = false
  const broken = (...given: readonly unknown[]) => {
    if (isBroken && isIt(given[1])) throw new Error('a defect of the rule')
    return (rule[name] as (...given: readonly unknown[]) => unknown)(...given)
  }
  return {
    policy: { ...rule, outcomes: deadAtOnce(rule.outcomes), [name]: broken },
    break: () => (isBroken = true),
    mend: () => (isBroken = false),
  }
}

function deadAtOnce(outcomes: Policy['outcomes']): Policy['outcomes'] {
  return { ...outcomes, statuses: { 404: { settles: 'dead', counts: 'failed' } } }
}

/** Answers wrongly once something has been observed: at the door all is well. */
function late(policy: Policy, wrong: Partial<Policy>): Partial<Policy> {
  let isLate = false
  return {
    observe: (...given) => {
      isLate = true
      return { ...policy, ...wrong }.observe(...given)
    },
    judge: (...given) => (isLate ? { ...policy, ...wrong } : policy).judge(...given),
  }
}

async function world(policy: Policy) {
  const lines: string[] = []
  const line = (fields: object, fact: string) => void lines.push(`${fact} ${JSON.stringify(fields)}`)
  const logger: Logger = { info: line, warn: line, error: line }
  return { lines, ...(await startWorld({ policy, logger })) }
}
