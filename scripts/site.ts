import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildSite } from './lib/site/build.ts'

/** `npm run docs:site` writes the documentation as a site that needs no server and no network: open `site/index.html`. */
const root = join(import.meta.dirname, '..')
const out = join(root, 'site')

rmSync(out, { recursive: true, force: true })
const complaints = await buildSite(root, out)
for (const complaint of complaints) console.error(complaint)
console.log(`${complaints.length === 0 ? 'written' : 'not right'}: ${join('site', 'index.html')}`)
process.exitCode = complaints.length === 0 ? 0 : 1
