import type { LogEntry } from '../../domain/delivery.ts'
import type { Explanation } from '../../domain/health.ts'
import type { Json, JsonObject } from '../../domain/json.ts'
import type { Call, Command, Result } from '../command.ts'
import { connect } from '../engine/connect.ts'
import { besideFolder, folderLines, type FromFolder } from '../engine/folder-facts.ts'
import type { Terminal } from '../terminal.ts'
import { facts, plain, spanText, stateText, timeText } from '../words.ts'
import type { DashboardIntegration } from '../../adapters/dashboard/wire.ts'
import { entryTable } from './log.ts'
import { slug } from './slug.ts'

/** What `hookward explain --json` prints. */
export interface Explained extends FromFolder {
  readonly at: number
  readonly explanation: Explanation
  /** The latest attempts that failed, newest first: at most 3. */
  readonly lastErrors: readonly LogEntry[]
}

/** `hookward explain`. */
export const explain: Command = {
  name: 'explain',
  about: 'why it is in its state: the rule, its numbers, the last errors, what comes next',
  args: [slug],
  asksEngine: true,
  json: { shape: 'Explained' },
  run: (call) => explained(call),
}

async function explained(call: Call): Promise<Result> {
  const [id = ''] = call.args
  const engine = await connect(call)
  const { at, explanation } = await engine.get<DashboardIntegration>('integration', { slug: id })
  const lastErrors = await engine.get<readonly LogEntry[]>('log', { slug: id, errorsOnly: true, limit: 3 })
  const value: Explained = besideFolder({ at, explanation, lastErrors }, engine.folder)
  return { value, lines: [...folderLines(engine.folder, id), ...explanationLines(call.terminal, value)] }
}

function explanationLines(terminal: Terminal, { at, explanation, lastErrors }: Explained): readonly string[] {
  const errors = lastErrors.length === 0 ? [] : ['', 'Last errors:', ...entryTable(terminal, lastErrors)]
  return [...verdictLines(terminal, explanation, at), ...errors]
}

/** The verdict, fact by fact; `at` is now, by the engine's clock, where that is known. */
export function verdictLines(terminal: Terminal, explanation: Explanation, at?: number): readonly string[] {
  const { integration, state, since, policy, evidence, incident, next, probeAt, whyNot, wouldChange } = explanation
  return [
    `${integration} is ${stateText(terminal, state)} since ${timeText(since)}${at === undefined ? '' : ` (${spanText(at - since)})`}${state === 'paused' ? ', by hand; before that' : ''}: ${plain(evidence.summary)}.`,
    ...facts([
      ['rule', `${evidence.rule} of ${policy.name} ${policy.version}`],
      ...numbersOf(evidence.facts),
      ['began', incident === null ? undefined : `${timeText(incident.startedAt)} ${causeOf(incident.cause)}`],
      ['held', countsOf(explanation.held)],
      ['dead', countsOf(explanation.dead)],
      [
        'frozen',
        explanation.frozenAt === undefined ? undefined : `our own side is down since ${timeText(explanation.frozenAt)}`,
      ],
      ['next', next === undefined ? undefined : `${next.to} at ${timeText(next.at)} unless ${plain(next.unless)}`],
      ['probe', probeAt === undefined ? undefined : `at ${timeText(probeAt)}`],
      ['not worse', whyNot[0] === undefined ? undefined : `not ${whyNot[0].level}: ${plain(whyNot[0].because)}`],
      ['would change', plain(wouldChange)],
    ]),
  ]
}

function causeOf({ signal, outcome, topic, by, reason }: NonNullable<Explanation['incident']>['cause']): string {
  if (outcome !== undefined) return plain(`with ${outcome.code} to ${topic ?? 'a delivery'}`)
  return plain(by === undefined ? `with ${signal}` : `by ${by}: ${reason ?? 'no reason given'}`)
}

/** The numbers of a rule, each group of them in a line of its own. */
function numbersOf(given: Explanation['evidence']['facts']): readonly (readonly [string, string])[] {
  const plainOnes = Object.entries(given).filter(([, value]) => !isGroup(value))
  const groups = Object.entries(given).flatMap(([name, value]) => (isGroup(value) ? [[name, value] as const] : []))
  const own = plainOnes.length === 0 ? [] : [['numbers', pairsOf(Object.fromEntries(plainOnes))] as const]
  return [...own, ...groups.map(([name, group]) => [`numbers: ${wordsOf(name, {})}`, pairsOf(group)] as const)]
}

function isGroup(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pairsOf(group: JsonObject): string {
  return plain(
    Object.entries(group)
      .map(([name, value]) => `${wordsOf(name, group)} ${numberText(name, value)}`)
      .join(', '),
  )
}

/** `inARow` is read as "in a row", and `windowMs` as "window": what follows has its unit. */
function wordsOf(name: string, group: JsonObject): string {
  const bare = name.replace(/Ms$/, '')
  const told = bare !== name && bare in group ? `${bare}Span` : bare
  return told.replaceAll(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
}

/** Names of numbers end in what they are: moments in `At` and `Until`, spans in `Ms`. */
function numberText(name: string, value: Json): string {
  if (typeof value !== 'number') return JSON.stringify(value)
  if (name.endsWith('At') || name.endsWith('Until')) return timeText(value)
  return name.endsWith('Ms') ? spanText(value) : String(value)
}

function countsOf(counts: Readonly<Partial<Record<string, number>>>): string | undefined {
  const pairs = Object.entries(counts).map(([reason, n]) => `${n} ${reason}`)
  return pairs.length === 0 ? undefined : pairs.join(', ')
}
