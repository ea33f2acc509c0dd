import { describe, expect, it } from 'vitest'
import { sentry, standard, type Policy } from '../../src/policy/index.ts'
import { policyContract, type PolicyContractOptions } from '../../src/testing.ts'
import { life } from '../../src/testing/life.ts'
import { breaker, dryRun, failOpen } from '../support/breaker-policy.ts'
import { streak } from '../support/streak-policy.ts'
import { flaws, sound } from './flawed-policies.ts'

const dayMs = 86_400_000
const strict = { memoryBytesMax: 2_048, verdictBytesMax: 2_048 }
const briefly = { ...strict, signals: 5_000 }
const busy = standard({
  degradedFailures: 2,
  degradedSpanMs: 0,
  brokenFailures: 4,
  brokenSpanMs: 0,
  windowMs: 2 * dayMs,
})
const policies: readonly (readonly [name: string, policy: Policy, options: PolicyContractOptions])[] = [
  ['sentry', sentry(), strict],
  ['sentry in Vienna', sentry({ timeZone: 'Europe/Vienna', windowDays: 2, timeoutsPerDay: 3 }), briefly],
  ['standard', standard(), strict],
  ['standard with other numbers', busy, briefly],
  ['a streak of a host', sound, briefly],
  ['a breaker of a host', breaker(), briefly],
  ['a breaker that only watches', dryRun(failOpen(breaker())), briefly],
]

for (const [name, policy, options] of policies)
  describe(`${name} keeps its word: it`, () => {
    for (const { title, run } of policyContract(policy, options)) it(title, run)
  })

describe('the contract of a policy', () => {
  const named = (wanted: string, policy: Policy) =>
    policyContract(policy, { signals: 5_000 }).find(({ title }) => title === wanted)

  it.each(flaws)('finds one that breaks it: %s, when %s', (title, _, flaw, fact) => {
    expect(() => named(title, sound)?.run()).not.toThrow()
    const run = named(title, { ...sound, ...flaw })?.run
    expect(run).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }) as Error)
    expect(run).toThrow(fact)
  })

  it('has no case that no flawed policy fails', () => {
    const caught = new Set(flaws.map(([title]) => title))
    expect(policyContract(sound).filter(({ title }) => !caught.has(title))).toEqual([])
  })

  it('asks nothing of parts that a policy leaves out', () => {
    const bare: Policy = streak()
    expect(policyContract(bare)).toHaveLength(policyContract(sound).length - 4)
  })

  it('says at which signal of which seed, the same each time', () => {
    const [title, , flaw] = flaws.find(([, what]) => what.includes('success')) ?? []
    const factOf = (seed: number) => {
      const one = policyContract({ ...sound, ...flaw }, { seed }).find((other) => other.title === title)
      try {
        one?.run()
      } catch (error) {
        return String(error)
      }
      return undefined
    }
    expect(factOf(7)).toMatch(/at signal \d+ of seed 7 \([a-z.]+( with \w+)?, 20\d\d-[^)]+Z\)/)
    expect(factOf(7)).toBe(factOf(7))
    expect(factOf(8)).not.toBe(factOf(7))
  })
})

it.each([
  ['sentry', sentry()],
  ['standard', standard()],
] as readonly (readonly [string, Policy])[])('leads %s through every level and every kind of signal', (_, policy) => {
  const met = { levels: new Set<string>(), signals: new Set<string>(), forecasts: new Set<string>() }
  for (const { at, memory, signal } of life(policy, 1, 2_000)) {
    const { level, next } = policy.judge(memory, at)
    met.levels.add(level)
    met.signals.add(signal.type === 'delivery.ok' && signal.n > 1 ? 'bulk' : signal.type)
    if (next !== undefined) met.forecasts.add(next.to)
  }
  const isSentry = policy.name === 'sentry'
  const probes = isSentry ? [] : ['probe.failed', 'probe.ok', 'receiver.disable']
  expect([...met.levels].sort()).toEqual([...(isSentry ? [] : ['broken']), 'degraded', 'disabled', 'healthy'])
  expect([...met.signals].sort()).toEqual(['bulk', 'delivery.failed', 'delivery.ok', ...probes])
  expect([...met.forecasts]).toEqual([isSentry ? 'healthy' : 'disabled'])
})
