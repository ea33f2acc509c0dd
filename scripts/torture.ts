import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { plants, type Plant } from '../test/torture/fleet.ts'
import { torture } from '../test/torture/kills.ts'

/**
 * `npm run -s torture -- --kills 20 --seed 1` kills a real engine under full load; one line of JSON, exit 1 when a
 * promise was broken. `--plant` puts a fault in, and exits 1 when nobody notices it.
 * `--damage` changes every byte and makes every cut of a small store; `--faults` lets every call to the disk fail, or
 * the machine stop there: both are the tests of test/adapters, without leaving anything out.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    plant: { type: 'string' },
    damage: { type: 'boolean', default: false },
    faults: { type: 'boolean', default: false },
  },
})
if (values.damage) exhaust('damage', 'test/adapters/journal-damage.test.ts')
else if (values.faults) exhaust('faults', 'test/adapters/journal-crash.test.ts')
else await killAll()

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
  const kills = Number(values.kills)
  const plant = plantOf(values.plant)
  const { faults, ...counts } = await torture(kills, chanceFrom(Number(values.seed)), plant)
  const isCaught = faults.length > 0
  console.log(
    JSON.stringify({ kills, seed: Number(values.seed), ...counts, ...(plant && { plant, caught: isCaught }), faults }),
  )
  process.exitCode = isCaught === (plant !== null) ? 0 : 1
}

function plantOf(name: string | undefined): Plant | null {
  if (name === undefined) return null
  const plant = plants.find((one) => one === name)
  if (plant === undefined) throw new Error(`--plant takes ${plants.join(', ')}`)
  return plant
}

/** Deterministic, from 0 up to 1. */
function chanceFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
