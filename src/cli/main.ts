import { parseArgs } from 'node:util'
import { HookwardError, textOf } from '../domain/errors.ts'
import { flagsOf, type Call, type Command, type Result } from './command.ts'
import { commands } from './commands.ts'
import { failed, Failure, stepOf } from './failure.ts'
import { Flags } from './flags.ts'
import { packageVersion } from './package.ts'
import type { Terminal } from './terminal.ts'
import { overviewText, usageText } from './usage.ts'
import { jsonText, plain } from './words.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Runs one command; gives the exit code: 0 fine, 1 failed, 2 wrong usage. */
export async function main(argv: readonly string[], terminal: Terminal, env: Env): Promise<0 | 1 | 2> {
  const command = commandIn(argv)
  if (command === undefined) return withoutCommand(argv, terminal)
  const stop = new AbortController()
  const end = () => stop.abort()
  process.once('SIGINT', end).once('SIGTERM', end)
  const isJson = argv.includes('--json')
  try {
    const { args, flags } = given(command, argv)
    if (flags.isSet('help')) return print(terminal, usageText(command), 0)
    return finish(await command.run({ args, flags, terminal, env, signal: stop.signal }), isJson, terminal)
  } catch (error) {
    return told(error, command, isJson, terminal)
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}

function withoutCommand(argv: readonly string[], terminal: Terminal): 0 | 2 {
  const [first] = argv
  if (first === '--version' || first === '-v') return print(terminal, [packageVersion()], 0)
  if (first === '--help' || first === '-h' || first === 'help') return print(terminal, overviewText(terminal), 0)
  if (first === undefined) for (const line of overviewText(terminal)) terminal.say(line)
  else terminal.say(wordsOf(failed('UNKNOWN_COMMAND', unknown(argv)), argv.includes('--json')))
  return 2
}

function unknown([first = '', second]: readonly string[]): string {
  const group = commands.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name] : []))
  if (group.length > 0) return `${first} is ${group.join(', ')}`
  return plain(`there is no command ${JSON.stringify(second === undefined ? first : `${first} ${second}`)}`)
}

/** The longest name that the first words make. */
function commandIn([first = '', second = '']: readonly string[]): Command | undefined {
  return commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first)
}

function given(command: Command, argv: readonly string[]): Pick<Call, 'args' | 'flags'> {
  const options = Object.fromEntries(
    Object.entries(flagsOf(command)).map(([name, { kind, isMany = false }]) => [
      name,
      { type: kind === 'boolean' ? 'boolean' : 'string', multiple: isMany } as const,
    ]),
  )
  const { values, positionals } = parsed(argv.slice(command.name.split(' ').length), {
    ...options,
    help: { type: 'boolean', short: 'h' },
  })
  const flags = new Flags(values)
  if (!flags.isSet('help')) checkArguments(command, positionals)
  return { args: positionals, flags }
}

function parsed(args: readonly string[], options: NonNullable<Parameters<typeof parseArgs>[0]>['options']) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: options ?? {} })
  } catch (error) {
    const [fact = ''] = (error as Error).message.split(/\. |\n/)
    throw failed('USAGE', plain(fact.replace(/\.$/, '')))
  }
}

function checkArguments({ args = [] }: Command, positionals: readonly string[]): void {
  const missing = args.slice(positionals.length).find(({ isOptional }) => isOptional !== true)
  if (missing !== undefined) throw failed('USAGE', `${missing.name} is missing: ${missing.about}`)
  const stray = positionals[args.length]
  if (stray !== undefined) throw failed('USAGE', `${JSON.stringify(plain(stray))} is one argument too many`)
  args.forEach(({ name, words }, i) => {
    const word = positionals[i]
    if (word !== undefined && words?.includes(word) === false)
      throw failed('USAGE', `${name} is ${JSON.stringify(plain(word))}, and none of ${words.join(', ')}`)
  })
}

function finish({ value, lines = [], code = 0 }: Result, isJson: boolean, terminal: Terminal): 0 | 1 {
  if (!isJson) return print(terminal, lines, code)
  return value === undefined ? code : print(terminal, [jsonText(value)], code)
}

function print<Code extends 0 | 1 | 2>(terminal: Terminal, lines: readonly string[], code: Code): Code {
  if (lines.length > 0) terminal.out(lines.join('\n'))
  return code
}

/** What went wrong is talk, with `--json` as one line of JSON. Wrong usage is told with what the command takes. */
function told(error: unknown, command: Command, isJson: boolean, terminal: Terminal): 1 | 2 {
  const isKnown = error instanceof Failure || error instanceof HookwardError
  const isUsage = error instanceof Failure && error.code === 'USAGE'
  terminal.say(isKnown ? wordsOf(error, isJson) : plain(textOf(error)))
  if (isUsage && !isJson) for (const line of usageText(command)) terminal.say(line)
  return isUsage ? 2 : 1
}

/** A line that says what went wrong, and what to do next. */
function wordsOf(error: Failure | HookwardError, isJson: boolean): string {
  const { code, fact } = error
  const nextStep = stepOf(error)
  return isJson ? jsonText({ code, fact, nextStep }) : plain(`${code}: ${fact}. Next: ${nextStep}.`)
}
