import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundleSize, programs } from './lib/bundle-size.ts'
import { panelFiles } from './lib/panel.ts'

/**
 * `npm run size`: what the dashboard's page weighs, and what a bundler keeps of the package for a program, minified and
 * without the dependencies; ends with 1 when something is over its budget.
 */
const root = join(import.meta.dirname, '..')
const budget = [
  ['script', 'panel.js', false, 40 * 1_024],
  ['script, gzip', 'panel.js', true, 15 * 1_024],
  ['style', 'panel.css', false, 8 * 1_024],
  ['everything', undefined, false, 100 * 1_024],
] as const

const files = await panelFiles(root)
const all = Object.values(files)
  .map(({ text }) => text)
  .join('')

for (const [what, file, isZipped, bytesMax] of budget) {
  const text = file === undefined ? all : (files[file]?.text ?? '')
  say(`panel: ${what}`, isZipped ? gzipSync(text).length : Buffer.byteLength(text), bytesMax)
}
for (const [program, bytesMax] of programs) {
  const { bytes, gzipBytes } = await bundleSize(root, program)
  say(program, bytes, bytesMax, `, ${gzipBytes} gzip`)
}

function say(what: string, bytes: number, bytesMax: number, more = ''): void {
  const isOver = bytes > bytesMax
  console.log(
    `${what.padEnd(56)} ${String(bytes).padStart(7)} of ${bytesMax} bytes${more}${isOver ? '  too much' : ''}`,
  )
  if (isOver) process.exitCode = 1
}
