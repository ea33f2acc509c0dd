import { flagsOf, type Command } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { cliCodes } from '../../src/cli/failure.ts'
import { callOf, flagCall } from '../../src/cli/usage.ts'
import { membersIn, shapeTable } from './api.ts'
import type { Sources } from './source.ts'
import { table } from './tables.ts'

/** Where each shape of the command line's own is declared. */
const shapes: Readonly<Record<string, string>> = {
  Explained: 'src/cli/commands/explain.ts',
  FolderFacts: 'src/cli/engine/folder-facts.ts',
  Pulse: 'src/cli/commands/tail.ts',
  PlayedMail: 'src/cli/playground/run.ts',
  DemoStep: 'src/cli/demo/telling.ts',
  Replayed: 'src/cli/commands/replay.ts',
  Watched: 'src/cli/progress.ts',
  TraceFacts: 'src/cli/commands/traces.ts',
  Diagnosis: 'src/cli/doctor/finding.ts',
  StoreFixed: 'src/cli/commands/store.ts',
  StoreCheck: 'src/adapters/lowdb/store-tools.ts',
  Migration: 'src/adapters/restate/migrate.ts',
  StoredIntegration: 'src/adapters/lowdb/store-tools.ts',
  Finding: 'src/adapters/lowdb/inspect.ts',
  Simulation: 'src/testing/simulate/simulate.ts',
  Fate: 'src/testing/simulate/fate.ts',
}

/** The reference of the command line, from the table of commands and the types of what it prints. */
export function cliParts(sources: Sources): Readonly<Record<string, () => string>> {
  const tables = Object.entries(shapes).map(
    ([name, path]) => [`cli:shape:${name}`, () => shapeTable(membersIn(sources, path, name))] as const,
  )
  return {
    'cli:commands': () => commands.map(commandPart).join('\n\n'),
    'cli:codes': () =>
      table(
        ['code', 'next step'],
        Object.entries(cliCodes).map(([code, next]) => [mono(code), next]),
      ),
    ...Object.fromEntries(tables),
  }
}

function commandPart(command: Command): string {
  const { name, about, args = [], examples = [], json } = command
  const rows = [
    ...args.map(({ name: argument, about: meaning, words }) => [
      mono(argument),
      words === undefined ? meaning : `${meaning}: ${words.map(mono).join(', ')}`,
    ]),
    ...Object.entries(flagsOf(command))
      .filter(([flag]) => flag !== 'help')
      .map(([flag, one]) => [mono(flagCall(flag, one).replaceAll('|', ' or ')), one.about]),
  ]
  const form =
    json === undefined ? [] : ['', `\`--json\`${json.isLines === true ? ', a line each' : ''}: \`${json.shape}\`.`]
  const shown = examples.length === 0 ? [] : ['', '```sh', ...examples.map((one) => withProgram(one)), '```']
  const taken = rows.length === 0 ? [] : ['', table(['takes', 'meaning'], rows)]
  return [`### ${name}`, '', `\`hookward ${callOf(command)}\`: ${about}.`, ...taken, ...form, ...shown].join('\n')
}

function withProgram(example: string): string {
  return example.includes('npx ') ? example : `npx hookward ${example}`
}

function mono(text: string): string {
  return `\`${text}\``
}
