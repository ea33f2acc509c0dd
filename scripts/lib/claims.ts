import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { titlesOf } from './coverage.ts'
import type { Page } from './markdown.ts'
import { descendants, parse } from './source.ts'

/** What a page says a test shows: the file, and the title of the test. */
export interface Claim {
  readonly path: string
  /** Missing where a link to a test names none. */
  readonly title: string | undefined
}

/** The claims of a page: each is written `[file](path): "title"`. */
export function claimsOf({ path, text }: Page): readonly Claim[] {
  return [...text.matchAll(/\]\(([^)\s]+\.test\.ts)\)(?:: "([^"\n]+)")?/g)].map(([, target = '', title]) => ({
    path: posix.join(posix.dirname(path), target),
    title,
  }))
}

/** The claims of a page that nothing proves, as sentences. */
export function unproven(root: string, page: Page): readonly string[] {
  return claimsOf(page).flatMap(({ path, title }) => {
    if (title === undefined) return [`${page.path} names no test of ${path}`]
    if (!existsSync(join(root, path))) return [`${page.path} names ${path}, which does not exist`]
    const titles = titlesOf(path, readFileSync(join(root, path), 'utf8'))
    return titles.has(title) ? [] : [`${page.path} names a test that ${path} does not have: ${title}`]
  })
}

/** The rows of the tables headed `proven by` that name no test. */
export function rowsWithoutClaim({ path, text }: Page): readonly string[] {
  const tables = text.split(/\n\n+/).filter((part) => /^\|[^\n]*\| proven by +\|\n/.test(part))
  const rows = tables.flatMap((part) => part.trim().split('\n').slice(2))
  return rows.filter((row) => claimsOf({ path, text: row }).length === 0)
}

/** The titles given to `describe`, in the order of the text. */
export function groupsOf(text: string): readonly string[] {
  return descendants(parse('titles.ts', text)).flatMap((node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'describe')
      return []
    const [title] = node.arguments
    return title !== undefined && ts.isStringLiteralLike(title) ? [title.text] : []
  })
}
