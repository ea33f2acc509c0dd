import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

/** Source files by their path from the root, for example `src/domain/event.ts`. */
export type Sources = ReadonlyMap<string, string>

/** One import, re-export or `import()` of a file. */
export interface Import {
  readonly from: string
  /** A path from the root for a file of ours, else the package or `node:` name as written. */
  readonly to: string
  readonly isOurs: boolean
  /** The names taken, as the other side calls them; `*` when it takes all of it. */
  readonly names: readonly string[]
}

/** A function and how many lines are its own: those of functions inside it count for them. */
export interface FunctionSize {
  readonly file: string
  readonly name: string
  readonly lines: number
}

/** Every TypeScript file under a folder of the project. */
export function readSources(root: string, folder: string): Sources {
  const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => posix.join(folder, path.replaceAll('\\', '/')))
    .filter((path) => path.endsWith('.ts'))
    .sort()
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

/** All imports of all files, those of types too. */
export function importsOf(sources: Sources): readonly Import[] {
  return [...sources].flatMap(([from, text]) =>
    descendants(parse(from, text)).flatMap((node) => {
      const specifier = specifierOf(node)
      if (specifier === undefined) return []
      const isOurs = specifier.startsWith('.')
      const to = isOurs ? posix.join(posix.dirname(from), specifier) : specifier
      return [{ from, to, isOurs, names: namesOf(node) }]
    }),
  )
}

/** The files that have a default export. */
export function defaultExports(sources: Sources): readonly string[] {
  return [...sources.keys()].filter((path) => descendants(parse(path, sources.get(path) ?? '')).some(isDefaultExport))
}

/** Every function with a body, longest first. */
export function functionSizes(sources: Sources): readonly FunctionSize[] {
  return [...sources]
    .flatMap(([file, text]) => {
      const source = parse(file, text)
      return descendants(source)
        .filter(hasBody)
        .map((node) => ({ file, name: nameOf(node), lines: ownLines(source, node) }))
    })
    .sort((a, b) => b.lines - a.lines)
}

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
}

/** A node's descendants, in the order of the text. */
export function descendants(node: ts.Node): readonly ts.Node[] {
  const found: ts.Node[] = []
  const visit = (child: ts.Node): void => {
    found.push(child)
    ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
  return found
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier)
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined
  if (ts.isExternalModuleReference(node)) return textOf(node.expression)
  if (!ts.isCallExpression(node)) return undefined
  const isLoading =
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(node.expression) && node.expression.text === 'require')
  return isLoading ? textOf(node.arguments[0]) : undefined
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined
}

function namesOf(node: ts.Node): readonly string[] {
  if (ts.isExportDeclaration(node) && node.exportClause !== undefined && ts.isNamedExports(node.exportClause))
    return node.exportClause.elements.map((element) => (element.propertyName ?? element.name).text)
  if (!ts.isImportDeclaration(node) || node.importClause === undefined) return ['*']
  const { name, namedBindings } = node.importClause
  const named =
    namedBindings === undefined
      ? []
      : ts.isNamedImports(namedBindings)
        ? namedBindings.elements.map((element) => (element.propertyName ?? element.name).text)
        : ['*']
  const names = name === undefined ? named : ['default', ...named]
  return names.length === 0 ? ['*'] : names
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true
  if (ts.isExportSpecifier(node)) return node.name.text === 'default'
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((m) => m.kind === ts.SyntaxKind.DefaultKeyword)
}

function hasBody(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
}

function ownLines(source: ts.SourceFile, node: ts.Node): number {
  const lines = new Set<number>()
  addLines(source, node, (line) => lines.add(line))
  for (const inner of outermostFunctions(node)) addLines(source, inner, (line) => lines.delete(line))
  return lines.size
}

function addLines(source: ts.SourceFile, node: ts.Node, each: (line: number) => void): void {
  const last = source.getLineAndCharacterOfPosition(node.end).line
  for (let line = source.getLineAndCharacterOfPosition(node.getStart(source)).line; line <= last; line += 1) each(line)
}

function outermostFunctions(node: ts.Node): readonly ts.Node[] {
  const found: ts.Node[] = []
  const visit = (child: ts.Node): void => {
    if (hasBody(child)) found.push(child)
    else ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
  return found
}

function nameOf(node: ts.FunctionLikeDeclaration): string {
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined)
  if (named !== undefined) return named.getText()
  return ts.isConstructorDeclaration(node) ? 'constructor' : `(line ${lineOf(node)})`
}

function lineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1
}
