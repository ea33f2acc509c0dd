import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { apiReport } from '../scripts/lib/api-report.ts'
import { bundleSize, programs } from '../scripts/lib/bundle-size.ts'
import { readPages } from '../scripts/lib/markdown.ts'
import { unreached } from '../scripts/lib/reach.ts'
import { aFolder } from './support/world.ts'

const root = process.cwd()

describe('what a bundler keeps', () => {
  it('is nothing of a bare import, and within its budget for each program', async () => {
    expect(await bundleSize(root, `import 'hookward'`)).toMatchObject({ bytes: 0 })
    for (const [program, bytesMax] of programs) {
      const { bytes } = await bundleSize(root, program)
      expect(bytes, program).toBeLessThanOrEqual(bytesMax)
      expect(bytes, program).toBeGreaterThan(0)
    }
  })
})

describe('the report of what users can see', () => {
  it('has the exports of each sub-path and every type they name, and changes with a field but not with a comment', async () => {
    const before = await reportOf('readonly a: string')
    expect(before).toContain('## planted\n\n- One\n- made\n')
    expect(before).toContain('interface Two')
    expect(before).not.toContain('interface Hidden')
    expect(await reportOf('/** Told. */ readonly a: string')).toBe(before)
    expect(await reportOf('readonly a?: string')).not.toBe(before)
  })

  it('stands in the repository for each sub-path of the package', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: object }
    const report = readFileSync('api.md', 'utf8')
    for (const subpath of Object.keys(exports)) expect(report).toContain(`## ${subpath.replace('.', 'hookward')}\n`)
  })
})

describe('what is packed of a build', () => {
  it('is what an entry leads to: by an import, an export, or a type that is named in place', async () => {
    const folder = await aFolder()
    mkdirSync(join(folder, 'dist/deep'), { recursive: true })
    const files = {
      'package.json':
        '{ "bin": { "x": "./dist/cli.js" }, "exports": { ".": { "types": "./dist/a.d.ts", "default": "./dist/a.js" } } }',
      'dist/a.js': "export { b } from './deep/b.js'",
      'dist/a.d.ts': "export declare const b: import('./deep/b.ts').B",
      'dist/cli.js': "const c = await import('./c.js')",
      'dist/c.js': '',
      'dist/c.d.ts': 'export {}',
      'dist/deep/b.js': "import '../a.js'",
      'dist/deep/b.d.ts': '',
      'dist/types.js': 'export {}',
    }
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text)
    expect(unreached(folder)).toEqual(['dist/c.d.ts', 'dist/types.js'])
  })
})

describe('the workflows', () => {
  const steps = (name: string) => {
    const text = readFileSync(join('.github/workflows', name), 'utf8')
    const { jobs } = parse(text) as { jobs: Record<string, { steps: { run?: string }[] } & Record<string, unknown>> }
    return { jobs, runs: Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? [])) }
  }

  it('call scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }
    const runs = readdirSync('.github/workflows').flatMap((name) => steps(name).runs)
    const called = runs.flatMap((run) => /npm run (?:-s )?([\w:]+)/.exec(run)?.[1] ?? [])
    expect(called.length).toBeGreaterThan(0)
    for (const name of called) expect(Object.keys(scripts)).toContain(name)
  })

  it('publish what was checked, with provenance and without a token', () => {
    const { jobs, runs } = steps('release.yml')
    expect(jobs['publish']?.['permissions']).toEqual({ contents: 'read', 'id-token': 'write' })
    expect(runs[0]).toContain('repository?.url')
    expect(runs.at(-2)).toBe('npm run check')
    expect(runs.at(-1)).toContain('npm publish --provenance')
    expect(readFileSync('.github/workflows/release.yml', 'utf8')).not.toContain('secrets.')
  })
})

it('llms.txt names every page but the template of decisions and the table of contents', () => {
  const index = readFileSync('llms.txt', 'utf8')
  const pages = readPages(root).filter(({ path }) => !/^docs\/README\.md$|\/0000-/.test(path))
  expect(pages.filter(({ path }) => !index.includes(`](${path})`)).map(({ path }) => path)).toEqual([])
})

/** Of a small package whose one entry exports a type that names another. */
async function reportOf(field: string): Promise<string> {
  const folder = await aFolder()
  mkdirSync(join(folder, 'src'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const manifest = { name: 'planted', type: 'module', exports: { '.': { types: './dist/index.d.ts' } } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  const compilerOptions = { declaration: true, module: 'nodenext', target: 'es2022', rootDir: 'src', types: [] }
  writeFileSync(join(folder, 'tsconfig.build.json'), JSON.stringify({ compilerOptions, include: ['src'] }))
  writeFileSync(join(folder, 'src/two.ts'), `export interface Two { ${field} }\nexport interface Hidden { b: 1 }\n`)
  const index = `import type { Two } from './two.js'\nexport interface One { readonly two: Two }\nexport const made = 1\n`
  writeFileSync(join(folder, 'src/index.ts'), index)
  return apiReport(folder)
}
