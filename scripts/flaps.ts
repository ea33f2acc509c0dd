import { parseArgs } from 'node:util'
import { countFlaps, type FlapCase } from './lib/flaps.ts'
import { table } from './lib/tables.ts'

/**
 * `npm run -s flaps` shows how often an integration changes its state whose receiver fails by chance: steps of the
 * chart for each 10,000 deliveries, under both policies. `--deliveries`, `--pace` (ms between two) and `--seed`.
 */
const { values } = parseArgs({
  options: {
    deliveries: { type: 'string', default: '10000' },
    pace: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
})
const [deliveries, paceMs, seed] = [Number(values.deliveries), Number(values.pace), Number(values.seed)]

const rows: string[][] = []
for (const policy of ['standard', 'sentry'] as const)
  for (const failure of ['timeout', 'server'] as const)
    for (const share of [0.05, 0.1, 0.3, 0.5, 0.7])
      rows.push(await rowOf({ policy, failure, share, deliveries, paceMs, seed }))
const head = [
  'policy',
  'failures',
  'share',
  'transitions per 10,000',
  'attempts',
  'dead',
  'at the end',
  'since delivery',
]
console.log(`${deliveries} deliveries, one every ${paceMs / 1_000} s, seed ${seed}\n\n${table(head, rows)}`)

async function rowOf(given: FlapCase): Promise<string[]> {
  const { transitions, attempts, dead, ended, endedAfter } = await countFlaps(given)
  const per10k = Math.round((transitions * 10_000) / deliveries)
  const counts = [per10k, attempts, dead].map(String)
  return [given.policy, given.failure, `${given.share * 100} %`, ...counts, ended, String(endedAfter)]
}
