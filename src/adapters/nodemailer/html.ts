import type { Block, Link, Table } from './blocks.ts'

/** The HTML part of a letter: no image, no script, no style sheet, and no colour that a dark background would swallow. */
export function htmlPart(title: string, blocks: readonly Block[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)}</title>`,
    '</head>',
    `<body style="${styles.body}">`,
    ...blocks.map(htmlOf),
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

/** Makes any text safe in HTML, between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const styles = {
  body: 'font-family: system-ui, sans-serif; font-size: 16px; line-height: 1.5; max-width: 40em; margin: 0 auto; padding: 16px',
  heading: 'font-size: 18px; margin: 24px 0 8px',
  paragraph: 'margin: 0 0 16px; overflow-wrap: anywhere',
  table: 'border-collapse: collapse; font-size: 14px; margin: 0 0 16px',
  cell: 'border: 1px solid #888888; padding: 4px 8px; text-align: left',
  button:
    'display: inline-block; padding: 10px 16px; border-radius: 6px; background: #2f4fc4; color: #ffffff; font-weight: 600; text-decoration: none',
}

function htmlOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h2 style="${styles.heading}">${escapeHtml(block.text)}</h2>`
    case 'paragraph':
      return `<p style="${styles.paragraph}">${escapeHtml(block.text)}</p>`
    case 'link':
      return `<p style="${styles.paragraph}">${linkHtml(block)}</p>`
    case 'table':
      return tableHtml(block)
  }
}

/** Only addresses a mail program may open become links; anything else (`javascript:`) stays text. */
function linkHtml({ label, url, main }: Link): string {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return `${escapeHtml(label)}: ${escapeHtml(url)}`
  const style = main ? ` style="${styles.button}"` : ''
  return `<a href="${escapeHtml(url)}"${style}>${escapeHtml(label)}</a>`
}

function tableHtml({ columns, rows }: Table): string {
  const head = columns.map((text) => `<th style="${styles.cell}">${escapeHtml(text)}</th>`).join('')
  const body = rows.map(rowHtml).join('\n')
  return `<table style="${styles.table}">\n<tr>${head}</tr>\n${body}\n</table>`
}

function rowHtml(cells: readonly string[]): string {
  return `<tr>${cells.map((text) => `<td style="${styles.cell}">${escapeHtml(text)}</td>`).join('')}</tr>`
}
