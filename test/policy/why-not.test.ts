import { describe, expect, it } from 'vitest'
import { sentry, standard, type CountedSignal, type StandardMemory } from '../../src/policy/index.ts'
import { dayMs, failed, hourMs, minuteMs, ok, probed, spread, start } from '../support/standard-signals.ts'

const policy = standard()
const breaking = spread(10, 0, 5 * minuteMs, (ms) => failed(ms))

function after(signals: readonly CountedSignal[]): StandardMemory {
  return signals.reduce((memory, signal) => policy.observe(memory, signal), policy.empty())
}

const told = (signals: readonly CountedSignal[], at: number) =>
  Object.fromEntries((policy.whyNot?.(after(signals), at) ?? []).map(({ level, because }) => [level, because]))

describe('the standard rule says why it is not', () => {
  it('degraded, broken or disabled, while it is healthy', () => {
    expect(told([ok(0, 5), failed(1_000), failed(13_000)], start + 13_000)).toEqual({
      degraded:
        '2 of 5 failures in a row, over 12 s of 30 s; 2 of 7 failed in the last 10 min, and it takes 50 % of at least 20',
      broken:
        '2 of 10 failures in a row, over 12 s of 5 min; 2 of 7 failed in the last 10 min, and it takes 90 % of at least 50; 2 of 5 attempts without a success, over 12 s of 2 h',
      disabled:
        '12 s of 120 h have passed without a success, and it takes 18 more attempts or probes and failures on 2 more UTC days and failures of 1 more delivery',
    })
  })

  it('worse, when nothing has failed since the last success', () => {
    expect(told([failed(0), ok(1_000)], start + 1_000)).toMatchObject({
      broken: expect.stringContaining('nothing has failed since the last success') as string,
      disabled: 'nothing has failed since the last success',
    })
  })

  it('disabled, while it is broken: in time alone once all else holds', () => {
    const dying = [...breaking, ...spread(30, hourMs, 3 * dayMs, (ms) => probed(ms))]
    expect(told(dying, start + 4 * dayMs)).toEqual({
      disabled: '96 h of 120 h have passed without a success',
    })
    const published = dying.map((signal) => ({ ...signal, status: 'published' as const }))
    expect(told(published, start + 4 * dayMs)).toEqual({
      disabled: 'a published integration is disabled by hand or by its receiver only',
    })
  })

  it('nothing more once it is disabled', () => {
    const dead = [...breaking, ...spread(30, hourMs, 3 * dayMs, (ms) => probed(ms))]
    expect(told(dead, start + 5 * dayMs - 1)).toHaveProperty('disabled')
    expect(told(dead, start + 5 * dayMs)).toEqual({})
  })

  it('in no more than 500 characters for each', () => {
    for (const because of Object.values(told([failed(0)], start))) expect(because.length).toBeLessThanOrEqual(500)
  })
})

describe('the rule of the documents says why it is not', () => {
  const rule = sentry()
  const signal = failed(0, '404')
  const because =
    ' of the last 7 days had errors and no success, and it takes all; at most 0 attempts timed out on one of them, and it takes 1000'

  it('degraded or disabled, while it is healthy', () => {
    expect(rule.whyNot?.(rule.empty(), start)).toEqual([
      { level: 'degraded', because: 'no day of the last 7 had errors and no success' },
      { level: 'disabled', because: `0${because}` },
    ])
  })

  it('disabled, while it is degraded; and nothing more once it is', () => {
    const one = rule.observe(rule.empty(), signal)
    expect(rule.whyNot?.(one, start)).toEqual([{ level: 'disabled', because: `1${because}` }])
    const strict = sentry({ windowDays: 1 })
    expect(strict.whyNot?.(strict.observe(strict.empty(), signal), start)).toEqual([])
  })
})
