#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { checkStore, fixStore, showStore } from './adapters/lowdb/store-tools.ts'
import { HookwardError } from './domain/errors.ts'

const usage = `hookward store check DIR              verify every file; exit 1 when something is damaged
hookward store show DIR [INTEGRATION] what the store holds, without secrets
hookward store fix DIR [--quarantine] sign documents anew after an edit by hand;
                                      with --quarantine, set aside what is damaged beyond that

  --json   one value of JSON on stdout

check and show read beside a running engine; fix needs the store for itself.
Exit codes: 0 fine, 1 failed or damaged, 2 wrong usage.`

/** What a command came to: the value for `--json`, the lines for people, and the exit code. */
interface Result {
  readonly value: unknown
  readonly lines: readonly string[]
  readonly code: 0 | 1
}

type Command = (dir: string, rest: readonly string[], options: { readonly quarantine: boolean }) => Promise<Result>

const commands: Readonly<Record<string, Command>> = {
  check: async (dir) => {
    const value = await checkStore(dir)
    const { journal, integrations, pending, findings, isSound } = value
    const counts = `${integrations} integrations, ${pending} deliveries waiting, ${journal.lines} records in ${journal.segments} segments`
    const found = findings.map(({ file, fact, isDamage }) => `${isDamage ? 'damaged' : 'harmless'}: ${file} ${fact}`)
    return { value, lines: [...found, `${isSound ? 'sound' : 'damaged'}: ${counts}`], code: isSound ? 0 : 1 }
  },
  show: async (dir, [slug]) => {
    const value = await showStore(dir, slug)
    const lines = value.map(({ integration, state, pending, held, dead }) =>
      [
        integration.id,
        JSON.stringify(state),
        `waiting ${pending}`,
        `held ${held}`,
        `dead ${dead}`,
        integration.url,
      ].join('\t'),
    )
    return { value, lines, code: 0 }
  },
  fix: async (dir, _rest, options) => {
    const done = await fixStore(dir, options)
    const { isSound } = await checkStore(dir)
    const end = isSound ? 'sound' : 'still damaged: look at hookward store check, or pass --quarantine'
    return { value: { done, isSound }, lines: [...done, end], code: isSound ? 0 : 1 }
  },
}

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  const given = read(argv)
  if (given === null) return say(usage, 2)
  if (given.help) return show(usage, 0)
  try {
    const { value, lines, code } = await given.command(given.dir, given.rest, given)
    return show(given.json ? JSON.stringify(value) : lines.join('\n'), code)
  } catch (error) {
    return say(error instanceof HookwardError ? error.message : String(error), 1)
  }
}

function read(argv: readonly string[]) {
  try {
    const options = { json: { type: 'boolean' }, quarantine: { type: 'boolean' }, help: { type: 'boolean' } } as const
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const { json = false, quarantine = false, help = false } = values
    const [area, name = '', dir = '', ...rest] = positionals
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (help) return { json, quarantine, help, dir, rest, command: commands['check'] as Command }
    if (area !== 'store' || command === undefined || dir === '' || rest.length > (name === 'show' ? 1 : 0)) return null
    return { json, quarantine, help, dir, rest, command }
  } catch {
    return null
  }
}

/** stdout is data. */
function show(text: string, code: number): number {
  process.stdout.write(`${text}\n`)
  return code
}

/** stderr is talk. */
function say(text: string, code: number): number {
  process.stderr.write(`${text}\n`)
  return code
}
