import ts from 'typescript'
import type { Page } from './markdown.ts'
import { descendants, parse, type Sources } from './source.ts'

/** One row of a table that says which tests prove what. */
export interface Row {
  /** The text of its first cell. */
  readonly name: string
  readonly line: number
  readonly cited: readonly Citation[]
  /** What its last cell holds beside citations: a citation that is malformed is found here. */
  readonly beside: string
  /** It says "not yet": what is missing is told. */
  readonly isOpen: boolean
}

/** `[name](../../test/a.test.ts): "title"`, by the path from the root. */
export interface Citation {
  readonly file: string
  readonly title: string
}

/** The rows of every table of a page, but for the heads. */
export function rowsOf({ text }: Page): readonly Row[] {
  const lines = text.split('\n').map((line, index) => ({ line, number: index + 1 }))
  const body = lines.filter(({ line }, index) => isRow(line) && !isRule(line) && !isRule(lines[index + 1]?.line ?? ''))
  return body.map(({ line, number }) => ({
    name: (line.split('|')[1] ?? '').trim(),
    line: number,
    cited: citationsIn(line),
    beside: (line.split('|').at(-2) ?? '').replace(citation, '').replaceAll('<br>', '').trim(),
    isOpen: line.includes('not yet'),
  }))
}

/** What is wrong with the citations of a page: rows that prove nothing, files and titles that do not exist. */
export function unproven(page: Page, tests: Sources): readonly string[] {
  const titles = new Map([...tests].map(([path, text]) => [path, titlesOf(path, text)]))
  return rowsOf(page).flatMap(({ name, line, cited, beside, isOpen }) => {
    const where = `${page.path}:${line}: ${name}`
    if (cited.length === 0 && !isOpen) return [`${where} names no test and does not say "not yet"`]
    if (cited.length > 0 && beside !== '') return [`${where} has something beside its citations: ${beside}`]
    return cited.flatMap(({ file, title }) => {
      if (!titles.has(file)) return [`${where} names ${file}, which is no test of ours`]
      return titles.get(file)?.has(title) === true ? [] : [`${where}: ${file} has no test called "${title}"`]
    })
  })
}

/** The titles of the tests of a file as they are written: literals given to `it` or `it.each(...)`, none that is skipped. */
export function titlesOf(path: string, text: string): ReadonlySet<string> {
  return new Set(
    descendants(parse(path, text)).flatMap((node) => {
      if (!ts.isCallExpression(node) || !isTest(node.expression)) return []
      const [title] = node.arguments
      return title !== undefined && ts.isStringLiteralLike(title) ? [title.text] : []
    }),
  )
}

const citation = /\[[^\]]+\]\(\.\.\/\.\.\/((?:test|src\/testing)\/[^)]+)\): "([^"]*)"/g

function citationsIn(line: string): readonly Citation[] {
  return [...line.matchAll(citation)].map(([, file = '', title = '']) => ({ file, title }))
}

function isRow(line: string): boolean {
  return line.startsWith('|')
}

function isRule(line: string): boolean {
  return /^\|[ :|-]+\|$/.test(line)
}

/** `it`, `test`, `it.each(table)`, `it.runIf(condition)`: what is skipped or only planned proves nothing. */
function isTest(called: ts.Expression): boolean {
  if (ts.isIdentifier(called)) return called.text === 'it' || called.text === 'test'
  if (ts.isCallExpression(called)) return isTest(called.expression)
  return (
    ts.isPropertyAccessExpression(called) &&
    /^(each|runIf|concurrent)$/.test(called.name.text) &&
    isTest(called.expression)
  )
}
