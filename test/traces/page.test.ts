import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { scoresOf, tableOf, traceNames, withTables } from '../../scripts/lib/trace-page.ts'
import { rules } from '../../scripts/lib/trace-scores.ts'

const page = readFileSync('docs/reference/traces.md', 'utf8')

describe('the page of the traces', () => {
  it('holds what the rules do on traces that are quickly run (npm run -s traces writes all of them anew)', () => {
    const scores = scoresOf(['oneAWeek', 'throttled'])
    expect(withTables(page, scores)).toBe(page)
  }, 60_000)

  it('has a table for each trace, with a row for each rule, and their sums', () => {
    const sums = rowsOf('all')
    expect(sums.map(([rule]) => rule)).toEqual(Object.keys(rules))
    const tables = traceNames.map(rowsOf)
    for (const [i, [rule, ...columns]] of sums.entries())
      for (const column of [0, 1, 3, 4])
        expect(
          tables.reduce((sum, rows) => sum + numberOf(rows[i]?.[column + 1] ?? ''), 0),
          `${rule}, ${column}`,
        ).toBe(numberOf(columns[column] ?? ''))
  })

  it('counts nobody as told who never was', () => {
    const score = { disabledAlive: 0, alive: 1, dead: 2, missed: 1, mails: 3, lost: 0, events: 9, outcomes: 9 }
    const table = tableOf({ x: { ...score, untilToldMs: [Infinity, 5_400_000] } })
    expect(table.split('\n').at(-1)).toMatch(/^\| x +\| 0 of 1 +\| 1 of 2 +\| 1.5 to never +\| 3 +\| 0 +\|$/)
  })
})

function rowsOf(name: string): readonly (readonly string[])[] {
  const [, text = ''] = page.split(`<!-- traces:${name} -->`)
  const [table = ''] = text.split('<!-- /traces -->')
  const rows = table.trim().split('\n').slice(2)
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

function numberOf(cell: string): number {
  return Number(/^[\d,]+/.exec(cell)?.[0].replaceAll(',', '') ?? 0)
}
