import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiReport } from './lib/api-report.ts'

/**
 * `npm run -s api:check`: whether what users can see is still what `api.md` says; ends with 1 when it is not, and names
 * the lines. `npm run -s api` writes it anew: its difference then stands in the change, for a reader to judge.
 */
const root = join(import.meta.dirname, '..')
const path = join(root, 'api.md')
const head = `# What users can see

Written by \`npm run -s api\`, compared by \`npm run -s api:check\`. A line that goes or changes here is a breaking change unless [the policy](docs/explanation/versions.md) says otherwise.

`
const now = head + apiReport(root)
if (process.argv.includes('--write')) writeFileSync(path, now)
const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
const [old, fresh] = [new Set(before.split('\n')), new Set(now.split('\n'))]
const gone = [...old].filter((line) => !fresh.has(line))
const added = [...fresh].filter((line) => !old.has(line))
for (const line of gone) console.log(`- ${line}`)
for (const line of added) console.log(`+ ${line}`)
console.log(
  before === now ? 'what users can see is as api.md has it' : 'run npm run -s api, and look at the difference',
)
process.exitCode = before === now ? 0 : 1
