import { linePx, picture, px, textAt, textWidthPx } from './text.ts'

type Step =
  | {
      readonly kind: 'message'
      readonly from: string
      readonly to: string
      readonly how: string
      readonly words: string
    }
  | { readonly kind: 'note'; readonly from: string; readonly to: string; readonly words: string }
  | { readonly kind: 'alt' | 'else'; readonly words: string }
  | { readonly kind: 'end' }

const headPx = 30
const rowPx = 40
const marginPx = 20
const columnPxMin = 110

/** The part of Mermaid's `sequenceDiagram` that our pages use: participants, messages, notes, alternatives. */
export function drawSequence(lines: readonly string[], name: string): string {
  const titles = new Map<string, string>()
  const steps: Step[] = []
  for (const line of lines.map((text) => text.trim())) {
    const [isOne, id = '', title] = /^participant (\w+)(?: as (.+))?$/.exec(line) ?? []
    if (isOne === undefined) steps.push(stepOf(line))
    else titles.set(id, title ?? id)
  }
  const columns = placeColumns([...titles.keys()], titles, steps)
  const widthPx = (columns.at(-1) ?? 0) + columnPxMin / 2 + marginPx + overhangPx(titles, steps)
  const at = (id: string): number => {
    const column = columns[[...titles.keys()].indexOf(id)]
    if (column === undefined) throw new Error(`a sequence names ${id}, which takes no part in it`)
    return column
  }
  const heightPx = headPx + steps.length * rowPx + 2 * marginPx
  const heads = [...titles].map(([id, title]) => head(at(id), title, heightPx))
  const rows = steps.map((step, i) => drawStep(step, marginPx + headPx + (i + 0.8) * rowPx, at))
  return picture(widthPx, heightPx, name, [...heads, ...frames(steps, widthPx), ...rows])
}

function stepOf(line: string): Step {
  const [isMessage, from = '', how = '', to = '', words = ''] = /^(\w+)(->>|-->>|--x)(\w+): (.+)$/.exec(line) ?? []
  if (isMessage !== undefined) return { kind: 'message', from, how, to, words }
  const [isNote, first = '', last = first, said = ''] = /^Note over (\w+)(?:,(\w+))?: (.+)$/.exec(line) ?? []
  if (isNote !== undefined) return { kind: 'note', from: first, to: last, words: said }
  const [isCase, kind, when = ''] = /^(alt|else) (.+)$/.exec(line) ?? []
  if (isCase !== undefined) return { kind: kind === 'alt' ? 'alt' : 'else', words: when }
  if (line === 'end') return { kind: 'end' }
  throw new Error(`a sequence has the line "${line}", which is not known here`)
}

/** Each as far from the one before as the words between them need. */
function placeColumns(ids: readonly string[], titles: ReadonlyMap<string, string>, steps: readonly Step[]): number[] {
  const gaps = ids.map((id) => Math.max(columnPxMin, textWidthPx([titles.get(id) ?? '']) + 30))
  for (const step of steps) {
    if (step.kind !== 'message' || step.from === step.to) continue
    const [first = 0, last = 0] = [ids.indexOf(step.from), ids.indexOf(step.to)].sort((a, b) => a - b)
    const share = (textWidthPx([step.words]) + 24) / (last - first)
    for (let i = first; i < last; i++) gaps[i] = Math.max(gaps[i] ?? 0, share)
  }
  let x = marginPx + columnPxMin / 2
  return gaps.map((gap) => {
    const here = x
    x += gap
    return here
  })
}

/** What words of the last column to itself need beyond it. */
function overhangPx(titles: ReadonlyMap<string, string>, steps: readonly Step[]): number {
  const last = [...titles.keys()].at(-1)
  const own = steps.filter((step) => step.kind === 'message' && step.from === last && step.to === last)
  return Math.max(0, ...own.map((step) => ('words' in step ? textWidthPx([step.words]) - columnPxMin / 2 : 0)))
}

function head(x: number, title: string, heightPx: number): string {
  const width = textWidthPx([title]) + 24
  const box = `<rect class="box" x="${px(x - width / 2)}" y="${marginPx}" width="${px(width)}" height="${headPx}" rx="7"/>`
  const life = `<path class="life" d="M${px(x)} ${marginPx + headPx}V${heightPx - marginPx}"/>`
  return life + box + textAt(x, marginPx + headPx / 2, [title], 'name')
}

function drawStep(step: Step, y: number, at: (id: string) => number): string {
  if (step.kind === 'message') return message(at(step.from), at(step.to), y, step)
  if (step.kind !== 'note') return ''
  const [left, right] = [at(step.from), at(step.to)].sort((a, b) => a - b)
  const width = Math.max((right ?? 0) - (left ?? 0), textWidthPx([step.words])) + 20
  const middle = ((left ?? 0) + (right ?? 0)) / 2
  const box = `<rect class="note" x="${px(middle - width / 2)}" y="${px(y - 16)}" width="${px(width)}" height="${linePx + 10}"/>`
  return box + textAt(middle, y - 3, [step.words], 'name')
}

function message(from: number, to: number, y: number, { how, words }: Step & { readonly kind: 'message' }): string {
  const kind = how === '->>' ? 'line' : 'line dashed'
  if (from === to) {
    const loop = `<path class="${kind}" d="M${px(from)} ${px(y - 14)}h26v16h-24" marker-end="url(#tip)"/>`
    return loop + textAt(from + 34 + textWidthPx([words]) / 2, y - 6, [words], 'words')
  }
  const isLost = how === '--x'
  const end = isLost ? to + (from < to ? -10 : 10) : to
  const line = `<path class="${kind}" d="M${px(from)} ${px(y)}H${px(end)}"${isLost ? '' : ' marker-end="url(#tip)"'}/>`
  const cross = isLost ? `<path class="line" d="M${px(end - 5)} ${px(y - 5)}l10 10m0 -10l-10 10"/>` : ''
  return line + cross + textAt((from + to) / 2, y - 11, [words], 'words')
}

/** A frame around alternatives, with a rule and the words before each. */
function frames(steps: readonly Step[], widthPx: number): readonly string[] {
  const yOf = (i: number) => marginPx + headPx + i * rowPx + 8
  const first = steps.findIndex(({ kind }) => kind === 'alt')
  const last = steps.findIndex(({ kind }) => kind === 'end')
  if (first === -1) return []
  const [left, width] = [marginPx / 2, widthPx - marginPx]
  const frame = `<rect class="frame" x="${left}" y="${yOf(first)}" width="${px(width)}" height="${yOf(last) - yOf(first)}" rx="7"/>`
  const cases = steps.flatMap((step, i) => {
    if (step.kind !== 'alt' && step.kind !== 'else') return []
    const words = `[${step.words}]`
    const rule = step.kind === 'else' ? `<path class="life" d="M${left} ${yOf(i)}h${px(width)}"/>` : ''
    return [rule + textAt(left + 10 + textWidthPx([words]) / 2, yOf(i) + 14, [words], 'case')]
  })
  return [frame, ...cases]
}
