import { join } from 'node:path'
import { brokenLinks, externalLinks, linkedPages } from './lib/links.ts'

/** `npm run docs:links`: every link inside must lead somewhere; those that leave the repository are printed, and not fetched. */
const root = join(import.meta.dirname, '..')
const pages = linkedPages(root)
const broken = pages.flatMap((page) => brokenLinks(root, page))

for (const [link, from] of externalLinks(pages)) console.log(`${link}  ${from.join(' ')}`)
for (const fault of broken) console.error(fault)
process.exitCode = broken.length === 0 ? 0 : 1
