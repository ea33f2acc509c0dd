import { traces, type TraceName } from '../../src/testing/trace/traces.ts'
import { rules, scoreOf, sumOf, type Score } from './trace-scores.ts'

/** Each trace is made so often, from other seeds. */
export const seeds: readonly number[] = [1, 2, 3]

/** Of each trace, how each rule fared. */
export type Scores = Readonly<Partial<Record<TraceName, Readonly<Record<string, Score>>>>>

/** Runs every rule through these traces. */
export function scoresOf(names: readonly TraceName[]): Scores {
  const scores = (name: TraceName) =>
    Object.fromEntries(Object.entries(rules).map(([rule, how]) => [rule, scoreOf(how, name, seeds)]))
  return Object.fromEntries(names.map((name) => [name, scores(name)]))
}

/** The names of all traces. */
export const traceNames = Object.keys(traces) as readonly TraceName[]

/** The page with these tables made anew: `<!-- traces:NAME -->` each, and `<!-- traces:all -->` where all are given. */
export function withTables(page: string, scores: Scores): string {
  const tables = new Map(Object.entries(scores).map(([name, byRule]) => [name, tableOf(byRule)]))
  if (traceNames.every((name) => name in scores)) tables.set('all', tableOf(inAll(scores)))
  return page.replace(/<!-- traces:(\w+) -->\n[\s\S]*?<!-- \/traces -->/g, (text, name: string) =>
    tables.has(name) ? `<!-- traces:${name} -->\n\n${tables.get(name)}\n\n<!-- /traces -->` : text,
  )
}

/** All traces as one. */
export function inAll(scores: Scores): Readonly<Record<string, Score>> {
  const all = Object.values(scores)
  return Object.fromEntries(
    Object.keys(rules).map((rule) => [rule, sumOf(all.flatMap((byRule) => byRule[rule] ?? []))]),
  )
}

/** One table, a row for each rule. */
export function tableOf(byRule: Readonly<Record<string, Score>>): string {
  const head = ['rule', 'false disablements', 'dead and missed', 'hours until the owner knows', 'mails', 'events lost']
  const rows = Object.entries(byRule).map(([rule, score]) => [
    ['standard', 'sentry'].includes(rule) ? `\`${rule}\`` : rule,
    `${score.disabledAlive} of ${score.alive}`,
    score.dead === 0 ? '-' : `${score.missed} of ${score.dead}`,
    hoursOf(score),
    String(score.mails),
    score.lost === 0 ? '0' : `${thousands(score.lost)} of ${thousands(score.events)}`,
  ])
  return aligned([head, ...rows])
}

/** From the first to be told to the last. */
function hoursOf({ untilToldMs }: Score): string {
  if (untilToldMs.length === 0) return '-'
  const sorted = [...untilToldMs].sort((a, b) => a - b).map(hours)
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)]
  return first === last ? first : `${first} to ${last}`
}

function hours(ms: number): string {
  return ms === Infinity ? 'never' : (ms / 3_600_000).toFixed(1)
}

function thousands(n: number): string {
  return n.toLocaleString('en-US')
}

/** As prettier would write it. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? []
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [head = [], ...others] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n')
}
