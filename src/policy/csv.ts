import { HookwardError } from '../domain/errors.ts'

/** One row of a table, and the line on which it begins. */
export interface CsvRow {
  readonly line: number
  readonly cells: readonly string[]
}

/** Reads CSV as RFC 4180 has it: quoted cells may hold commas, line breaks and doubled quotes. Empty lines are left out. */
export function parseCsv(text: string): readonly CsvRow[] {
  const rows: CsvRow[] = []
  // A quoted cell, or a plain one, and what ends it.
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y
  let line = 1
  let began = 1
  let cells: string[] = []
  for (cell.lastIndex = text.startsWith('\uFEFF') ? 1 : 0; ;) {
    const found = cell.exec(text)
    if (found === null)
      throw new HookwardError('IMPORT_INVALID', `line ${line} has a quote that is not closed or not doubled`)
    const [whole, quoted, plain = '', end] = found
    cells.push(quoted?.replaceAll('""', '"') ?? plain)
    line += whole.split(/\r\n|\n|\r/).length - 1
    if (end === ',') continue
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: began, cells })
    if (cell.lastIndex >= text.length) return rows
    cells = []
    began = line
  }
}
