import { layOut, newGraph, type Graph } from '../dagre.ts'
import type { Drawing, Edge, Node } from './parse.ts'
import { linePx, picture, px, textAt, textWidthPx, wrapped } from './text.ts'

interface Placed {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Drawn {
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly x: number
  readonly y: number
  readonly lines: readonly string[]
}

const padPx = 12
const charsMax = 26

/** Boxes and arrows, laid out by dagre. */
export function drawGraph(drawing: Drawing, name: string): string {
  const graph = layout(drawing)
  const { width = 0, height = 0 } = graph.graph()
  const ids = [...drawing.nodes.keys()]
  const isOuter = (id: string) => graph.children(id).length > 0
  const boxes = [...ids.filter(isOuter), ...ids.filter((id) => !isOuter(id))].map((id) => {
    const node = drawing.nodes.get(id)
    return node === undefined ? '' : shape(node, graph.node(id), isOuter(id))
  })
  const arrows = graph.edges().map((edge) => graph.edge(edge))
  const words = arrows.filter(({ lines }) => lines.length > 0).map(({ x, y, lines }) => textAt(x, y, lines, 'words'))
  return picture(width, height, name, [...boxes, ...arrows.map(line), ...words])
}

function layout({ nodes, edges }: Drawing): Graph<Placed, Drawn> {
  const graph = newGraph<Placed, Drawn>()
  graph.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 44, edgesep: 20, marginx: 12, marginy: 12 })
  for (const [id, node] of nodes) graph.setNode(id, sizeOf(node))
  for (const [id, { parent }] of nodes) if (parent !== '') graph.setParent(id, parent)
  // Dagre draws no arrow to a box that holds others, so such an arrow goes to the first state inside.
  const inside = (id: string) => [...nodes].find(([, { parent, shape }]) => parent === id && shape === 'box')?.[0] ?? id
  const label = ({ lines }: Edge) => ({
    ...{ width: textWidthPx(lines) + padPx, height: lines.length * linePx, labelpos: 'c', lines },
  })
  edges.forEach((edge, i) => graph.setEdge(inside(edge.from), inside(edge.to), label(edge), String(i)))
  layOut(graph)
  return graph
}

function sizeOf({ label, shape }: Node): { readonly width: number; readonly height: number } {
  if (shape === 'start' || shape === 'end') return { width: 14, height: 14 }
  const lines = wrapped(label, charsMax)
  const sides = shape === 'question' ? 2 * padPx : padPx
  return { width: textWidthPx(lines) + padPx + sides, height: lines.length * linePx + padPx }
}

function shape({ label, shape }: Node, placed: Placed, isOuter: boolean): string {
  const { x, y, width, height } = placed
  const [left, top, right, bottom] = [x - width / 2, y - height / 2, x + width / 2, y + height / 2].map(px)
  if (shape === 'start') return `<circle class="point" cx="${px(x)}" cy="${px(y)}" r="6"/>`
  if (shape === 'end') {
    return `<circle class="ring" cx="${px(x)}" cy="${px(y)}" r="6.5"/><circle class="point" cx="${px(x)}" cy="${px(y)}" r="3.5"/>`
  }
  if (shape === 'question') {
    const points = [
      ...[left, y, px(x - width / 2 + padPx), top, px(x + width / 2 - padPx), top],
      ...[right, y, px(x + width / 2 - padPx), bottom, px(x - width / 2 + padPx), bottom],
    ]
    return `<polygon class="question" points="${points.join(' ')}"/>${textAt(x, y, wrapped(label, charsMax), 'name')}`
  }
  const rect = `<rect class="${isOuter ? 'outer' : 'box'}" x="${left}" y="${top}" width="${px(width)}" height="${px(height)}" rx="7"/>`
  return isOuter
    ? rect + textAt(x, y - height / 2 + linePx * 0.7, [label], 'outer-name')
    : rect + textAt(x, y, wrapped(label, charsMax), 'name')
}

/** Through the middles between its points, so that it bends instead of breaking. */
function line({ points }: Drawn): string {
  const [first, ...rest] = points
  const last = rest.pop()
  if (first === undefined || last === undefined) return ''
  const bends = rest.map((point, i) => {
    const next = rest[i + 1] ?? last
    const end = i === rest.length - 1 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
    return `Q${px(point.x)} ${px(point.y)} ${px(end.x)} ${px(end.y)}`
  })
  const path = [`M${px(first.x)} ${px(first.y)}`, ...(bends.length > 0 ? bends : [`L${px(last.x)} ${px(last.y)}`])]
  return `<path class="line" d="${path.join('')}" marker-end="url(#tip)"/>`
}
