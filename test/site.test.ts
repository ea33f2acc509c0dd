import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from '../scripts/lib/chromium.ts'
import { diagram } from '../scripts/lib/diagrams/index.ts'
import { readPages } from '../scripts/lib/markdown.ts'
import { buildSite } from '../scripts/lib/site/build.ts'
import { builtPages, deadEnds, fetchedFromOutside, searchIndex, type Built } from '../scripts/lib/site/check.ts'

const root = process.cwd()
const executablePath = chromiumPath()
const buildMsMax = 180_000

let site: string
let pages: readonly Built[]
let complaints: readonly string[]
beforeAll(async () => {
  site = mkdtempSync(join(tmpdir(), 'hookward-site-test-'))
  complaints = await buildSite(root, site)
  pages = builtPages(site)
}, buildMsMax)
afterAll(() => rmSync(site, { recursive: true, force: true }))

describe('the site', () => {
  it('is built without a complaint', () => {
    expect(complaints).toEqual([])
  })

  it('has every page of the documentation but the template of decisions, under its own path', () => {
    const wanted = readPages(root).filter(({ path }) => path !== 'README.md' && !path.includes('/0000-'))
    const built = pages.map(({ path }) => path)
    expect(wanted.map(({ path }) => path.replace(/\.md$/, '.html')).filter((path) => !built.includes(path))).toEqual([])
    expect(built).toContain('index.html')
  })

  it('has a page for each sub-path of the package', () => {
    const built = pages.map(({ path }) => path)
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: object }
    const wanted = Object.keys(exports).map((subpath) => `modules/hookward${subpath.slice(1).replace('/', '_')}.html`)
    expect(wanted.filter((path) => !built.includes(path))).toEqual([])
  })

  it('leads nowhere that is not there', () => {
    expect(deadEnds(site, pages)).toEqual([])
  })

  it('fetches nothing from elsewhere', () => {
    expect(fetchedFromOutside(site, pages)).toEqual([])
  })

  it('shows each diagram as a picture', () => {
    const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0
    for (const { path, text } of readPages(root)) {
      const built = pages.find(
        (page) => page.path === (path === 'README.md' ? 'index.html' : path.replace('.md', '.html')),
      )
      if (built === undefined) continue
      expect(count(built.html, /<figure class="diagram/g), path).toBe(count(text, /^```mermaid$/gm))
      expect(built.html).not.toContain('stateDiagram-v2')
    }
  })

  it('finds pages, the interface and words of their texts', () => {
    const { names, words } = searchIndex(site)
    for (const name of ['The health chart', 'createHookward', 'HookwardOptions']) expect(names).toContain(name)
    for (const word of ['quarantin', 'idempot', 'condemn'])
      expect([...words].some((one) => one.startsWith(word))).toBe(true)
  })

  it('shows a source that a page names', () => {
    const shown = pages.find(({ path }) => path === 'media/storm.test.ts.html')
    expect(shown?.html).toContain('<h1>test/engine/storm.test.ts</h1>')
  })
})

describe.skipIf(executablePath === undefined)(
  'the site in a browser, opened from its folder',
  { timeout: 60_000 },
  () => {
    it.each([
      ['light', 1280],
      ['dark', 1280],
      ['light', 390],
    ] as const)('is %s and fits %i pixels; the search answers and nothing is fetched', async (colorScheme, width) => {
      const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
      try {
        const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } })
        const fetched: string[] = []
        const errors: string[] = []
        page.on('request', (request) => fetched.push(request.url()))
        page.on('pageerror', ({ message }) => errors.push(message))
        for (const path of ['index.html', 'docs/explanation/two-flows.html', 'docs/reference/api.html']) {
          await page.goto(pathToFileURL(join(site, path)).href)
          expect(
            await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth'),
            path,
          ).toBeLessThanOrEqual(0)
        }
        const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
        expect(/\((\d+)/.exec(background)?.[1]).toSatisfy((red) => Number(red) > 127 === (colorScheme === 'light'))
        await page.locator('#tsd-search-trigger').click()
        await page.locator('#tsd-search-input').fill('own outage')
        await page.locator('#tsd-search-results a').first().waitFor()
        expect(errors).toEqual([])
        expect(fetched.filter((url) => !/^(?:file|data|blob):/.test(url))).toEqual([])
      } finally {
        await browser.close()
      }
    })
  },
)

describe('the checks themselves', () => {
  it('see a link to nowhere, a missing place and a script from elsewhere', () => {
    const planted = mkdtempSync(join(tmpdir(), 'hookward-site-planted-'))
    cpSync(join(site, 'assets'), join(planted, 'assets'), { recursive: true })
    writeFileSync(join(planted, 'assets/planted.css'), '@import "https://fonts.example/a.css";')
    const html = `<a href="gone.html"></a><a href="#gone"></a><script src="https://cdn.example/a.js"></script><h1 id="here"></h1><a href="#here"></a>`
    writeFileSync(join(planted, 'a.html'), html)
    const own = builtPages(planted)
    expect(deadEnds(planted, own)).toEqual([
      'a.html leads to gone.html, which is not there',
      'a.html leads to #gone, and there is no such place',
    ])
    expect(fetchedFromOutside(planted, own)).toEqual([
      'a.html fetches https://cdn.example/a.js',
      'assets/planted.css fetches @import "https://fonts.example/a.css',
    ])
    rmSync(planted, { recursive: true })
  })
})

describe('a diagram', () => {
  it('has each box, arrow and word of a flowchart', () => {
    const svg = diagram('flowchart TD\n  a["one"] --> b{"two?"}\n  b -- yes --> c\n', 'A <name>')
    for (const part of ['>one<', '>two?<', '>yes<', '>c<', 'aria-label="A &lt;name&gt;"']) expect(svg).toContain(part)
    expect(svg.match(/class="line"/g)).toHaveLength(2)
    expect(svg.match(/class="question"/g)).toHaveLength(1)
  })

  it('has nested states, their starts and ends', () => {
    const lines = [
      'stateDiagram-v2',
      '[*] --> a',
      'state "A" as a {',
      '[*] --> b',
      'state "B" as b',
      '}',
      'a --> [*]: x<br/>y',
    ]
    const svg = diagram(lines.join('\n'), 'states')
    expect(svg.match(/class="outer"/g)).toHaveLength(1)
    expect(svg.match(/class="point"/g)).toHaveLength(3)
    for (const word of ['>A<', '>B<', '>x<', '>y<']) expect(svg).toContain(word)
  })

  it('has messages, notes and alternatives of a sequence', () => {
    const lines = ['sequenceDiagram', 'participant A', 'participant B as Bob', 'A->>B: hi', 'alt good', 'B-->>A: yes']
    const svg = diagram(
      [...lines, 'else bad', 'B--xA: no', 'end', 'Note over A,B: done', 'A->>A: think'].join('\n'),
      's',
    )
    for (const word of ['Bob', 'hi', '[good]', 'yes', '[bad]', 'no', 'done', 'think'])
      expect(svg).toContain(`>${word}<`)
  })

  it('is refused when it has a line that would be missing in the picture', () => {
    for (const text of [
      'pie',
      'flowchart TD\n  a --o b',
      'stateDiagram-v2\n  note right of a',
      'sequenceDiagram\n  loop x',
    ])
      expect(() => diagram(text, 'x')).toThrow('known')
  })
})
