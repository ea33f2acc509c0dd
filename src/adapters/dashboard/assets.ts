import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { escapeHtml } from '../nodemailer/html.ts'
import { problem, refusal, respond } from './answers.ts'

interface Asset {
  readonly type: string
  readonly text: string
  readonly zipped: Uint8Array<ArrayBuffer>
}

/** What a page is made of, under names that change with what is in them. */
export interface Assets {
  readonly byName: ReadonlyMap<string, Asset>
  readonly script: string
  readonly style: string
  readonly icon: string
  readonly chart: string
}

let loaded: Assets | undefined

/** Made by `npm run build`, read once, served from memory. */
export function assets(): Assets | undefined {
  loaded ??= load()
  return loaded
}

function load(): Assets | undefined {
  const places = [new URL('../../panel.json', import.meta.url), new URL('../../../dist/panel.json', import.meta.url)]
  const place = places.find((url) => existsSync(url))
  if (place === undefined) return undefined
  const files = JSON.parse(readFileSync(place, 'utf8')) as Readonly<Record<string, { type: string; text: string }>>
  const byName = new Map<string, Asset>()
  const named = (file: string): string => {
    const { type, text } = files[file] ?? { type: 'text/plain', text: '' }
    const [stem, ext] = file.split('.')
    const name = `${stem}-${createHash('sha256').update(text).digest('hex').slice(0, 10)}.${ext}`
    byName.set(name, { type, text, zipped: new Uint8Array(gzipSync(text)) })
    return name
  }
  return {
    byName,
    script: named('panel.js'),
    style: named('panel.css'),
    icon: named('panel.svg'),
    chart: named('chart.json'),
  }
}

/** One file of the page: what it holds never changes under its name. */
export function asset(name: string, request: Request): Response {
  const found = assets()?.byName.get(name)
  if (found === undefined) return refusal(problem(404, 'NOT_FOUND', 'there is no such file', 'load the page again'))
  const kept = { 'cache-control': 'private, max-age=31536000, immutable', vary: 'accept-encoding' }
  const isZipped = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  if (!isZipped) return respond(found.text, found.type, kept)
  return respond(found.zipped, found.type, { ...kept, 'content-encoding': 'gzip' })
}

/** The one page: everything else of it is asked for by its script. */
export function page(base: string): Response {
  const made = assets()
  if (made === undefined)
    return respond('The pages were not built: npm run build', 'text/plain; charset=utf-8', {}, 503)
  const at = (name: string) => escapeHtml(`${base}assets/${name}`)
  const html = `<!doctype html>
<html lang="en" data-base="${escapeHtml(base)}" data-chart="${at(made.chart)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>hookward</title>
<link rel="icon" href="${at(made.icon)}">
<link rel="stylesheet" href="${at(made.style)}">
<script type="module" src="${at(made.script)}"></script>
</head>
<body><div id="app"></div><noscript>This page needs JavaScript.</noscript></body>
</html>
`
  return respond(html, 'text/html; charset=utf-8')
}
