import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPages, type Page } from './markdown.ts'

/** The index of all pages for programs that read: `llms.txt`, which is packed. */
export function llmsPage(root: string): Page {
  const path = join(root, 'llms.txt')
  return { path: 'llms.txt', text: existsSync(path) ? readFileSync(path, 'utf8') : empty }
}

const empty = '# hookward\n\n<!-- generated:llms -->\n<!-- /generated -->\n'

const kinds = [
  ['Start', /^README\.md$/],
  ['Tutorials', /^docs\/tutorials\//],
  ['How-to', /^docs\/how-to\//],
  ['Reference', /^docs\/reference\//],
  ['Explanation', /^docs\/explanation\//],
  ['More', /^docs\/(?!README|decisions|tutorials|how-to|reference|explanation)/],
  ['Decisions', /^docs\/decisions\/(?!0000)/],
] as const

/** Each page with its title and its first sentence, by kind. */
export function llmsText(root: string): string {
  const pages = readPages(root)
  const parts = kinds.map(([kind, pattern]) => {
    const own = pages.filter(({ path }) => pattern.test(path))
    return `## ${kind}\n\n${own.map(lineOf).join('\n')}`
  })
  return `> ${firstSentence(pages.find(({ path }) => path === 'README.md')?.text ?? '')}\n\n${parts.join('\n\n')}`
}

function lineOf({ path, text }: Page): string {
  const [, title = path] = /^# (.+)$/m.exec(text) ?? []
  const sentence = firstSentence(text)
  return `- [${title}](${path})${sentence === '' ? '' : `: ${sentence}`}`
}

/** Of the first paragraph that is prose; links are written as their words. */
function firstSentence(text: string): string {
  const paragraph = text.split(/\n{2,}/).find((part) => /^(?!```)[A-Za-z`]/.test(part)) ?? ''
  const prose = paragraph.replaceAll('\n', ' ').replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
  return /^.*?\.(?= |$)/.exec(prose)?.[0] ?? prose.replace(/:$/, '.')
}
