import { present } from '../../adapters/dashboard/present.ts'
import type { DashboardImport, DashboardImportedLine } from '../../adapters/dashboard/wire.ts'
import type { Call, Command, Result } from '../command.ts'
import { confirm, reasonOf } from '../confirm.ts'
import { connectToAct } from '../engine/connect.ts'
import type { Engine } from '../engine/engine.ts'
import { inputOf } from '../input.ts'
import type { Terminal } from '../terminal.ts'
import { plain, table } from '../words.ts'

const formats = ['csv', 'jsonl'] as const
const manners = ['stop', 'skip'] as const

/** `hookward import`. */
export const imports: Command = {
  name: 'import',
  about: 'register integrations from CSV or JSON lines, all of them checked before the first is written',
  args: [{ name: 'FILE', about: 'the file; - is stdin' }],
  asksEngine: true,
  confirms: true,
  flags: {
    'dry-run': { kind: 'boolean', about: 'say what would become of each line, and write nothing' },
    format: { kind: formats, about: 'how it is written (by its first character)' },
    refused: { kind: manners, about: 'whether one bad line stops all, or is skipped (stop)' },
    reason: { kind: 'text', about: 'why; it stands in the audit' },
  },
  json: { shape: 'DashboardImport' },
  examples: ['import receivers.csv --dry-run', 'import receivers.csv --reason "the move" --yes'],
  run: (call) => imported(call),
}

async function imported(call: Call): Promise<Result> {
  const { args, flags, terminal } = call
  const how = { format: flags.word('format', formats), refused: flags.word('refused', manners) }
  const engine = await connectToAct(call)
  const given = { text: await inputOf(args[0] ?? '', terminal), ...present(how) }
  const looked = await asked(engine, { ...given, dryRun: true })
  const { created, changed, same, refused } = looked
  const isStopped = refused > 0 && how.refused !== 'skip'
  if (flags.isSet('dry-run') || isStopped || created + changed === 0)
    return resultOf(looked, rowsOf(terminal, looked), flags.isSet('dry-run'))
  const isAsked = terminal.isInteractive && !flags.isSet('yes')
  if (isAsked) for (const line of rowsOf(terminal, looked)) terminal.say(line)
  await confirm(call, `Register ${created}, change ${changed}, leave ${same}${refused > 0 ? `, skip ${refused}` : ''}`)
  const reason = await reasonOf(call)
  const value = await asked(engine, { ...given, reason })
  return resultOf(value, isAsked && value.refused === refused ? [] : rowsOf(terminal, value), false)
}

function asked(engine: Engine, body: object): Promise<DashboardImport> {
  return engine.act<DashboardImport>(body, 'import')
}

function resultOf(value: DashboardImport, rows: readonly string[], isDry: boolean): Result {
  const { created, changed, same, refused, isWritten } = value
  const counts = `${created} registered, ${changed} changed, ${same} left as they are, ${refused} refused`
  const isStopped = !isDry && !isWritten && refused > 0
  const why = `nothing was written, as ${refused} of ${value.lines.length} are refused: mend them, or pass --refused skip`
  const end = isDry ? `a dry run: ${counts}` : isStopped ? why : counts
  return { value, lines: [...rows, end], code: refused > 0 ? 1 : 0 }
}

/** Lines that stay as they are are only counted. */
function rowsOf(terminal: Terminal, { lines }: DashboardImport): readonly string[] {
  const told = lines.filter(({ becomes }) => becomes !== 'same')
  const rows = told.map(({ line, slug, becomes, ...more }) => [String(line), slug ?? '-', becomes, whatOf(more)])
  return rows.length === 0 ? [] : table(terminal, ['LINE', 'INTEGRATION', 'BECOMES', 'WHAT'], rows)
}

function whatOf({ changes, error }: Pick<DashboardImportedLine, 'changes' | 'error'>): string {
  return plain(error === undefined ? changes.join(', ') : `${error.code}: ${error.fact}`)
}
