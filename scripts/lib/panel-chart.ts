import { arrowsOf, labelOf, statesOf, type StateConfig } from '../../src/cli/chart/drawing.ts'

interface Box {
  readonly path: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Outer extends Box {
  readonly leaves: readonly Box[]
  readonly column: number
}

interface Way {
  readonly from: string
  readonly to: string
  readonly label: string
}

const leaf = { width: 112, height: 34 } as const
const [gapPx, padPx, titlePx, archPx, marginPx] = [46, 16, 24, 26, 12]

/**
 * The health chart as the dashboard draws it: its outer states side by side in their order, one line for each pair of
 * them. `data-state` names a state; `data-from`, `data-to` and `data-event` of a line, all the ways it stands for.
 */
export function panelChart(machine: StateConfig): string {
  const outers = placed(machine)
  const groups = grouped(machine)
  const above = archOf(outers, groups, 1)
  const below = archOf(outers, groups, -1)
  const bottom = Math.max(...outers.map(({ y, height }) => y + height))
  const width = Math.max(...outers.map(({ x, width }) => x + width)) + marginPx
  const [top, height] = [-above - marginPx, bottom + below + above + 2 * marginPx]
  const lines = [...groups].map(([pair, ways]) => line(pair, ways, outers, bottom))
  const tip =
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker></defs>'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-marginPx} ${top} ${width + marginPx} ${height}" role="img" aria-label="The health chart">${tip}${outers.map(frame).join('')}${lines.join('')}${outers.map(leafBoxes).join('')}</svg>`
}

/** Every way out of each leaf, in words: what leads where. */
export function waysOut(machine: StateConfig): Readonly<Record<string, readonly (readonly [string, string])[]>> {
  const leaves = leavesOf(machine)
  const waysFrom = (path: string) =>
    waysOf(machine).filter(({ from, to }) => (path === from || path.startsWith(`${from}.`)) && to !== path)
  return Object.fromEntries(leaves.map((path) => [path, waysFrom(path).map(({ label, to }) => [label, to] as const)]))
}

function waysOf(machine: StateConfig): readonly Way[] {
  return arrowsOf(machine).flatMap(({ from, to, signal, guard }) =>
    to === undefined || from === '' ? [] : [{ from, to, label: labelOf(signal, guard) }],
  )
}

function leavesOf(machine: StateConfig): readonly string[] {
  const paths = statesOf(machine, '').flatMap(({ path }) => (path === '' ? [] : [path]))
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}.`)))
}

function placed(machine: StateConfig): readonly Outer[] {
  const leaves = leavesOf(machine)
  const names = [...new Set(leaves.map(outerOf))]
  const inside = names.map((name) => leaves.filter((path) => outerOf(path) === name))
  const heightOf = (count: number) => titlePx + count * (leaf.height + padPx)
  const tallest = Math.max(...inside.map(({ length }) => heightOf(length)))
  return names.map((path, column) => {
    const own = inside[column] ?? []
    const isAlone = own[0] === path
    const height = isAlone ? leaf.height : heightOf(own.length)
    const width = isAlone ? leaf.width : leaf.width + 2 * padPx
    const left = names
      .slice(0, column)
      .reduce((x, _, i) => x + (inside[i]?.[0] === names[i] ? leaf.width : leaf.width + 2 * padPx) + gapPx, 0)
    const y = (tallest - height) / 2
    const boxes = own.map((one, row) => ({
      path: one,
      x: left + padPx,
      y: y + titlePx + row * (leaf.height + padPx),
      ...leaf,
    }))
    return { path, column, x: left, y, width, height, leaves: isAlone ? [] : boxes }
  })
}

/** The ways between two outer states, or between two states inside one, share a line. */
function grouped(machine: StateConfig): ReadonlyMap<string, readonly Way[]> {
  const groups = new Map<string, Way[]>()
  for (const way of waysOf(machine)) {
    const isInside = outerOf(way.from) === outerOf(way.to)
    if (isInside && (way.from === way.to || !way.from.includes('.'))) continue
    const pair = isInside ? `${way.from} ${way.to}` : `${outerOf(way.from)} ${outerOf(way.to)}`
    groups.set(pair, [...(groups.get(pair) ?? []), way])
  }
  return groups
}

/** How much room the arches of one side take: forwards over the top, backwards beneath. */
function archOf(outers: readonly Outer[], groups: ReadonlyMap<string, unknown>, side: 1 | -1): number {
  const columnOf = (path: string) => outers.find((one) => one.path === path)?.column
  const spans = [...groups.keys()].map((pair) => {
    const [from = 0, to = 0] = pair.split(' ').map(columnOf)
    return (to - from) * side
  })
  const longest = Math.max(0, ...spans)
  // A curve goes three quarters of the way to what draws it.
  return longest < 2 ? 0 : longest * archPx * 0.75
}

function line(pair: string, ways: readonly Way[], outers: readonly Outer[], bottom: number): string {
  const [from = '', to = ''] = pair.split(' ')
  const all = (pick: (way: Way) => string) => [...new Set(ways.map(pick))].join(' ')
  const events = [...new Set(ways.map(({ label }) => label))].join(', ')
  const told = `<title>${escaped(`${from} to ${to}: ${events}`)}</title>`
  const data = `data-from="${all((way) => way.from)}" data-to="${all((way) => way.to)}" data-event="${escaped(events)}"`
  return `<g ${data}><path d="${courseOf(from, to, outers, bottom)}" marker-end="url(#tip)"/>${told}</g>`
}

function courseOf(from: string, to: string, outers: readonly Outer[], bottom: number): string {
  const [a, b] = [boxOf(from, outers), boxOf(to, outers)]
  if (outerOf(from) === outerOf(to)) return inColumn(a, b)
  const [start, end] = [outers.indexOf(a as Outer), outers.indexOf(b as Outer)]
  const span = end - start
  const [ay, by] = [a.y + a.height / 2, b.y + b.height / 2]
  if (span === 1) return `M${a.x + a.width} ${ay - 6}L${b.x} ${by - 6}`
  if (span === -1) return `M${a.x} ${ay + 6}L${b.x + b.width} ${by + 6}`
  const [ax, bx] = [at(a, 0.5 + span * 0.07), at(b, 0.5 - span * 0.07)]
  if (span > 0) return `M${ax} ${a.y}C${ax} ${-span * archPx} ${bx} ${-span * archPx} ${bx} ${b.y}`
  const depth = bottom - span * archPx
  return `M${ax} ${a.y + a.height}C${ax} ${depth} ${bx} ${depth} ${bx} ${b.y + b.height}`
}

/** Down on the right, up on the left; past a box in between, in a bow. */
function inColumn(a: Box, b: Box): string {
  const isDown = b.y > a.y
  const isNext = Math.abs(b.y - a.y) < 2 * leaf.height
  const x = at(a, isDown ? 0.6 : 0.4)
  if (isNext) return isDown ? `M${x} ${a.y + a.height}L${x} ${b.y}` : `M${x} ${a.y}L${x} ${b.y + b.height}`
  const side = a.x + a.width
  return `M${side} ${a.y + a.height / 2}C${side + 12} ${a.y + 20} ${side + 12} ${b.y} ${side} ${b.y + b.height / 2}`
}

function boxOf(path: string, outers: readonly Outer[]): Box {
  const found =
    outers.find((one) => one.path === path) ?? outers.flatMap(({ leaves }) => leaves).find((one) => one.path === path)
  if (found === undefined) throw new Error(`the chart has no state ${path}`)
  return found
}

function frame({ path, x, y, width, height, leaves }: Outer): string {
  if (leaves.length === 0) return ''
  const box = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/>`
  return `<g class="outer" data-state="${path}">${box}<text x="${x + width / 2}" y="${y + 17}">${path}</text></g>`
}

function leafBoxes(outer: Outer): string {
  return (outer.leaves.length === 0 ? [outer] : outer.leaves).map(leafBox).join('')
}

function leafBox({ path, x, y, width, height }: Box): string {
  const name = path.slice(path.lastIndexOf('.') + 1)
  return `<g class="leaf" data-state="${path}"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/><text x="${x + width / 2}" y="${y + height / 2 + 4.5}">${name}</text></g>`
}

function at({ x, width }: Box, share: number): number {
  return Math.round(x + width * Math.min(Math.max(share, 0.12), 0.88))
}

function outerOf(path: string): string {
  return path.split('.')[0] ?? path
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
