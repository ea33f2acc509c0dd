import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from '../../benchmarks/bench/rows.ts'
import { table } from './tables.ts'

/** What `npm run -s bench -- --json` printed when it was last looked at closely, on each Node. */
interface Results {
  readonly measured: string
  readonly machine: string
  readonly runs: readonly { readonly node: string; readonly rows: readonly Row[] }[]
}

/** Every figure beside its goal, a column for each Node. */
export function figureTable(root: string): string {
  const { measured, machine, runs } = JSON.parse(
    readFileSync(join(root, 'benchmarks', 'results.json'), 'utf8'),
  ) as Results
  const keys = [...new Set(runs.flatMap(({ rows }) => rows.map(keyOf)))]
  const head = ['figure', 'against, or unit', 'goal', ...runs.map(({ node }) => `Node ${node}`)]
  return `Measured ${measured} on ${machine}.\n\n${table(
    head,
    keys.map((key) => cellsOf(key, runs)),
  )}`
}

function cellsOf(key: string, runs: Results['runs']): readonly string[] {
  const found = runs.map(({ rows }) => rows.find((row) => keyOf(row) === key))
  const { baseline, unit, goal } = found.find((row) => row !== undefined) ?? {}
  return [key, baseline ?? unit ?? '', goal === undefined ? '' : String(goal), ...found.map(figureOf)]
}

function keyOf({ name, inFlight, count }: Row): string {
  const of = [
    ...(count === undefined ? [] : [count.toLocaleString('en')]),
    ...(inFlight === undefined ? [] : [`${inFlight} in flight`]),
  ]
  return of.length === 0 ? `\`${name}\`` : `\`${name}\`, ${of.join(', ')}`
}

function figureOf(row: Row | undefined): string {
  if (row === undefined) return ''
  const figure = row.ratio ?? row.value ?? ''
  return row.met === false ? `${figure} (missed)` : String(figure)
}
