import { readFile } from 'node:fs/promises'
import { guarded } from './deliver.ts'
import type { Effort, Row } from './rows.ts'

/** What was measured when it was last looked at closely. */
type Recorded = readonly Pick<Row, 'name' | 'inFlight' | 'ratio'>[]

/** A change may cost so many times what is recorded: machines differ, and none is quiet. */
const timesMax = 1.5

/** Ratios of CPU against those recorded in `benchmarks/recorded.json`. What is above is measured again, twice at most. */
export async function guard(effort: Effort): Promise<readonly Row[]> {
  const recorded = JSON.parse(await readFile('benchmarks/recorded.json', 'utf8')) as Recorded
  let rows = held(await guarded(effort), recorded)
  for (let again = 0; again < 2 && rows.some(({ met }) => met === false); again += 1)
    rows = least(rows, held(await guarded(effort), recorded))
  return rows
}

function held(rows: readonly Row[], recorded: Recorded): readonly Row[] {
  return rows.map((row) => {
    const known = recorded.find(({ name, inFlight }) => name === row.name && inFlight === row.inFlight)
    if (known?.ratio === undefined) throw new Error(`${row.name} at ${row.inFlight} is not in benchmarks/recorded.json`)
    const goal = Math.round(known.ratio * timesMax * 100) / 100
    return { ...row, goal, met: (row.ratio ?? Infinity) <= goal }
  })
}

/** Other work on the machine only ever adds to a figure. */
function least(rows: readonly Row[], others: readonly Row[]): readonly Row[] {
  return rows.map((row, n) => ((others[n]?.ratio ?? Infinity) < (row.ratio ?? Infinity) ? (others[n] ?? row) : row))
}
