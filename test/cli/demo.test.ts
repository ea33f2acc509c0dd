import { describe, expect, it } from 'vitest'
import { spawned } from '../support/cli.ts'

const demo = (...flags: readonly string[]) => spawned(['demo', ...flags])

describe('The demo', { timeout: 60_000 }, () => {
  it('walks one integration through every state, under either policy, and ends by itself', async () => {
    const { stdout, stderr } = await demo('--json')
    const steps = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>)
    expect(stderr).toBe('')
    expect(steps.map(({ state }) => state)).toEqual([
      ...['healthy', 'degraded', 'broken', 'disabled', 'healthy'],
      ...['degraded', 'broken', 'healthy'],
    ])
    for (const step of steps) expect(Object.keys(step)).toEqual(['step', 'integration', 'state', 'detail'])
    expect(steps[0]?.detail).toBe('5 signed webhooks arrived at 2 receivers')
    expect(steps[4]?.detail).toBe('the missed comment has arrived')
    expect(steps[7]?.detail).toBe('all 10 comments have arrived, and nobody had to do anything')
  })

  it('tells stories a person can read, with the letter and the path of the chart', async () => {
    const { stdout } = await demo()
    expect(stdout).toContain('Subject: Action required: Fix your Acme Bot integration')
    expect(stdout).toContain('2 owners got a letter each')
    const paths = stdout.split('\n').filter((line) => line.startsWith("The chart's path"))
    expect(paths[0]).toBe(
      "The chart's path: healthy.steady -> degraded -> broken.holding -> broken.condemned -> disabled -> healthy.probation -> healthy.steady",
    )
    expect(paths[1]).toMatch(
      /^The chart's path: healthy.steady -> degraded -> .* -> broken.probing -> healthy.probation$/,
    )
    expect(stdout).toContain('Its owners have been told of it: 2 letters')
  })
})
