import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import type { Page } from './markdown.ts'
import { descendants, parse } from './source.ts'

/** One stop of the tour: a heading that tells its minutes, and the minutes of each row beneath it. */
export interface Stop {
  readonly heading: string
  readonly minutes: number
  readonly rows: readonly number[]
  /** What it links to, from the root. */
  readonly paths: readonly string[]
}

/** The stops of a page: its headings that end in `(n minutes)`. */
export function stopsOf({ path, text }: Page): readonly Stop[] {
  return text.split(/^## /m).flatMap((part) => {
    const head = /^(.*) \((\d+) minutes?\)\n/.exec(part)
    if (head === null) return []
    const rows = [...part.matchAll(/^\| (\d+) +\|/gm)].map(([, minutes]) => Number(minutes))
    const links = part.matchAll(/\]\(([^)\s]+\.ts)\)/g)
    const paths = [...links].map(([, target = '']) => posix.join(posix.dirname(path), target))
    return [{ heading: head[1] ?? '', minutes: Number(head[2]), rows, paths }]
  })
}

/** Functions that a row `| what | [file](path) | names |` names and its file does not have, as sentences. */
export function missingNames(root: string, { path, text }: Page): readonly string[] {
  const rows = text.matchAll(/^\|[^|\n]*\| \[[^\]\n]*\]\(([^)\s]+\.ts)\) +\| ((?:`[#\w]+`(?:, )?)+) +\|$/gm)
  return [...rows].flatMap(([, target = '', cell = '']) => {
    const file = posix.join(posix.dirname(path), target)
    if (!existsSync(join(root, file))) return [`${path} names ${file}, which does not exist`]
    const known = declaredIn(readFileSync(join(root, file), 'utf8'))
    const names = [...cell.matchAll(/`([#\w]+)`/g)].map(([, name = '']) => name)
    return names.filter((name) => !known.has(name)).map((name) => `${path} names ${name}, which ${file} does not have`)
  })
}

/** Every function, method and named function value that a file declares. */
function declaredIn(text: string): ReadonlySet<string> {
  const named = descendants(parse('tour.ts', text)).filter(isCallable)
  return new Set(named.map((node) => node.name.getText()))
}

function isCallable(node: ts.Node): node is ts.NamedDeclaration & { readonly name: ts.DeclarationName } {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return node.name !== undefined
  if (!ts.isPropertyAssignment(node) && !ts.isVariableDeclaration(node)) return false
  const value = node.initializer
  // An action of a machine is often the value of a call: `observe: assign(...)`.
  return (
    value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value) || ts.isCallExpression(value))
  )
}
