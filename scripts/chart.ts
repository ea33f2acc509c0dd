import { parseArgs } from 'node:util'
import { integration, notifier, webhook } from '../src/machines/index.ts'
import { mermaid, type StateConfig } from './lib/chart.ts'
import { svg } from './lib/svg.ts'

const machines = { integration, webhook, notifier } as const
type Name = keyof typeof machines

/** Writes machines to standard output: as JSON (what Stately's editor imports), as Mermaid, or as a picture. */
function main(): void {
  const { values, positionals } = given()
  const form = (['json', 'mermaid', 'svg'] as const).find((name) => values[name] === true)
  const asked = positionals.length === 0 ? (Object.keys(machines) as Name[]) : positionals.filter(isName)
  if (form === undefined || asked.length === 0 || asked.length < positionals.length) return usage()
  if (form === 'json') {
    const configs = Object.fromEntries(asked.map((name) => [name, configOf(name)]))
    console.log(JSON.stringify(asked.length === 1 ? configs[asked[0] ?? ''] : configs, null, 2))
  } else for (const name of asked) console.log(form === 'svg' ? svg(configOf(name)) : diagram(name))
}

/** What is no option of ours gives no form, and so the usage. */
function given() {
  const options = { json: { type: 'boolean' }, mermaid: { type: 'boolean' }, svg: { type: 'boolean' } } as const
  const { values, positionals, tokens } = parseArgs({ allowPositionals: true, options, strict: false, tokens: true })
  const isStray = tokens.some((token) => token.kind === 'option' && !Object.hasOwn(options, token.name))
  return { values: isStray ? {} : values, positionals }
}

function isName(name: string): name is Name {
  return Object.hasOwn(machines, name)
}

function configOf(name: Name): StateConfig {
  return machines[name].config as StateConfig
}

/** Without the fence that Markdown needs around it. */
function diagram(name: Name): string {
  return mermaid(configOf(name)).replace(/^```mermaid\n|\n```$/g, '')
}

function usage(): void {
  console.error(`usage: npm run -s chart -- --json | --mermaid | --svg [${Object.keys(machines).join('] [')}]`)
  process.exitCode = 2
}

main()
