import { table, type Table } from './integration.table.ts'
import { walkAll, type Walk } from './integration.walk.ts'

/** What `npm run model` prints. */
export interface Report {
  readonly states: number
  readonly signals: number
  readonly pairs: number
  /** Pairs whose every line of the table was met by a walk. */
  readonly pairsCovered: number
  readonly paths: number
}

/** Walks the chart and counts. @throws where chart and table differ */
export function report(): Report {
  const walk = walkAll(table)
  const states = Object.keys(table).length
  const pairs = pairsOf(table)
  const pairsCovered = pairs.length - new Set(unmet(table, walk).map((line) => line.split(' #')[0])).size
  return { states, signals: pairs.length / states, pairs: pairs.length, pairsCovered, paths: walk.paths }
}

/** The lines of the table that no walk has met. */
export function unmet(table: Table, { edges }: Walk): readonly string[] {
  const met = new Set(edges.map(({ line }) => line))
  return pairsOf(table)
    .flatMap(({ pair, lines }) => lines.map((_, i) => `${pair} #${i}`))
    .filter((line) => !met.has(line))
}

function pairsOf(table: Table) {
  return Object.entries(table).flatMap(([state, signals]) =>
    Object.entries(signals).map(([signal, lines]) => ({ pair: `${state} x ${signal}`, lines })),
  )
}
