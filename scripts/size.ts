import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { panelFiles } from './lib/panel.ts'

/** `npm run size`: what the dashboard's page weighs against its budget; ends with 1 when it is too much. */
const budget = [
  ['script', 'panel.js', false, 40 * 1_024],
  ['script, gzip', 'panel.js', true, 15 * 1_024],
  ['style', 'panel.css', false, 8 * 1_024],
  ['everything', undefined, false, 100 * 1_024],
] as const

const files = await panelFiles(join(import.meta.dirname, '..'))
const all = Object.values(files)
  .map(({ text }) => text)
  .join('')

for (const [what, file, isZipped, bytesMax] of budget) {
  const text = file === undefined ? all : (files[file]?.text ?? '')
  const bytes = isZipped ? gzipSync(text).length : Buffer.byteLength(text)
  const isOver = bytes > bytesMax
  console.log(`${what.padEnd(12)} ${String(bytes).padStart(7)} of ${bytesMax} bytes${isOver ? '  too much' : ''}`)
  if (isOver) process.exitCode = 1
}
