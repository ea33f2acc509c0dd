import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { readPages, type Page } from './markdown.ts'

/** Where a page points to, each once. */
export function linksOf({ text }: Page): readonly string[] {
  const prose = text.replace(/```[\s\S]*?\n *```/g, '').replace(/`[^`\n]*`/g, 'code')
  return [...new Set([...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target))]
}

/** Links of a page to files that do not exist, and to headings that their page does not have. */
export function brokenLinks(root: string, page: Page): readonly string[] {
  return linksOf(page)
    .filter((link) => !isExternal(link))
    .flatMap((link) => {
      const [target = '', anchor] = link.split('#')
      const path = target === '' ? page.path : posix.join(posix.dirname(page.path), target)
      if (target !== '' && !existsSync(join(root, path))) return [`${page.path} links to ${link}, which does not exist`]
      if (anchor === undefined || anchorsAt(root, page, path).includes(anchor)) return []
      return [`${page.path} links to ${link}, and ${path} has no such heading`]
    })
}

/** What leaves the repository, and which pages link to it. Nothing fetches it: a test needs no network. */
export function externalLinks(pages: readonly Page[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const page of pages) {
    for (const link of linksOf(page)) if (isExternal(link)) found.set(link, [...(found.get(link) ?? []), page.path])
  }
  return found
}

/** Every page that has links: the documentation, and what stands beside the README. */
export function linkedPages(root: string): readonly Page[] {
  const besides = ['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'llms.txt']
  return [...readPages(root), ...besides.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))]
}

/** The anchors of a page's headings, as GitHub makes them; a heading that comes again gets a number. */
export function anchorsOf(text: string): readonly string[] {
  const prose = text.replace(/```[\s\S]*?\n *```/g, '')
  const seen = new Map<string, number>()
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = words.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  })
}

function anchorsAt(root: string, page: Page, path: string): readonly string[] {
  if (path === page.path) return anchorsOf(page.text)
  return statSync(join(root, path)).isFile() ? anchorsOf(readFileSync(join(root, path), 'utf8')) : []
}

function isExternal(link: string): boolean {
  return /^[a-z]+:/.test(link)
}
