import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { outOfDate } from './lib/generated.ts'

/** `npm run docs` writes the generated parts of the documentation anew; with `--check` it only says which differ. */
const root = join(import.meta.dirname, '..')
const pages = outOfDate(root)

if (process.argv.includes('--check')) {
  for (const { path } of pages) console.error(`${path} is out of date: run npm run docs`)
  process.exitCode = pages.length === 0 ? 0 : 1
} else {
  for (const { path, text } of pages) {
    writeFileSync(join(root, path), text)
    console.log(`${path} is written anew`)
  }
}
