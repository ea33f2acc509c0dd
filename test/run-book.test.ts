import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { linkedPages } from '../scripts/lib/links.ts'
import { readPages } from '../scripts/lib/markdown.ts'
import { logLines, missingScripts, wrongCommands } from '../scripts/lib/run-book.ts'
import { readSources } from '../scripts/lib/source.ts'

const root = process.cwd()
const pages = readPages(root)
const runBook = pages.find(({ path }) => path === 'docs/how-to/operate.md')?.text ?? ''
const firstCells = (part: string): readonly string[] =>
  [...part.matchAll(/^\| (.+?) +\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  )

describe('the run-book', () => {
  it('says what each line asks for that the engine may log, and no other', () => {
    const [, table = ''] = runBook.split('## What a line of the log asks for')
    const said = firstCells(table).filter((line) => line !== 'damage')
    const known = logLines(readSources(root, 'src')).map((line) => line.replace('…', '20000'))
    expect([...new Set(said)].sort()).toEqual([...known].sort())
  })

  it('says what to do about each alert', () => {
    const { groups } = parse(readFileSync('docs/telemetry/hookward-alerts.yml', 'utf8')) as {
      groups: readonly { readonly rules: readonly { readonly alert: string }[] }[]
    }
    const [, part = ''] = runBook.split('## Alerts')
    const [table = ''] = part.split('\n## ')
    const told = firstCells(table).filter((cell) => cell.startsWith('Hookward'))
    expect(told).toEqual(groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)))
  })
})

describe('the commands of all pages', () => {
  it('are commands of ours, with flags that they take', () => {
    expect(pages.flatMap(wrongCommands)).toEqual([])
  })

  it('are scripts of the package where they are run by npm', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }
    const names = Object.keys(scripts)
    expect(linkedPages(root).flatMap((page) => missingScripts(page, names))).toEqual([])
    expect(missingScripts({ path: 'a.md', text: 'npm run -s gone, npm run there' }, ['there'])).toEqual([
      'a.md: npm run gone: there is no such script',
    ])
  })
})

describe('the checks themselves', () => {
  it('find what is logged, by a literal, a constant or a template', () => {
    const source =
      "const fact = a ? 'one' : 'two'\nlogger.warn({}, fact)\nthis.#logger.error({}, `in ${n} s`)\nother.error({}, 'not')"
    expect(logLines(new Map([['a.ts', source]]))).toEqual(['in … s', 'one', 'two'])
  })

  it('see a command and a flag that do not exist', () => {
    const text =
      '```sh\nnpx hookward lss\nnpx hookward ls --stat broken # why\nX=1 npx hookward replay a --id "b c" --yes\n```\n'
    const faults = wrongCommands({ path: 'a.md', text })
    expect(faults).toHaveLength(2)
    expect(faults[0]).toBe('a.md: npx hookward lss: there is no such command')
    expect(faults[1]).toContain("Unknown option '--stat'")
  })
})
