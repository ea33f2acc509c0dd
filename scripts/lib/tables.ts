import ts from 'typescript'
import type { OutcomeKind } from '../../src/domain/outcome.ts'
import type { OutcomeRule, OutcomeTable } from '../../src/policy/health/policy.ts'
import { kindOfStatus } from '../../src/policy/outcome.ts'
import { labelOf, type Arrow } from '../../src/cli/chart/drawing.ts'
import { descendants, parse } from './source.ts'

/** A Markdown table, its columns aligned as prettier aligns them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  return [line(cells[0] ?? []), rule, ...cells.slice(1).map(line)].join('\n')
}

/** Every error code with its next step. */
export function errorTable(codes: Readonly<Record<string, string>>): string {
  return table(
    ['code', 'what to do next'],
    Object.entries(codes).map(([code, next]) => [mono(code), next]),
  )
}

/** The parameters of a policy: each default as the policy itself reports it, each meaning from its doc comment. */
export function paramTable(params: object, source: string, interfaceName: string): string {
  const meanings = fieldDocs(source, interfaceName)
  const rows = Object.entries(params).map(([name, value]) => {
    const meaning = meanings.get(name)
    if (meaning === undefined || meaning === '') throw new Error(`${interfaceName}.${name} has no doc comment`)
    return [mono(name), mono(valueText(value)), meaning]
  })
  return table(['parameter', 'default', 'meaning'], rows)
}

/** What a policy makes of each outcome; exceptions by status stand last. */
export function outcomeTable({ kinds, statuses = {} }: OutcomeTable): string {
  const answers = statusesByKind()
  const rows = Object.entries(kinds).map(([kind, rule]) => [mono(kind), answers.get(kind) ?? '', ...ruleTexts(rule)])
  const exceptions = Object.entries(statuses).map(([status, rule]) => ['any', status, ...ruleTexts(rule)])
  return table(['outcome', 'HTTP status', 'the delivery', 'health'], [...rows, ...exceptions])
}

/** What each signal does, and in which states. A signal not listed for a state changes nothing there. */
export function signalTable(arrows: readonly Arrow[]): string {
  const heard = arrows.filter(({ signal }) => signal !== '' && !signal.startsWith('xstate.'))
  const signals = [...new Set(heard.map(({ signal }) => signal))].sort()
  const rows = signals.map((signal) => {
    const own = heard.filter((arrow) => arrow.signal === signal)
    const moves = own.filter(({ to }) => to !== undefined)
    const stays = own.filter(({ to }) => to === undefined)
    return [mono(signal), moves.map(moveText).join('<br>'), stays.map(stayText).join(', ')]
  })
  return table(['signal', 'moves', 'is taken without a move in'], rows)
}

function fieldDocs(source: string, interfaceName: string): ReadonlyMap<string, string> {
  const isWanted = (node: ts.Node): node is ts.InterfaceDeclaration =>
    ts.isInterfaceDeclaration(node) && node.name.text === interfaceName
  const members = descendants(parse('policy.ts', source)).find(isWanted)?.members ?? []
  return new Map(members.map((member) => [member.name?.getText() ?? '', docOf(member)]))
}

function docOf(node: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(node).map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '')
  return comments.join(' ').trim()
}

function statusesByKind(): ReadonlyMap<string, string> {
  const kinds = new Map<OutcomeKind, number[]>()
  for (let status = 200; status < 600; status += 1) {
    const kind = kindOfStatus(status)
    kinds.set(kind, [...(kinds.get(kind) ?? []), status])
  }
  return new Map([...kinds].map(([kind, statuses]) => [kind, spansText(statuses)]))
}

/** 200, 201, 202, 410 as `200-202, 410`. */
function spansText(numbers: readonly number[]): string {
  const starts = numbers.filter((n) => !numbers.includes(n - 1))
  const ends = numbers.filter((n) => !numbers.includes(n + 1))
  return starts.map((start, i) => (start === ends[i] ? String(start) : `${start}-${String(ends[i])}`)).join(', ')
}

const settles: Readonly<Record<OutcomeRule['settles'], string>> = {
  delivered: 'is delivered',
  retry: 'is tried again by the schedule, then dead',
  wait: 'waits as it was asked to; no attempt is spent while there is patience',
  dead: 'is dead at once',
  later: 'is tried again soon; no attempt is spent',
}

const counts: Readonly<Record<OutcomeRule['counts'], string>> = {
  ok: 'a success',
  failed: 'a failure',
  disable: 'disables at once',
  none: 'does not count',
}

function ruleTexts(rule: OutcomeRule): readonly string[] {
  const { attemptsMax, waitMsMin } = rule
  const bounds = [
    ...(attemptsMax === undefined ? [] : [`after ${attemptsMax} attempts at most`]),
    ...(waitMsMin === undefined ? [] : [`not before ${waitMsMin / 1_000} s`]),
  ]
  return [[settles[rule.settles], ...bounds].join('; '), counts[rule.counts]]
}

function moveText({ from, to, guard }: Arrow): string {
  return labelOf(`${from} → ${to ?? from}`, guard)
}

function stayText({ from, guard }: Arrow): string {
  return labelOf(from === '' ? 'every state' : from, guard)
}

function valueText(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', "'").replaceAll(',', ', ')
}

function mono(text: string): string {
  return `\`${text}\``
}
