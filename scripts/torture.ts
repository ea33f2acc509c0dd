import { parseArgs } from 'node:util'
import { plants, type Plant } from '../test/torture/fleet.ts'
import { torture } from '../test/torture/kills.ts'

/**
 * `npm run -s torture -- --kills 20 --seed 1` kills a real engine under full load; one line of JSON, exit 1 when a
 * promise was broken. `--plant` puts a fault in, and exits 1 when nobody notices it.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    plant: { type: 'string' },
  },
})
const kills = Number(values.kills)
const plant = plantOf(values.plant)
const { faults, ...counts } = await torture(kills, chanceFrom(Number(values.seed)), plant)
const isCaught = faults.length > 0
console.log(
  JSON.stringify({ kills, seed: Number(values.seed), ...counts, ...(plant && { plant, caught: isCaught }), faults }),
)
process.exitCode = isCaught === (plant !== null) ? 0 : 1

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
