import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/testing.ts'
import { play } from './play.ts'
import { drawScript } from './script.ts'
import { promiseOf, shrink } from './shrink.ts'
import { simulate } from './simulate.ts'

const run = promisify(execFile)
const tsx = ['--import', 'tsx', 'scripts/simulate.ts']

describe('a simulation', { timeout: 120_000 }, () => {
  it('plays a world for each seed, and finds every promise kept', async () => {
    const { seeds, violations, failure, ...counts } = await simulate(8, 1_001)
    expect({ seeds, violations, failure }).toEqual({ seeds: 8, violations: 0, failure: undefined })
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(8)
  })

  it('plays the same script the same way', async () => {
    const script = drawScript(seededRandom(7), 7)
    const [one, same] = [await play(script), await play(script)]
    expect(one.trace.length).toBeGreaterThan(10)
    expect(same).toEqual(one)
  })

  it('draws another script for another seed, all of it JSON', () => {
    const [one, other] = [drawScript(seededRandom(1), 1), drawScript(seededRandom(2), 2)]
    expect(other.actions).not.toEqual(one.actions)
    expect(JSON.parse(JSON.stringify(one))).toEqual(one)
  })

  it('makes a failure as short as it can: what is left is all needed', async () => {
    const script = drawScript(seededRandom(3), 3)
    const needed = new Set([script.actions[4], script.actions[script.actions.length - 1]])
    const short = await shrink(script, 'broken', ({ actions }) => {
      const isBroken = [...needed].every((one) => actions.includes(one as never))
      const violations = isBroken ? ['2024-06-01T12:00:00.000Z broken: by both'] : []
      return Promise.resolve({ steps: 0, deliveries: 0, crashes: 0, violations, trace: [] })
    })
    expect(new Set(short.actions)).toEqual(needed)
    expect(promiseOf(['something else: as well'])).toBe('something else')
    expect(promiseOf([])).toBeUndefined()
  })

  it('finds a fault that was put in, and prints the seed and the short script that shows it', async () => {
    const { stdout, stderr } = await run(process.execPath, [...tsx, '--seeds', '10', '--plant', 'stale-outcome'])
    const result = JSON.parse(stdout) as { seed: number; caught: boolean; broken: string }
    expect(result).toMatchObject({ caught: true, broken: 'a stale outcome never moves the chart' })
    const [fact = '', script = ''] = stderr.split('\n')
    expect(fact).toContain('a stale outcome never moves the chart')
    const { actions } = JSON.parse(script) as { actions: readonly unknown[] }
    expect(actions.length).toBeLessThan(drawScript(seededRandom(result.seed), result.seed).actions.length / 2)
  })

  it('fails when a fault is not found, and knows no other faults', async () => {
    const blind = run(process.execPath, [...tsx, '--seeds', '0', '--plant', 'two-probes'])
    await expect(blind).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('"caught":false') as string })
    await expect(run(process.execPath, [...tsx, '--plant', 'gremlin'])).rejects.toThrow('--plant takes')
  })
})
