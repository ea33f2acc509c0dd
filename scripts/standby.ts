import { parseArgs } from 'node:util'
import { seededRandom } from '../src/testing.ts'
import { isBroken } from '../test/torture/standby/judge.ts'
import { tortureStandby } from '../test/torture/standby/kills.ts'

/**
 * `npm run -s torture:standby -- --kills 40 --processes 3 --seed 1` kills processes that share a folder, under full load;
 * one line of JSON, exit 1 when an accepted event was lost, accepted twice, or came out of its order.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '40' },
    processes: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
})
const [kills, processes, seed] = [Number(values.kills), Number(values.processes), Number(values.seed)]
const random = seededRandom(seed)
const began = performance.now()
const verdict = await tortureStandby({ processes, kills, chance: () => random.fraction() })
const seconds = Math.round((performance.now() - began) / 1_000)
console.log(JSON.stringify({ kills, processes, seed, seconds, ...verdict }))
process.exitCode = isBroken(verdict) ? 1 : 0
