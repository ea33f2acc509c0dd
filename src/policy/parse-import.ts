import { HookwardError } from '../domain/errors.ts'
import { checkFields, checkList, refuse, type Field } from './check.ts'
import { parseCsv, type CsvRow } from './csv.ts'

/** One line of an import: what it asks for, not yet checked by itself, or why it cannot be read. */
export type ImportLine =
  | {
      readonly line: number
      readonly input: Readonly<Record<string, unknown>>
      readonly installations: readonly unknown[]
    }
  | { readonly line: number; readonly error: HookwardError }

/** How integrations are imported. */
export interface ImportOptions {
  /** How the text is written. @default `jsonl` when the text begins with a brace, else `csv` */
  readonly format?: 'csv' | 'jsonl'
  /** Checks every line and says what would become of it; writes nothing. @default false */
  readonly dryRun?: boolean
  /** `stop`: one bad line, and nothing is written. `skip`: the good ones are. @default 'stop' */
  readonly refused?: 'stop' | 'skip'
  /** Who imports, for the audit: 1 to 256 characters. @default 'host' */
  readonly by?: string
  /** Why: at most 1,024 characters. @default none */
  readonly reason?: string
}

const charsMax = 16 * 1_048_576
const linesMax = 100_000

/** Reads the text of an import. Throws `IMPORT_INVALID` when it is no table, or no text, at all. */
export function parseImport(text: unknown, format?: 'csv' | 'jsonl'): readonly ImportLine[] {
  if (typeof text !== 'string') return refuse(field('the text'), 'must be a text')
  if (text.length > charsMax) return refuse(field('the text'), `must not be longer than ${charsMax} characters`)
  const isJson = format === undefined ? text.trimStart().startsWith('{') : format === 'jsonl'
  const lines = isJson ? jsonLines(text) : csvLines(text)
  return lines.length > linesMax ? refuse(field('the text'), `must not have more than ${linesMax} lines`) : lines
}

function jsonLines(text: string): readonly ImportLine[] {
  return text.split(/\r\n|\n/).flatMap((one, n) => (one.trim() === '' ? [] : [read(n + 1, () => jsonLine(one))]))
}

function jsonLine(text: string) {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(field('the line'), 'must be a JSON object')
  const { installations = [], ...input } = value as Readonly<Record<string, unknown>>
  return { input, installations: checkList(installations, field('installations'), 1_000) }
}

/** What is wrong with it is not quoted: a line holds a secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuse(field('the line'), 'must be JSON')
  }
}

function csvLines(text: string): readonly ImportLine[] {
  const [head, ...rows] = parseCsv(text)
  if (head === undefined) return refuse(field('the text'), 'must begin with a line of column names')
  const names = head.cells.map((name) => name.trim())
  checkFields(Object.fromEntries(names.map((name) => [name, ''])), field('the first line'), columns)
  if (new Set(names).size < names.length) refuse(field('the first line'), 'names a column twice')
  return rows.map((row) => read(row.line, () => csvLine(names, row)))
}

function csvLine(names: readonly string[], { cells }: CsvRow) {
  if (cells.length !== names.length) refuse(field('the line'), `has ${cells.length} cells, and not ${names.length}`)
  const given: Readonly<Record<string, string>> = Object.fromEntries(
    names.map((name, n) => [name, (cells[n] ?? '').trim()] as const).filter(([, cell]) => cell !== ''),
  )
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(given).map(([name, cell]) => [name, Object.hasOwn(readers, name) ? readers[name]?.(cell) : cell]),
  )
  const { secretRef, installations, ...input } = fields
  return {
    input: { ...input, ...(secretRef === undefined ? {} : { secret: secretRef }) },
    installations: ((installations as readonly string[] | undefined) ?? []).map((organization) => ({ organization })),
  }
}

/** An empty cell says nothing: a field that is there stays as it is. */
const readers: Readonly<Record<string, (cell: string) => unknown>> = {
  topics: list,
  ownProjects: list,
  installations: list,
  owners: (cell) => list(cell).map((email) => ({ email })),
  secretRef: (ref) => ({ ref }),
  ordered: (by) => ({ by }),
  deadlineMs: Number,
}

const columns = [
  ...['slug', 'organization', 'url', 'secret', 'secretRef', 'signing', 'name', 'status', 'topics', 'owners'],
  ...['ownProjects', 'ordered', 'deadlineMs', 'headers', 'uuid', 'installations'],
]

function list(cell: string): readonly string[] {
  return cell
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function read(line: number, reading: () => Omit<Extract<ImportLine, { input: unknown }>, 'line'>): ImportLine {
  try {
    return { line, ...reading() }
  } catch (error) {
    if (error instanceof HookwardError) return { line, error }
    throw error
  }
}

function field(name: string): Field {
  return { code: 'IMPORT_INVALID', name }
}
