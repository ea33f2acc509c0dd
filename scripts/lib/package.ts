import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** The package, unpacked in a folder of its own beside its dependencies. */
export interface Packed {
  /** The folder of a would-be user; the package is in its `node_modules`. */
  readonly folder: string
  /** What the tarball holds, by path. */
  readonly files: readonly string[]
  readonly remove: () => void
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
}

/** Packs the project and lays it out as an install would; its dependencies are linked, for there is no network. */
export function packInto(root: string): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'hookward-pack-'))
  const { name, dependencies } = manifestOf(root)
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8' })
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }]
  const installed = join(folder, 'node_modules', name)
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1'])
  for (const dependency of [...Object.keys(dependencies), '@types']) link(root, folder, dependency)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { folder, files: files.map(({ path }) => path), remove }
}

/** The Nodes to try: the running one, and every other that PATH leads to. */
export function nodesOnPath(): readonly string[] {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  return [...new Set([process.execPath, ...found].filter((path) => existsSync(path)).map((path) => realpathSync(path)))]
}

/** Every sub-path, imported and required, in one process per Node. */
export function loadsEverywhere(root: string, folder: string, node: string): readonly string[] {
  const names = specifiersOf(root)
  const imported = `for (const name of ${JSON.stringify(names)}) {
  if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing')
}`
  const required = `for (const name of ${JSON.stringify(names)}) {
  if (Object.keys(require(name)).length === 0) throw new Error(name + ' exports nothing')
}`
  writeFileSync(join(folder, 'imported.mjs'), imported)
  writeFileSync(join(folder, 'required.cjs'), required)
  return ['imported.mjs', 'required.cjs'].flatMap((file) => failureOf(node, [file], folder))
}

/** The command line as an install has it: nothing of the sources, of tests or of tsx is there. */
export function commandsRun(folder: string, node: string): readonly string[] {
  const cli = join(folder, 'node_modules/hookward/dist/cli.js')
  const faults = [['--version'], ['chart', '--svg'], ['doctor'], ['demo', '--json']].flatMap((args) =>
    failureOf(node, [cli, ...args], folder),
  )
  const { status, stderr } = spawnSync(node, [cli, 'dev', '--port', '0'], {
    cwd: folder,
    input: 'quit\n',
    encoding: 'utf8',
  })
  return status === 0 ? faults : [...faults, `${node} hookward dev failed:\n${stderr}`]
}

/** How a user's program may be resolved. CommonJS by TypeScript is `nodenext` alone: only there may it require a module. */
const resolutions = [
  ['user.ts', ['--module', 'node16']],
  ['user.ts', ['--module', 'nodenext']],
  ['user.ts', ['--module', 'preserve', '--moduleResolution', 'bundler']],
  ['user.cts', ['--module', 'nodenext']],
] as const

/** Type-checks programs that take every sub-path, and our declarations with them; other packages' are their own affair. */
export function typesResolve(root: string, folder: string): readonly string[] {
  const names = specifiersOf(root)
  const lines = names.map((name, i) => `import * as entry${i} from '${name}'\nexport { entry${i} }\n`)
  const required = names.map((name, i) => `import entry${i} = require('${name}')\nexport const used${i} = entry${i}\n`)
  writeFileSync(join(folder, 'user.ts'), lines.join(''))
  writeFileSync(join(folder, 'user.cts'), required.join(''))
  const flags = ['--noEmit', '--strict', '--target', 'es2022', '--types', 'node', '--pretty', 'false']
  return resolutions.flatMap(([file, how]) => {
    const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), [...flags, ...how, file], {
      cwd: folder,
      encoding: 'utf8',
    })
    const faults = stdout.split('\n').filter((line) => /^(?:error|user\.c?ts|node_modules\/hookward\/)/.test(line))
    return faults.map((fault) => `${how.join(' ')}: ${fault}`)
  })
}

/** The entries of package.json whose code or types were not packed. */
export function missingTypes(root: string, files: readonly string[]): readonly string[] {
  return Object.entries(manifestOf(root).exports).flatMap(([subpath, target]) =>
    [target.types, target.default]
      .filter((path) => !files.includes(path.replace('./', '')))
      .map((path) => `${subpath} leads to ${path}, which is not in the package`),
  )
}

/** Imports of `.ts` files left in the code that was built: no Node can load them. (In declarations they are right.) */
export function brokenSpecifiers(folder: string, files: readonly string[]): readonly string[] {
  const specifier = /(?:from|import)\s*\(?\s*['"](\.[^'"]*\.ts)['"]/g
  return files
    .filter((path) => path.endsWith('.js'))
    .flatMap((path) =>
      [...readFileSync(join(folder, 'node_modules/hookward', path), 'utf8').matchAll(specifier)].map(
        ([, to = '']) => `${path} still imports ${to}`,
      ),
    )
}

/** Built files whose source is gone. */
export function staleFiles(root: string, files: readonly string[]): readonly string[] {
  return files
    .filter((path) => path.startsWith('dist/') && path.endsWith('.js'))
    .filter((path) => !existsSync(join(root, path.replace('dist/', 'src/').replace(/\.js$/, '.ts'))))
    .map((path) => `${path} has no source any more: delete dist and build again`)
}

/** Anything but what was built, the pages, and what a package has beside them; and those that are missing. */
export function unexpectedFiles(files: readonly string[]): readonly string[] {
  const wanted = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'llms.txt']
  const ours = /^(?:dist\/.+(?:\.js|\.d\.ts|\.json)|docs\/.+\.(?:md|yml|json))$/
  return [
    ...files.filter((path) => !ours.test(path) && !wanted.includes(path)).map((path) => `${path} is packed`),
    ...wanted.filter((path) => !files.includes(path)).map((path) => `${path} is not packed`),
  ]
}

/** Links of the packed index to pages that were not packed. */
export function lostPages(folder: string, files: readonly string[]): readonly string[] {
  const index = readFileSync(join(folder, 'node_modules/hookward/llms.txt'), 'utf8')
  return [...index.matchAll(/\]\(([^):#]+)/g)]
    .map(([, path = '']) => path)
    .filter((path) => !files.includes(path))
    .map((path) => `llms.txt leads to ${path}, which is not packed`)
}

function failureOf(command: string, args: readonly string[], cwd: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  return status === 0 ? [] : [`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`]
}

function specifiersOf(root: string): readonly string[] {
  const { name, exports } = manifestOf(root)
  return Object.keys(exports).map((subpath) => subpath.replace('.', name))
}

function manifestOf(root: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
}

function link(root: string, folder: string, dependency: string): void {
  symlinkSync(join(root, 'node_modules', dependency), join(folder, 'node_modules', dependency))
}
