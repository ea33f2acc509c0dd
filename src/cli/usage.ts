import { flagsOf, type Argument, type Command } from './command.ts'
import { commands } from './commands.ts'
import type { Flag } from './flags.ts'
import type { Terminal } from './terminal.ts'

/** Every command, a line each. */
export function overviewText(terminal: Terminal): readonly string[] {
  const width = Math.max(...commands.map((command) => callOf(command).length))
  return [
    terminal.paint('hookward', 'bold') + ' COMMAND',
    '',
    ...commands.map((command) => `  ${callOf(command).padEnd(width)}  ${command.about}`),
    '',
    'A command asks the engine whose dashboard is at --url or HOOKWARD_URL, with the token HOOKWARD_TOKEN,',
    'or reads the folder of a store: --store or HOOKWARD_STORE. Otherwise it asks the playground, hookward dev.',
    '',
    '  --json     JSON on stdout',
    '  --help     what a command takes',
    '  --version  which hookward this is',
    '',
    'Exit codes: 0 fine, 1 failed, 2 wrong usage.',
  ]
}

/** What one command takes. */
export function usageText(command: Command): readonly string[] {
  const { about, args = [], examples = [] } = command
  const flags = Object.entries(flagsOf(command)).map(([name, flag]) => [flagCall(name, flag), flag.about] as const)
  const rows = [...args.map((one) => [argumentCall(one), explained(one)] as const), ...flags]
  const width = Math.max(...rows.map(([call]) => call.length))
  return [
    `hookward ${callOf(command)}`,
    '',
    `  ${about}`,
    '',
    ...rows.map(([call, meaning]) => `  ${call.padEnd(width)}  ${meaning}`),
    ...(examples.length === 0 ? [] : ['', ...examples.map((example) => `  npx hookward ${example}`)]),
  ]
}

/** Its name and its arguments: `store show DIR [SLUG]`. */
export function callOf({ name, args = [] }: Command): string {
  return [name, ...args.map(argumentCall)].join(' ')
}

/** A flag as it is written: `--since MOMENT`. */
export function flagCall(name: string, { kind, value, isMany }: Flag): string {
  if (kind === 'boolean') return `--${name}`
  const shown = value ?? (typeof kind === 'string' ? kind.toUpperCase() : kind.join('|'))
  return `--${name} ${shown}${isMany === true ? ' ...' : ''}`
}

function argumentCall({ name, isOptional }: Argument): string {
  return isOptional === true ? `[${name}]` : name
}

function explained({ about, words }: Argument): string {
  return words === undefined ? about : `${about}: ${words.join(', ')}`
}
