import { arrowsOf, labelOf, statesOf, type StateConfig } from '../../src/cli/chart/drawing.ts'
import { layOut, newGraph, type Graph } from './dagre.ts'

interface Placed {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const fontPx = 13
const linePx = 17
const charPx = 7.2
const padPx = 14

/** A picture of a machine that needs nothing else to be shown. States and arrows carry `data-state` and `data-event`. */
export function svg(machine: StateConfig): string {
  const graph = layout(machine)
  const { width = 0, height = 0 } = graph.graph()
  const boxes = graph.nodes().map((path) => box(path, graph.node(path), graph.children(path).length > 0))
  const lines = graph.edges().map((edge) => arrow(graph.edge(edge)))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" role="img" font-family="system-ui, sans-serif" font-size="${fontPx}">`,
    `<title>${escaped(machine.id ?? 'machine')}</title>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#666"/></marker></defs>',
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...boxes,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
}

interface Edge {
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly x: number
  readonly y: number
  readonly texts: readonly string[]
}

function layout(machine: StateConfig): Graph<Placed, Edge> {
  const graph = newGraph<Placed, Edge>()
  graph.setGraph({ rankdir: 'TB', nodesep: 40, ranksep: 60, marginx: 20, marginy: 20 })
  const states = statesOf(machine, '').filter(({ path }) => path !== '')
  const isOuter = (path: string) => states.some((other) => other.path.startsWith(`${path}.`))
  for (const { path } of states) graph.setNode(path, sizeOf([nameOf(path)]))
  for (const { path } of states) if (path.includes('.')) graph.setParent(path, path.slice(0, path.lastIndexOf('.')))
  // Dagre draws no arrow to a box that holds others, so such an arrow goes to the first state inside.
  const inside = (path: string) =>
    isOuter(path) ? (states.find((s) => s.path.startsWith(`${path}.`))?.path ?? path) : path
  for (const [pair, texts] of labelled(machine)) {
    const [from = '', to = ''] = pair.split(' ').map(inside)
    graph.setEdge(from, to, { ...sizeOf(texts), texts, labelpos: 'c' }, pair)
  }
  layOut(graph)
  return graph
}

/** The arrows between two states share one line. */
function labelled(machine: StateConfig): ReadonlyMap<string, readonly string[]> {
  const labels = new Map<string, string[]>()
  for (const { from, to, signal, guard } of arrowsOf(machine)) {
    if (to === undefined || from === '' || from === to) continue
    const key = `${from} ${to}`
    labels.set(key, [...(labels.get(key) ?? []), labelOf(signal, guard)])
  }
  return labels
}

function box(path: string, { x, y, width, height }: Placed, isOuter: boolean): string {
  const at = `x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" height="${round(height)}"`
  const rect = `<rect ${at} rx="8" fill="${isOuter ? 'none' : '#f3f4f6'}" stroke="#444"/>`
  const textY = isOuter ? y - height / 2 + linePx : y + fontPx / 3
  const label = `<text x="${round(x)}" y="${round(textY)}" text-anchor="middle" fill="${isOuter ? '#666' : '#111'}">${escaped(nameOf(path))}</text>`
  return `<g data-state="${escaped(path)}">${rect}${label}</g>`
}

function arrow({ points, x, y, texts }: Edge): string {
  const path = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${round(point.x)} ${round(point.y)}`).join(' ')
  const top = y - ((texts.length - 1) * linePx) / 2 + fontPx / 3
  const lines = texts.map((text, i) => {
    return `<tspan x="${round(x)}" y="${round(top + i * linePx)}">${escaped(text)}</tspan>`
  })
  const label = `<text text-anchor="middle" fill="#333" stroke="#fff" stroke-width="3" paint-order="stroke">${lines.join('')}</text>`
  return `<g data-event="${escaped(texts.join(' | '))}"><path d="${path}" fill="none" stroke="#666" marker-end="url(#tip)"/>${label}</g>`
}

function sizeOf(texts: readonly string[]): { readonly width: number; readonly height: number } {
  const chars = Math.max(...texts.map((text) => text.length))
  return { width: chars * charPx + 2 * padPx, height: texts.length * linePx + padPx }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

function round(px: number): number {
  return Math.round(px * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
