import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { plants, type Plant } from '../test/torture/fleet.ts'
import { torture } from '../test/torture/kills.ts'
import { policyNames, type PolicyName } from '../test/torture/policies.ts'

/**
 * `npm run -s torture -- --kills 20 --seed 1 --policy standard` kills a real engine under full load; one line of JSON,
 * exit 1 when a promise was broken. `--policy` is `standard` unless it is `sentry`. `--plant` puts a fault in, and exits
 * 1 when nobody notices it. What cannot be is refused with exit 2.
 * `--damage` changes every byte and makes every cut of a small store; `--faults` lets every call to the disk fail, or
 * the machine stop there: both are the tests of test/adapters, without leaving anything out.
 */
const values = read()
if (values.damage) exhaust('damage', 'test/adapters/journal-damage.test.ts')
else if (values.faults) exhaust('faults', 'test/adapters/journal-crash.test.ts')
else await killAll()

function read() {
  try {
    const { values } = parseArgs({
      options: {
        kills: { type: 'string', default: '20' },
        seed: { type: 'string', default: '1' },
        policy: { type: 'string', default: 'standard' },
        plant: { type: 'string' },
        damage: { type: 'boolean', default: false },
        faults: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    return refuse((error as Error).message)
  }
}

function refuse(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}

/** Runs a test file with nothing left out. */
function exhaust(mode: string, file: string): void {
  const began = performance.now()
  const env = { ...process.env, HOOKWARD_EVERY: '1' }
  const { status, stdout } = spawnSync('npx', ['vitest', 'run', file, '--reporter=json'], { env, encoding: 'utf8' })
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { numPassedTests: number; numFailedTests: number }
  const seconds = Math.round((performance.now() - began) / 1_000)
  console.log(JSON.stringify({ mode, passed: report.numPassedTests, failed: report.numFailedTests, seconds }))
  process.exitCode = status ?? 1
}

async function killAll(): Promise<void> {
  const [kills, seed] = [wholeOf('kills', values.kills, 1), wholeOf('seed', values.seed, 0)]
  const policy: PolicyName = oneOf('policy', values.policy, policyNames)
  const plant: Plant | null = values.plant === undefined ? null : oneOf('plant', values.plant, plants)
  const { faults, ...counts } = await torture({ policy, kills, chance: chanceFrom(seed), plant })
  const isCaught = faults.length > 0
  console.log(JSON.stringify({ policy, kills, seed, ...counts, ...(plant && { plant, caught: isCaught }), faults }))
  process.exitCode = isCaught === (plant !== null) ? 0 : 1
}

function wholeOf(name: string, text: string, least: number): number {
  const value = Number(text)
  return Number.isSafeInteger(value) && value >= least
    ? value
    : refuse(`--${name} takes a whole number from ${least}, not ${text}`)
}

function oneOf<T extends string>(name: string, text: string, all: readonly T[]): T {
  return all.find((one) => one === text) ?? refuse(`--${name} takes ${all.join(', ')}, not ${text}`)
}

/** Deterministic, from 0 up to 1. */
function chanceFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
