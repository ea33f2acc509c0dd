export const fontPx = 13
export const linePx = 17
const charPx = 7.2

export function textWidthPx(lines: readonly string[]): number {
  return Math.max(0, ...lines.map((line) => line.length)) * charPx
}

/** Broken between words where a line would be longer than that. */
export function wrapped(text: string, charsMax: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length + 1 > charsMax) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** Lines beneath each other, centred about a point. */
export function textAt(x: number, y: number, lines: readonly string[], kind: string): string {
  const top = y - ((lines.length - 1) * linePx) / 2 + fontPx / 3
  const spans = lines.map((line, i) => `<tspan x="${px(x)}" y="${px(top + i * linePx)}">${escaped(line)}</tspan>`)
  return `<text class="${kind}" text-anchor="middle">${spans.join('')}</text>`
}

/** A picture in the colours of the page around it, as large as it is; `name` is what a screen reader says. */
export function picture(width: number, height: number, name: string, parts: readonly string[]): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-label="${escaped(name)}" font-family="system-ui, sans-serif" font-size="${fontPx}">`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>',
    ...parts.filter((part) => part !== ''), // A blank line would end the block of the page that holds it.
    '</svg>',
  ].join('\n')
}

export function px(value: number): number {
  return Math.round(value * 10) / 10
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
