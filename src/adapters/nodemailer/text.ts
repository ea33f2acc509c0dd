import type { Block, Table } from './blocks.ts'

/** The plain-text part of a letter. */
export function textPart(blocks: readonly Block[]): string {
  return `${blocks.map(textOf).join('\n\n')}\n`
}

function textOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${block.text}\n${'-'.repeat(block.text.length)}`
    case 'paragraph':
      return block.text
    case 'link':
      return `${block.label}:\n${block.url}`
    case 'table':
      return tableText(block)
  }
}

function tableText({ columns, rows }: Table): string {
  const lines = [columns, ...rows]
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)))
  const lineOf = (cells: readonly string[]) => cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')
  return lines.map((cells) => `  ${lineOf(cells).trimEnd()}`).join('\n')
}
