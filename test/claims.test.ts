import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { claimsOf, groupsOf, rowsWithoutClaim, unproven } from '../scripts/lib/claims.ts'
import { readPages, type Page } from '../scripts/lib/markdown.ts'

const root = process.cwd()
const pages = readPages(root)
const flows = pageOf('docs/explanation/two-flows.md')

describe('the page of the two flows', () => {
  it('names only tests that exist, and a test for each promise', () => {
    expect(unproven(root, flows)).toEqual([])
    expect(rowsWithoutClaim(flows)).toEqual([])
    expect(claimsOf(flows).length).toBeGreaterThan(40)
  })

  it.each(['workflow-notification', 'comment-webhook'])('has every heading of the document of %s, in order', (name) => {
    const [, ...headings] = groupsOf(readFileSync(join(root, `test/flows/${name}.test.ts`), 'utf8'))
    const wanted = headings.filter((heading) => heading !== 'The message')
    const table = flows.text.split('### The headings of the document').find((part) => part.includes(`| ${wanted[0]} `))
    const rows = [...(table ?? '').matchAll(/^\| ([A-Z][^|]+?) +\|/gm)].map(([, heading = '']) => heading)
    expect(wanted.length).toBeGreaterThan(4)
    expect(rows.slice(0, wanted.length)).toEqual(wanted)
  })
})

describe('the page about security', () => {
  const security = pageOf('docs/explanation/security.md')

  it('names only tests that exist, and a test for each defence', () => {
    expect(unproven(root, security)).toEqual([])
    expect(rowsWithoutClaim(security)).toEqual([])
    expect(claimsOf(security).length).toBeGreaterThan(40)
  })
})

describe('the checks themselves', () => {
  const file = 'test/flows/comment-webhook.test.ts'
  const page = (text: string): Page => ({ path: 'docs/planted.md', text })

  it('find the titles of groups', () => {
    expect(groupsOf(`it('a', f); describe('d', () => { it("e", f); describe('f', f) })`)).toEqual(['d', 'f'])
  })

  it('miss no title that is gone, no file that is gone and no link without a title', () => {
    const real = `[x](../${file}): "spares one that succeeded on one of them"`
    expect(unproven(root, page(real))).toEqual([])
    const broken = [`[x](../${file}): "spares everyone"`, `[x](../test/gone.test.ts): "a"`, `[x](../${file})`]
    expect(unproven(root, page(broken.join('\n')))).toEqual([
      `docs/planted.md names a test that ${file} does not have: spares everyone`,
      'docs/planted.md names test/gone.test.ts, which does not exist',
      `docs/planted.md names no test of ${file}`,
    ])
  })

  it('see a promise without a test', () => {
    const table = ['| promise | proven by |', '| --- | --- |', '| it flies | everyone knows |'].join('\n')
    expect(rowsWithoutClaim(page(`text\n\n${table}\n\nmore`))).toEqual(['| it flies | everyone knows |'])
  })
})

function pageOf(path: string): Page {
  const found = pages.find((page) => page.path === path)
  if (found === undefined) throw new Error(`there is no ${path}`)
  return found
}
