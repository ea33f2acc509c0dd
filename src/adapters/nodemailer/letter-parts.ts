import type { Explanation } from '../../domain/health.ts'
import type { IntegrationView } from '../../domain/integration.ts'
import type { Notice, RecentRequests } from '../../domain/notice.ts'
import { bareUrl } from '../../policy/shown-url.ts'
import { oneLine, type Block } from './blocks.ts'
import { factTables } from './facts.ts'

/** Where letters point to. */
export interface LetterLinks {
  /** The host's own pages; without it the letter says which call re-enables the integration. */
  readonly baseUrl?: string
  /** Where owners get help; left out of the letter when absent. */
  readonly supportUrl?: string
  /** Where owners enable it themselves, for 7 days and once; left out of the letter when absent. */
  readonly enableLink?: (notice: Notice) => string
}

/** What one letter says, before it is printed. */
export interface Draft {
  readonly subject: string
  readonly blocks: readonly Block[]
}

const sentenceCharsMax = 2_000

/** The verdict in words and numbers, the first failure, and since when it stands; `since`: how that is called. */
export function why(explanation: Explanation, since: string): readonly Block[] {
  const { evidence, sentence } = explanation
  const tables = factTables(evidence.facts).map((table): Block => ({ kind: 'table', ...table }))
  return [
    heading('Why'),
    paragraph(oneLine(sentence, sentenceCharsMax)),
    paragraph(`The rule was ${oneLine(evidence.rule)}: ${oneLine(evidence.summary, sentenceCharsMax)}.`),
    ...tables,
    paragraph(firstFailure(explanation)),
    paragraph(`${since}: ${timeText(explanation.since)}.`),
  ]
}

/** How it began. */
export function firstFailure({ incident }: Explanation): string {
  if (incident === null) return 'First failure: none was recorded.'
  const { at, outcome, topic, deliveryId, by } = incident.cause
  if (outcome === undefined)
    return `First failure: none. It began at ${timeText(at)}${by === undefined ? '' : ` with a call by ${oneLine(by)}`}.`
  const which = deliveryId === undefined ? '' : `, delivery ${oneLine(deliveryId)}`
  const about = topic === undefined ? which : `, for ${oneLine(topic)}${which}`
  return `First failure: ${timeText(at)}, ${outcome.kind} (${statusText(outcome.status)}, ${oneLine(outcome.code)})${about}.`
}

/** What the request log held: neither a body nor a header of it. */
export function latestRequests(requests: RecentRequests | undefined): readonly Block[] {
  if (requests === undefined) return []
  const { failed, lastSuccessAt } = requests
  const success = lastSuccessAt === null ? 'none among the requests that are still logged' : timeText(lastSuccessAt)
  const rows = failed.map(({ at, topic, status, code, deliveryId = '' }) => {
    return [timeText(at), oneLine(topic), status === 0 ? 'none' : String(status), oneLine(code), oneLine(deliveryId)]
  })
  const table: Block = { kind: 'table', columns: ['time', 'topic', 'HTTP status', 'code', 'delivery'], rows }
  return [
    heading('Latest requests'),
    paragraph(`Last success: ${success}.`),
    ...(rows.length === 0 ? [] : [paragraph('The last requests that failed:'), table]),
  ]
}

/** What happens by time alone, and what would change it. */
export function whatComes({ next, probeAt, wouldChange }: Explanation): readonly Block[] {
  const probed = probeAt === undefined ? '' : `It is probed next at ${timeText(probeAt)}. `
  const forecast =
    next === undefined
      ? 'Time alone does not disable it.'
      : `It becomes ${next.to} at ${timeText(next.at)} unless ${oneLine(next.unless)}.`
  return [
    heading('What happens next'),
    paragraph(`${probed}${forecast} What would change it: ${oneLine(wouldChange, sentenceCharsMax)}.`),
  ]
}

/** What waits for it, and when it is sent: `when` ends the sentence. */
export function held(explanation: Explanation, when: string): readonly Block[] {
  const n = Object.values(explanation.held).reduce((sum, count) => sum + count, 0)
  const title = heading('What is held')
  if (n === 0) return [title, paragraph(`0 deliveries are held. Any that are held later are sent after ${when}.`)]
  const which = n === 1 ? '1 delivery is held. It is' : `${n} deliveries are held. They are`
  return [title, paragraph(`${which} sent after ${when}.`)]
}

/** Its pages of the host, when there are any. */
export function settingsOf({ id, organization }: IntegrationView, baseUrl: string): string {
  return `${oneLine(baseUrl).replace(/\/+$/, '')}/settings/${encoded(organization)}/developer-settings/${encoded(id)}`
}

export function help({ supportUrl }: LetterLinks): readonly Block[] {
  return supportUrl === undefined ? [] : [link('Get help', oneLine(supportUrl), false)]
}

/** `myAPI, a custom integration of the organisation acme` */
export function whose({ name, organization }: IntegrationView): string {
  return `${oneLine(name)}, a custom integration of the organisation ${oneLine(organization)}`
}

/** What may carry tokens is left out: a mail travels far. */
export function withoutTokens(url: string): string {
  return oneLine(bareUrl(url))
}

/** UTC, as ISO 8601. The bound is the last moment a date can express. */
export function timeText(at: number): string {
  return Math.abs(at) <= 8_640_000_000_000_000 ? new Date(at).toISOString() : 'an unknown time'
}

export function heading(text: string): Block {
  return { kind: 'heading', text }
}

export function paragraph(text: string): Block {
  return { kind: 'paragraph', text }
}

export function link(label: string, url: string, main: boolean): Block {
  return { kind: 'link', label, url, main }
}

function statusText(status: number): string {
  return status === 0 ? 'no HTTP status' : `HTTP status ${status}`
}

function encoded(part: string): string {
  return encodeURIComponent(oneLine(part))
}
