import type { Colour, Terminal } from './terminal.ts'

/** Text of others as it may be written to a terminal: what could steer one is shown as a blank. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ' ')
}

/** JSON whose text cannot steer a terminal either. */
export function jsonText(value: unknown): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escaped)
}

/** A moment, to the second. */
export function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** A span in its two largest units: `3d 4h`, `12s`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  const first = units.findIndex(([n]) => n > 0)
  if (first < 0) return '0s'
  const two = units.slice(first, first + 2).filter(([n]) => n > 0)
  return two.map(([n, unit]) => `${n}${unit}`).join(' ')
}

const colours: Readonly<Record<string, Colour>> = {
  healthy: 'green',
  degraded: 'yellow',
  broken: 'red',
  disabled: 'red',
  quarantined: 'red',
  paused: 'blue',
}

/** A state in the colour it has on the dashboard. */
export function stateText(terminal: Terminal, state: string): string {
  const colour = colours[state]
  return colour === undefined ? state : terminal.paint(state, colour)
}

/** One cell: what is measured, and how it is painted once it is in its place. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/**
 * Rows beneath a head, in columns as wide as what stands in them. On a terminal the last column is cut where the line
 * ends; elsewhere nothing is.
 */
export function table(
  terminal: Terminal,
  head: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: plain(cell) } : cell)))
  const widths = head.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.text.length ?? 0)))
  const line = (row: readonly Cell[]) => {
    const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
    const room = terminal.columns === undefined ? Infinity : Math.max(10, terminal.columns - before)
    return row
      .map(({ text, paint = (same) => same }, i) => {
        if (i === head.length - 1) return paint(text.length > room ? `${text.slice(0, room - 3)}...` : text)
        return paint(text) + ' '.repeat((widths[i] ?? 0) - text.length + 2)
      })
      .join('')
      .trimEnd()
  }
  return [line(head.map((text) => ({ text, paint: (same) => terminal.paint(same, 'bold') }))), ...cells.map(line)]
}

/** Facts beneath each other: a name, and what it is. */
export function facts(pairs: readonly (readonly [string, string | undefined])[]): readonly string[] {
  const given = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined)
  const width = Math.max(...given.map(([name]) => name.length))
  return given.map(([name, text]) => `${name.padEnd(width)}  ${text}`)
}
