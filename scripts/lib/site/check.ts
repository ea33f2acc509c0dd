import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { inflateSync } from 'node:zlib'

/** A page of the built site, by its path. */
export interface Built {
  readonly path: string
  readonly html: string
}

export function builtPages(site: string): readonly Built[] {
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' })
  return files
    .filter((path) => path.endsWith('.html'))
    .sort()
    .map((path) => ({ path, html: readFileSync(join(site, path), 'utf8') }))
}

/** Links and resources inside the site that are not there: the file, or the place in it. */
export function deadEnds(site: string, pages: readonly Built[]): readonly string[] {
  const ids = new Map(pages.map(({ path, html }) => [path, new Set(valuesOf(html, 'id'))]))
  return pages.flatMap((page) =>
    [...new Set([...valuesOf(page.html, 'href'), ...valuesOf(page.html, 'src')])]
      .filter((link) => link !== '' && link !== '#' && !/^[a-z]+:/.test(link))
      .flatMap((link) => {
        const [target = '', anchor] = link.split('#').map(decodeURIComponent)
        const path = target === '' ? page.path : relative(site, join(site, dirname(page.path), target))
        if (!existsSync(join(site, path))) return [`${page.path} leads to ${link}, which is not there`]
        const isThere = anchor === undefined || path.endsWith('.svg') || ids.get(path)?.has(anchor)
        return isThere === true ? [] : [`${page.path} leads to ${link}, and there is no such place`]
      }),
  )
}

/** What a page would fetch from elsewhere to be shown: scripts, styles, fonts, images. Links are no such thing. */
export function fetchedFromOutside(site: string, pages: readonly Built[]): readonly string[] {
  const inPages = pages.flatMap(({ path, html }) =>
    [
      ...html.matchAll(
        /<(?:script|link|img|iframe|source|object|use)\b[^>]*?(?:src|href|data)="((?:https?:)?\/\/[^"]*)"/g,
      ),
    ].map(([, url = '']) => `${path} fetches ${url}`),
  )
  const styles = readdirSync(join(site, 'assets')).filter((path) => path.endsWith('.css'))
  const inStyles = styles.flatMap((path) =>
    [
      ...readFileSync(join(site, 'assets', path), 'utf8').matchAll(
        /(?:url\(|@import )\s*["']?(?:https?:)?\/\/[^)"']*/g,
      ),
    ].map(([rule]) => `assets/${path} fetches ${rule}`),
  )
  return [...inPages, ...inStyles]
}

/** The names of all that can be searched for, and the words of the index, as the page's own script unpacks them. */
export function searchIndex(site: string): { readonly names: readonly string[]; readonly words: ReadonlySet<string> } {
  const [, packed = ''] = /"([^"]+)"/.exec(readFileSync(join(site, 'assets/search.js'), 'utf8')) ?? []
  const unpacked = inflateSync(Buffer.from(packed, 'base64')).toString()
  const { rows, index } = JSON.parse(unpacked) as {
    rows: readonly { readonly name: string }[]
    index: { readonly invertedIndex: readonly (readonly [string, unknown])[] }
  }
  return { names: rows.map(({ name }) => name), words: new Set(index.invertedIndex.map(([word]) => word)) }
}

function valuesOf(html: string, attribute: string): readonly string[] {
  return [...html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) =>
    value.replaceAll('&amp;', '&'),
  )
}
