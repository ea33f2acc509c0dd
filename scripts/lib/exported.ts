import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

/** One name of a public entry file. */
export interface Exported {
  /** The sub-path of package.json, for example `./testing`. */
  readonly subpath: string
  readonly name: string
  /** Where it is declared, from the root. */
  readonly file: string
  readonly hasDoc: boolean
}

/** An entry of package.json's `exports`. */
export interface Entry {
  readonly subpath: string
  /** The file under `src` it is built from. */
  readonly file: string
}

/** The public entry files, by package.json. */
export function entriesOf(root: string): readonly Entry[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, { readonly default: string }>>
  }
  return Object.entries(exports).map(([subpath, target]) => ({
    subpath,
    file: target.default.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'),
  }))
}

/** The entries whose source file does not exist. */
export function missingEntries(root: string): readonly string[] {
  return entriesOf(root)
    .filter(({ file }) => !existsSync(join(root, file)))
    .map(({ subpath, file }) => `package.json exports ${subpath}, but ${file} does not exist`)
}

/** Every public name, with whether its original declaration has a doc comment. */
export function exportedNames(root: string): readonly Exported[] {
  const entries = entriesOf(root).filter(({ file }) => existsSync(join(root, file)))
  const program = ts.createProgram(
    entries.map(({ file }) => join(root, file)),
    optionsOf(root),
  )
  const checker = program.getTypeChecker()
  return entries.flatMap(({ subpath, file }) => {
    const source = program.getSourceFile(join(root, file))
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
    if (module === undefined) return []
    return checker.getExportsOfModule(module).map((symbol) => describe(root, subpath, symbol, checker))
  })
}

function describe(root: string, subpath: string, symbol: ts.Symbol, checker: ts.TypeChecker): Exported {
  const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const path = original.declarations?.[0]?.getSourceFile().fileName
  const file = path === undefined ? 'unknown' : relative(root, path)
  return { subpath, name: symbol.name, file, hasDoc: original.getDocumentationComment(checker).length > 0 }
}

function optionsOf(root: string): ts.CompilerOptions {
  const read = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path))
  return ts.parseJsonConfigFileContent(read.config, ts.sys, root).options
}
