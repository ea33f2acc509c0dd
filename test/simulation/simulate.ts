import { seededRandom } from '../../src/testing.ts'
import { play, type Played } from './play.ts'
import { drawScript, type Script } from './script.ts'
import { promiseOf, shrink } from './shrink.ts'

/** What many worlds came to. */
export interface Simulated {
  readonly seeds: number
  readonly steps: number
  readonly deliveries: number
  readonly crashes: number
  readonly violations: number
  /** The first world in which a promise was broken. */
  readonly failure?: Failure
}

/** A world in which a promise was broken, as short as it could be made. */
export interface Failure {
  readonly seed: number
  readonly violations: readonly string[]
  readonly script: Script
  readonly trace: readonly string[]
}

/** Plays a world for each seed, from this one on; ends at the first failure. */
export async function simulate(seeds: number, from = 1): Promise<Simulated> {
  const sum = { seeds: 0, steps: 0, deliveries: 0, crashes: 0, violations: 0 }
  for (let seed = from; seed < from + seeds; seed += 1) {
    const script = drawScript(seededRandom(seed), seed)
    const played = await play(script)
    sum.seeds += 1
    for (const name of ['steps', 'deliveries', 'crashes'] as const) sum[name] += played[name]
    sum.violations += played.violations.length
    if (played.violations.length > 0) return { ...sum, failure: await failureOf(script, played) }
  }
  return sum
}

async function failureOf(script: Script, played: Played): Promise<Failure> {
  const broken = promiseOf(played.violations)
  const short = broken === undefined ? script : await shrink(script, broken, play)
  const { violations, trace } = await play(short)
  return { seed: script.seed, violations, script: short, trace }
}
