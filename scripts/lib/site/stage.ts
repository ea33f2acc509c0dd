import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { integration } from '../../../src/machines/index.ts'
import { diagram } from '../diagrams/index.ts'
import { escaped } from '../diagrams/text.ts'
import { panelChart, waysOut } from '../panel-chart.ts'
import { readPages, type Page } from '../markdown.ts'
import { sourcePage } from './source-page.ts'

/** The kinds of pages, in the order of the site's navigation. */
export const groups = ['Tutorials', 'How-to', 'Reference', 'Explanation', 'More', 'Decisions'] as const
const groupOf: readonly (readonly [RegExp, (typeof groups)[number]])[] = [
  [/^docs\/tutorials\//, 'Tutorials'],
  [/^docs\/how-to\//, 'How-to'],
  [/^docs\/reference\//, 'Reference'],
  [/^docs\/explanation\//, 'Explanation'],
  [/^docs\/decisions\//, 'Decisions'],
]
const besides = ['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']

/**
 * Copies the pages into `stage` as the generator wants them: a title and a group in front, diagrams as pictures, and links
 * to sources as links to pages that show them. Answers with the paths of the pages; the README stands beside them.
 */
export function stagePages(root: string, stage: string): readonly string[] {
  const more = besides.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
  const pages = [...readPages(root), ...more].filter(({ path }) => !path.includes('/0000-'))
  for (const page of pages) put(stage, page.path, staged(root, stage, page))
  cpSync(join(root, 'docs/images'), join(stage, 'docs/images'), { recursive: true })
  cpSync(join(root, 'docs/telemetry'), join(stage, 'docs/telemetry'), { recursive: true })
  return pages.map(({ path }) => path).filter((path) => path !== 'README.md')
}

function staged(root: string, stage: string, { path, text }: Page): string {
  const title = titleOf({ path, text })
  const body = withSources(root, stage, path, withPictures(text, title))
  // The generator writes the name above the page it begins with.
  if (path === 'README.md') return body.replace(/^# .+\n/, '')
  const group = groupOf.find(([pattern]) => pattern.test(path))?.[1] ?? 'More'
  return `---\ntitle: ${JSON.stringify(title)}\ngroup: ${group}\npath: ${path.replace(/\.md$/, '')}\n---\n\n${body}`
}

export function titleOf({ path, text }: Page): string {
  if (path === 'docs/README.md') return 'Contents'
  return /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? path
}

/** The health chart is drawn as the dashboard draws it, with every way in words beneath; the others as they are written. */
function withPictures(text: string, title: string): string {
  const health = /(<!-- generated:chart:integration -->\n\n)```mermaid\n[\s\S]*?^```$/m
  return text
    .replace(health, (_, mark: string) => mark + healthChart())
    .replaceAll(/^```mermaid\n([\s\S]*?)^```$/gm, (_, block: string) => {
      return `<figure class="diagram">\n${diagram(block, `Diagram: ${title}`)}\n</figure>`
    })
}

function healthChart(): string {
  const ways = Object.entries(waysOut(integration.config)).flatMap(([from, out]) =>
    out.map(([label, to]) => `<tr><td>${from}</td><td>${escaped(label)}</td><td>${to}</td></tr>`),
  )
  const head = '<tr><th>from</th><th>signal [guard]</th><th>to</th></tr>'
  const words = `<details><summary>Every way, in words</summary><table>${head}${ways.join('')}</table></details>`
  return `<figure class="diagram health">\n${panelChart(integration.config)}\n${words}\n</figure>`
}

/** A link to a file that is no page, such as a test, leads to a page that shows the file; one to a folder, to its name. */
function withSources(root: string, stage: string, page: string, text: string): string {
  const parts = text.split(/(```[\s\S]*?\n[ ]*```)/)
  return parts.map((part, i) => (i % 2 === 1 ? part : linked(root, stage, page, part))).join('')
}

function linked(root: string, stage: string, page: string, prose: string): string {
  return prose.replaceAll(/\[([^[\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)/g, (link, words: string, target: string) => {
    if (/^[a-z]+:/.test(target) || /\.(?:png|json|yml)$/.test(target)) return link
    const path = posix.join(posix.dirname(page), target)
    if (path.endsWith('.md') && path !== 'api.md' && !path.includes('/0000-')) return link
    const file = join(root, path)
    if (!existsSync(file)) return link
    if (statSync(file).isDirectory()) return words
    const shown = `source/${path}.html`
    put(stage, shown, sourcePage(path, readFileSync(file, 'utf8')))
    return `[${words}](${posix.relative(posix.dirname(page), shown)})`
  })
}

function put(stage: string, path: string, text: string): void {
  mkdirSync(dirname(join(stage, path)), { recursive: true })
  writeFileSync(join(stage, path), text)
}
