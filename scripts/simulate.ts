import { parseArgs } from 'node:util'
import { plant, plants, type Plant } from '../test/simulation/plants.ts'
import { promiseOf } from '../test/simulation/shrink.ts'
import { simulate } from '../test/simulation/simulate.ts'

/**
 * `npm run -s simulate -- --seeds 60 --seed 1` plays a random world for each seed and looks after every step whether a
 * promise is broken; one line of JSON, exit 1 when one was, with the seed and the shortest script that breaks it.
 * `--plant` puts a fault in, and exits 1 when nobody notices it.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    plant: { type: 'string' },
  },
})
const planted = plantOf(values.plant)
if (planted !== undefined) plant(planted)
const began = performance.now()
const { failure, ...counts } = await simulate(Number(values.seeds), Number(values.seed))
const seconds = Math.round((performance.now() - began) / 100) / 10
const caught = planted === undefined ? {} : { plant: planted, caught: failure !== undefined }
console.log(
  JSON.stringify({
    ...counts,
    seconds,
    ...caught,
    ...(failure && { seed: failure.seed, broken: promiseOf(failure.violations) }),
  }),
)
if (failure !== undefined) {
  console.error(failure.violations.slice(0, 5).join('\n'))
  console.error(JSON.stringify(failure.script))
  console.error(failure.trace.slice(-40).join('\n'))
}
process.exitCode = (failure !== undefined) === (planted !== undefined) ? 0 : 1

function plantOf(name: string | undefined): Plant | undefined {
  const found = plants.find((one) => one === name)
  if (name !== undefined && found === undefined) throw new Error(`--plant takes ${plants.join(', ')}`)
  return found
}
