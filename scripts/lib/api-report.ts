import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import ts from 'typescript'

/**
 * Everything a user of the package can see: what each sub-path exports, and each type that these name in turn, as it is
 * declared, without comments, in the order of their words: a declaration that only moved to another file changes nothing.
 * Made from declarations that the compiler wrote, so that it changes exactly when they do.
 */
export function apiReport(root: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookward-api-'))
  try {
    emitInto(root, folder)
    return reportOf(root, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function emitInto(root: string, folder: string): void {
  const args = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--declarationMap', 'false', '--outDir', folder]
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(stdout)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
}

function reportOf(root: string, folder: string): string {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly exports: Readonly<Record<string, { readonly types: string }>>
  }
  const entries = Object.entries(manifest.exports).map(([subpath, { types }]) => ({
    name: subpath.replace('.', manifest.name),
    path: join(folder, types.replace('./dist/', '')),
  }))
  const options = { module: ts.ModuleKind.NodeNext, allowImportingTsExtensions: true, noEmit: true, skipLibCheck: true }
  const program = ts.createProgram(
    entries.map(({ path }) => path),
    { ...options, types: [] },
  )
  const seen = new Seen(program.getTypeChecker(), folder)
  const parts = entries.map(({ name, path }) => {
    const names = seen.exportsOf(program.getSourceFile(path))
    return `## ${name}\n\n${names.map((one) => `- ${one}`).join('\n')}\n`
  })
  return `${parts.join('\n')}\n## Declarations\n\n\`\`\`ts\n${seen.declarations().join('\n')}\n\`\`\`\n`
}

/** The declarations that were come upon, each by its file and name. */
class Seen {
  readonly #checker: ts.TypeChecker
  readonly #folder: string
  readonly #found = new Map<string, string>()

  constructor(checker: ts.TypeChecker, folder: string) {
    this.#checker = checker
    this.#folder = folder
  }

  exportsOf(file: ts.SourceFile | undefined): readonly string[] {
    const module = file && this.#checker.getSymbolAtLocation(file)
    if (module === undefined) throw new Error('an entry exports nothing')
    const symbols = this.#checker.getExportsOfModule(module)
    for (const symbol of symbols) this.#visit(symbol)
    return symbols.map(({ name }) => name).toSorted()
  }

  declarations(): readonly string[] {
    return [...this.#found.values()].toSorted()
  }

  #visit(symbol: ts.Symbol): void {
    const target = symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
    for (const declaration of target.declarations ?? []) this.#add(declaration)
  }

  #add(declaration: ts.Declaration): void {
    const file = declaration.getSourceFile()
    const path = relative(this.#folder, file.fileName)
    const statement = statementOf(declaration)
    if (path.startsWith('..') || path.startsWith('node_modules') || statement === undefined) return
    const key = `${path} ${statement.pos}`
    if (this.#found.has(key)) return
    this.#found.set(key, textOf(statement, file))
    const walk = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) {
        const symbol = this.#checker.getSymbolAtLocation(node)
        if (symbol !== undefined) this.#visit(symbol)
      }
      ts.forEachChild(node, walk)
    }
    walk(statement)
  }
}

type Statement =
  | ts.VariableStatement
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration

/** The statement at the top of its file that declares it; what stands inside another comes with that. */
function statementOf(node: ts.Node): Statement | undefined {
  if (ts.isVariableStatement(node) && ts.isSourceFile(node.parent)) return node
  if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) return node
  if ((ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && ts.isSourceFile(node.parent)) return node
  return ts.isSourceFile(node) ? undefined : statementOf(node.parent)
}

const printer = ts.createPrinter({ removeComments: true })

function textOf(statement: Statement, file: ts.SourceFile): string {
  return printer.printNode(ts.EmitHint.Unspecified, statement, file).replace(/^export (declare )?/, '')
}
