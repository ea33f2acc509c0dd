import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exportedNames, missingEntries, type Exported } from '../scripts/lib/exported.ts'
import { findCycle, forbiddenImports, roomOf, rooms } from '../scripts/lib/floors.ts'
import { defaultExports, functionSizes, importsOf, readSources, type Sources } from '../scripts/lib/source.ts'

const root = process.cwd()
const fileLinesMax = 250
const functionLinesMax = 70

/** Functions that may be longer, each with its reason. */
const longByNature: Readonly<Record<string, string>> = {
  'src/machines/integration.ts createIntegration': 'a chart is one expression, read from top to bottom',
}

const src = readSources(root, 'src')
const imports = importsOf(src)

describe('the floors', () => {
  it('let imports point down or stay on their floor', () => {
    expect(forbiddenImports(imports)).toEqual([])
  })

  it('give each room nothing above itself', () => {
    for (const [name, { floor, from }] of Object.entries(rooms))
      for (const other of from) expect(rooms[other]?.floor, `${name} may import ${other}`).toBeLessThanOrEqual(floor)
  })

  it('have no import cycle, not even of types', () => {
    expect(findCycle(imports)?.join(' -> ')).toBeUndefined()
  })

  it('let the engine and the doors alone load adapters', () => {
    const loading = imports.filter(({ to }) => to.startsWith('src/adapters/')).map(({ from }) => roomOf(from))
    expect(['adapters', 'cli', 'dashboard', 'engine', 'index', 'inspector', 'restate', 'telemetry', 'testing']).toEqual(
      expect.arrayContaining(loading),
    )
  })

  it('keep test-only code out of everything but the command line, which no host loads', () => {
    const mayLoad = ['testing', 'cli']
    const loading = imports.filter(({ from, to }) => roomOf(to) === 'testing' && !mayLoad.includes(roomOf(from)))
    expect(loading).toEqual([])
    expect(imports.filter(({ from, to }) => roomOf(to) === 'cli' && roomOf(from) !== 'cli')).toEqual([])
  })
})

describe('the files', () => {
  it('stay within their length', () => {
    const long = [...src].map(([path, text]) => `${path}: ${linesOf(text)} lines`)
    expect(long.filter((line) => Number(/: (\d+) lines/.exec(line)?.[1]) > fileLinesMax)).toEqual([])
  })

  it('hold no function past its length, but for those that say why', () => {
    const long = functionSizes(src).filter(({ lines }) => lines > functionLinesMax)
    expect(long.map(({ file, name }) => `${file} ${name}`)).toEqual(Object.keys(longByNature))
  })

  it('export by name', () => {
    expect(defaultExports(src)).toEqual([])
  })
})

describe('the public face', () => {
  let names: readonly Exported[] = []
  beforeAll(() => {
    names = exportedNames(root)
  }, 60_000)

  it('has a source file for each sub-path of the package', () => {
    expect(missingEntries(root)).toEqual([])
  })

  it('has a doc comment on every export', () => {
    const bare = names.filter(({ hasDoc }) => !hasDoc).map(({ subpath, name, file }) => `${subpath} ${name} (${file})`)
    expect(bare).toEqual([])
    expect(names.length).toBeGreaterThan(0)
  })
})

describe('the checks themselves', () => {
  it.each([
    ['a type', `import type { Engine } from '../engine/engine.ts'`],
    ['a value', `import { engine } from '../engine/engine.ts'`],
    ['a re-export', `export { engine } from '../engine/engine.ts'`],
    ['everything at once', `export * from '../engine/engine.ts'`],
    ['a type in place', `export type Engine = import('../engine/engine.ts').Engine`],
    ['a lazy import', `export const engine = () => import('../engine/engine.ts')`],
  ])('catch an import that points up: %s', (_, text) => {
    expect(forbidden({ 'src/domain/event.ts': text })).toEqual([
      'src/domain/event.ts (floor 0) may not import src/engine/engine.ts (floor 5)',
    ])
  })

  it.each([
    ['src/policy/options.ts', '../flows/envelope.ts'],
    ['src/machines/webhook.ts', '../ports.ts'],
    ['src/machines/webhook.ts', '../adapters/memory-store.ts'],
    ['src/adapters/memory-store.ts', '../machines/index.ts'],
    ['src/adapters/memory-store.ts', '../engine/engine.ts'],
    ['src/engine/engine.ts', '../testing/span.ts'],
    ['src/testing.ts', './index.ts'],
    ['src/index.ts', './testing.ts'],
    ['src/engine/engine.ts', '../../test/support/smtp.ts'],
    ['src/attic/box.ts', '../domain/event.ts'],
  ])('keep %s from %s', (path, specifier) => {
    expect(forbidden({ [path]: `import { it } from '${specifier}'` })).toHaveLength(1)
  })

  it.each([
    ['src/domain/event.ts', `import { createHash } from 'node:crypto'`],
    ['src/policy/address.ts', `import { isIP, connect } from 'node:net'`],
    ['src/policy/address.ts', `import net from 'node:net'`],
    ['src/machines/webhook.ts', `import { readFile } from 'node:fs/promises'`],
    ['src/machines/webhook.ts', `import 'undici'`],
    ['src/engine/engine.ts', `import nodemailer from 'nodemailer'`],
  ])('keep the outside world out of %s: %s', (path, text) => {
    expect(forbidden({ [path]: text })).toHaveLength(1)
  })

  it('let pass what is allowed', () => {
    const text = `import { BlockList, isIP } from 'node:net'\nimport type { Topic } from '../domain/topic.ts'`
    expect(forbidden({ 'src/policy/address.ts': text })).toEqual([])
  })

  it('catch a cycle and print it', () => {
    const planted = importsOf(
      sources({
        'src/domain/a.ts': `import { b } from './b.ts'`,
        'src/domain/b.ts': `export type { C } from './c.ts'`,
        'src/domain/c.ts': `import type { B } from './b.ts'`,
      }),
    )
    expect(findCycle(planted)).toEqual(['src/domain/b.ts', 'src/domain/c.ts', 'src/domain/b.ts'])
    expect(findCycle(planted.filter(({ from }) => from !== 'src/domain/c.ts'))).toBeUndefined()
  })

  it('catch a default export and count the lines of a function without those inside it', () => {
    const body = '  work()\n'.repeat(80)
    const planted = sources({
      'src/domain/a.ts': `export function outer() {\n${body}  const inner = () => {\n${body}  }\n}`,
      'src/domain/b.ts': 'export default 1',
    })
    expect(defaultExports(planted)).toEqual(['src/domain/b.ts'])
    expect(functionSizes(planted).map(({ name, lines }) => [name, lines])).toEqual([
      ['outer', 82],
      ['inner', 82],
    ])
  })

  it('catch an export without a doc comment, through a re-export too, and an entry without a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookward-exports-'))
    mkdirSync(join(folder, 'src'))
    const exports = { '.': { default: './dist/index.js' }, './gone': { default: './dist/gone.js' } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ exports }))
    writeFileSync(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "allowImportingTsExtensions": true } }')
    writeFileSync(join(folder, 'src/a.ts'), '/** Told. */\nexport const told = 1\nexport const bare = 2\n')
    writeFileSync(join(folder, 'src/index.ts'), `export { told, bare as renamed } from './a.ts'`)
    expect(exportedNames(folder).map(({ name, hasDoc, file }) => [name, hasDoc, file])).toEqual([
      ['told', true, 'src/a.ts'],
      ['renamed', false, 'src/a.ts'],
    ])
    expect(missingEntries(folder)).toEqual(['package.json exports ./gone, but src/gone.ts does not exist'])
    rmSync(folder, { recursive: true })
  })
})

function forbidden(files: Readonly<Record<string, string>>): readonly string[] {
  return forbiddenImports(importsOf(sources(files)))
}

function sources(files: Readonly<Record<string, string>>): Sources {
  return new Map(Object.entries(files))
}

function linesOf(text: string): number {
  return text.replace(/\n$/, '').split('\n').length
}
