import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokenLinks } from '../scripts/lib/links.ts'
import type { Page } from '../scripts/lib/markdown.ts'
import { missingNames, stopsOf } from '../scripts/lib/tour.ts'

const root = process.cwd()
const path = 'docs/tour.md'
const tour: Page = { path, text: readFileSync(join(root, path), 'utf8') }
const stops = stopsOf(tour)

describe('the tour', () => {
  it('takes an hour, and each stop as long as its rows', () => {
    const sum = (all: readonly number[]) => all.reduce((total, n) => total + n, 0)
    expect(sum(stops.map(({ minutes }) => minutes))).toBe(60)
    for (const { heading, minutes, rows } of stops) expect(sum(rows), heading).toBe(minutes)
  })

  it('goes up floor by floor, and shows on each what stands there', () => {
    const floors = [
      ['Floor 0: domain', /^src\/domain\//],
      ['Floor 1: policy and flows', /^src\/(policy|flows)\//],
      ['Floor 2: machines', /^src\/machines\//],
      ['Floor 3: ports', /^src\/ports\.ts$/],
      ['Floor 4: adapters', /^src\/adapters\//],
      ['Floor 5: engine', /^src\/engine\//],
      ['Floor 6: the front door', /^src\/\w+\.ts$/],
      ['The tests', /^test\//],
    ] as const
    expect(stops.map(({ heading }) => heading)).toEqual(floors.map(([heading]) => heading))
    for (const [index, [heading, place]] of floors.entries())
      for (const file of stops[index]?.paths ?? []) expect(file, heading).toMatch(place)
  })

  it('names files and functions that exist', () => {
    expect(brokenLinks(root, tour)).toEqual([])
    expect(missingNames(root, tour)).toEqual([])
    const [, delivery = '', disablement = ''] = tour.text.split(/^## One d/m)
    for (const part of [delivery, disablement]) expect(part.match(/\]\(\.\.\/src/g)?.length).toBeGreaterThan(15)
    const cells = `${delivery}\n${disablement}`.split('\n').map((row) => row.split('|').at(-2) ?? '')
    const names = cells.join().match(/`[#\w]+`/g) ?? []
    // Every one of them is looked at: spelled otherwise, each is missed.
    const misspelt = { path, text: tour.text.replaceAll(/`([#\w]+)`/g, '`zz$1`') }
    expect(missingNames(root, misspelt)).toHaveLength(names.length)
  })
})

describe('the checks themselves', () => {
  const row = (file: string, names: string) => ({ path, text: `| it | [x](../src/engine/${file}) | ${names} |` })

  it('see a function that is gone, and a file that is gone', () => {
    expect(missingNames(root, row('writes.ts', '`append`, `#write`'))).toEqual([])
    expect(missingNames(root, row('writes.ts', '`append`, `#wrote`'))).toEqual([
      'docs/tour.md names #wrote, which src/engine/writes.ts does not have',
    ])
    expect(missingNames(root, row('gone.ts', '`append`'))).toEqual([
      'docs/tour.md names src/engine/gone.ts, which does not exist',
    ])
  })

  it('know a name that is only mentioned from one that is declared', () => {
    expect(missingNames(root, row('writes.ts', '`setImmediate`'))).toHaveLength(1)
  })

  it('read the minutes of a stop from its heading and from its rows', () => {
    const text = '## Cellar (3 minutes)\n\n| 1 | [a](../a.ts) | x |\n| 2 | [b](../b.ts) | y |\n\n## More\n| 9 | |'
    expect(stopsOf({ path, text })).toEqual([{ heading: 'Cellar', minutes: 3, rows: [1, 2], paths: ['a.ts', 'b.ts'] }])
  })
})
