import { parseArgs } from 'node:util'
import { skipped } from '../test/support/restate.ts'
import { plants, type Plant } from '../test/restate/torture/fleet.ts'
import { torture } from '../test/restate/torture/torture.ts'

/**
 * `npm run -s torture:restate -- --kills 50 --seed 1` kills workers, the server and nodes of a cluster under load; one
 * line of JSON, exit 1 when a promise was broken. `--plant` puts a fault in, and exits 1 when nobody notices it.
 * `--loud` tells of each kill. What cannot be is refused with exit 2.
 */
const values = read()
if (skipped !== '') refuse(skipped)
const [kills, seed] = [wholeOf('kills', values.kills, 1), wholeOf('seed', values.seed, 0)]
const plant: Plant | null =
  values.plant === undefined
    ? null
    : (plants.find((one) => one === values.plant) ?? refuse(`--plant takes ${plants.join(', ')}, not ${values.plant}`))
const say = values.loud ? (fact: string) => console.error(fact) : () => undefined
const { faults, ...counts } = await torture({ kills, chance: chanceFrom(seed), plant, say })
const isCaught = faults.length > 0
console.log(
  JSON.stringify({ runtime: 'restate', kills, seed, ...counts, ...(plant && { plant, caught: isCaught }), faults }),
)
process.exit(isCaught === (plant !== null) ? 0 : 1)

function read() {
  try {
    const { values } = parseArgs({
      options: {
        kills: { type: 'string', default: '20' },
        seed: { type: 'string', default: '1' },
        plant: { type: 'string' },
        loud: { type: 'boolean', default: false },
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

function wholeOf(name: string, text: string, least: number): number {
  const value = Number(text)
  return Number.isSafeInteger(value) && value >= least
    ? value
    : refuse(`--${name} takes a whole number from ${least}, not ${text}`)
}

/** Deterministic, from 0 up to 1. */
function chanceFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
