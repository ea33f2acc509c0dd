import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rowsOf, titlesOf, unproven } from '../scripts/lib/coverage.ts'
import { readSources } from '../scripts/lib/source.ts'

const path = 'docs/reference/sentry-coverage.md'
const page = { path, text: readFileSync(path, 'utf8') }
const rows = rowsOf(page).map((row) => [row.name, row] as const)
/** The contracts are cases that users run, too, so they stand among the sources. */
const tests = new Map(['test', 'src/testing'].flatMap((folder) => [...readSources(process.cwd(), folder)]))
const complaints = unproven(page, tests)

const badInput = [
  'unknown installation or issue',
  'unknown user id',
  'unknown event name',
  'event not subscribed to',
  'no URL',
  'private address',
  'answer that cannot be decoded',
  '`Sentry-Hook-Project` not in digits',
  'huge answer',
]

describe('the page of what is covered', () => {
  it('has the twenty capabilities, the nine bad inputs and the twenty-eight weaknesses, each once and in order', () => {
    const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n + 1}`)
    expect(rows.map(([name]) => name)).toEqual([...numbered('', 20), ...badInput, ...numbered('W', 28)])
  })

  it.each(rows)('names tests of ours under their very titles, or says what is not there yet: row %s', (_, { line }) => {
    expect(complaints.filter((complaint) => complaint.startsWith(`${path}:${line}:`))).toEqual([])
  })

  it('proves every capability and every bad input, whatever is still open beside it', () => {
    const bare = rows.filter(([name, { cited }]) => !name.startsWith('W') && cited.length === 0)
    expect(bare).toEqual([])
  })
})

const standardPath = 'docs/reference/standard-coverage.md'
const standardPage = { path: standardPath, text: readFileSync(standardPath, 'utf8') }
const standardRows = [
  ...['attempts of a delivery', 'deadline of an attempt', 'Retry-After', 'local', 'blocked', '400, 413, 422'],
  ...['what counts', 'degraded', 'broken', 'probing', 'recovery', 'disabled', 'notices to owners', 'ledger', 'lanes'],
  ...['own-outage guard', 'sizes'],
]

describe('the page of what of the standard policy is covered', () => {
  it('has every row of its table, in order', () => {
    const named = rowsOf(standardPage).map(({ name }) => name.replace(/:.*/, ''))
    expect(named.filter((name, i) => name !== named[i - 1])).toEqual(standardRows)
  })

  it('names tests of ours under their very titles, or says what is not there yet', () => {
    expect(unproven(standardPage, tests)).toEqual([])
  })
})

describe('the check itself', () => {
  const head = '| # | what | test |\n| - | :-: | --- |\n'
  const planted = (cell: string) => ({ path: 'a.md', text: `${head}| 1 | thing | ${cell} |` })
  const some = new Map([
    ['test/a.test.ts', "it('holds', () => {})\nit.each([1])(`holds %d`, () => {})\nit.skip('is skipped', () => {})"],
  ])

  it('passes a title as it is written', () => {
    for (const title of ['holds', 'holds %d'])
      expect(unproven(planted(`[a](../../test/a.test.ts): "${title}"`), some)).toEqual([])
    expect(unproven(planted('not yet: it is not built'), some)).toEqual([])
  })

  it.each([
    ['a typo in a title', '[a](../../test/a.test.ts): "hold"', 'a.md:3: 1: test/a.test.ts has no test called "hold"'],
    [
      'a typo in the second of two',
      '[a](../../test/a.test.ts): "holds"<br>[a](../../test/a.test.ts): "x"',
      'called "x"',
    ],
    ['a test that is skipped', '[a](../../test/a.test.ts): "is skipped"', 'has no test called "is skipped"'],
    [
      'a file that does not exist',
      '[a](../../test/b.test.ts): "holds"',
      'names test/b.test.ts, which is no test of ours',
    ],
    ['a citation without a title', '[a](../../test/a.test.ts): "holds"<br>[b](../../test/b.test.ts)', 'beside its'],
    ['a row without a test', 'surely', 'names no test and does not say "not yet"'],
  ])('finds %s', (_, cell, complaint) => {
    expect(unproven(planted(cell), some)).toEqual([expect.stringContaining(complaint)])
  })

  it('reads literal titles of it and its tables, and neither groups nor titles that are put together', () => {
    const text = [
      "describe('group', () => { it('one', f); it.each([[1]])('two %s', f); it.each`a`('three', f) })",
      "it.runIf(x)('four', f); it.todo('five'); it(`six ${x}`, f); expect.it('seven'); test('eight', f)",
    ].join('\n')
    expect([...titlesOf('a.test.ts', text)]).toEqual(['one', 'two %s', 'four', 'eight'])
  })
})
