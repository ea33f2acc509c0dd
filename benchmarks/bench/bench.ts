import { parseArgs } from 'node:util'
import { deliver } from './deliver.ts'
import { fairness } from './fairness.ts'
import { guard } from './guard.ts'
import { host } from './host.ts'
import { idle } from './idle.ts'
import { scale } from './scale.ts'
import { parts as partsOfOne } from './parts.ts'
import type { Effort, Row } from './rows.ts'

const parts: Readonly<Record<string, (effort: Effort) => Promise<readonly Row[]>>> = {
  deliver,
  scale,
  idle,
  host,
  fairness,
  parts: partsOfOne,
  guard,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '9' },
    events: { type: 'string', default: '4000' },
    'warm-up': { type: 'string', default: '5000' },
    share: { type: 'string', default: '1' },
  },
})
const effort: Effort = {
  rounds: Number(values.rounds),
  events: Number(values.events),
  warmUp: Number(values['warm-up']),
  share: Number(values.share),
}
const asked = positionals.length === 0 ? ['deliver', 'parts', 'scale', 'idle', 'host', 'fairness'] : positionals
const unknown = asked.filter((name) => parts[name] === undefined)
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}
const rows: Row[] = []
for (const name of asked)
  for (const row of (await parts[name]?.(effort)) ?? []) {
    rows.push(row)
    console.log(values.json ? JSON.stringify(row) : inWords(row))
  }
if (!values.json) console.log(`node ${process.version}: ${rows.filter(({ met }) => met === false).length} goals missed`)

// Goals are for reading; what is recorded is not to be left behind.
if (asked.includes('guard') && rows.some(({ name, met }) => name.startsWith('guard.') && met === false))
  process.exitCode = 1

function inWords({ name, inFlight, count, ratio, value, unit, baseline, goal, met, spread }: Row): string {
  const of = [count, inFlight === undefined ? undefined : `${inFlight} in flight`].filter((part) => part !== undefined)
  const figure = ratio === undefined ? `${value} ${unit}` : `${ratio} x ${baseline}`
  const against = goal === undefined ? '' : `, goal ${goal}: ${met === true ? 'met' : 'missed'}`
  return `${name} (${of.join(', ')}): ${figure}${against} [${spread.join(' to ')}]`
}
