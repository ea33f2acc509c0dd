import type { Explanation } from '../../domain/health.ts'
import type { IntegrationView } from '../../domain/integration.ts'
import type { Letter, Notice } from '../../domain/notice.ts'
import type { OutgoingMail } from '../../ports.ts'
import { oneLine, type Block } from './blocks.ts'
import { factTables } from './facts.ts'
import { htmlPart } from './html.ts'
import { textPart } from './text.ts'

/** Where letters point to. */
export interface LetterLinks {
  /** The host's own pages; without it the letter says which call re-enables the integration. */
  readonly baseUrl?: string
  /** Where owners get help; left out of the letter when absent. */
  readonly supportUrl?: string
}

/**
 * The letter to one owner of an integration that was switched off: what happened, why in words and numbers, since when,
 * what is held, and what to do (spec 11). Both parts say the same; the subject is one line of at most 250 characters.
 */
export function disabledLetter(
  notice: Notice,
  integration: IntegrationView,
  letter: Letter,
  links: LetterLinks,
): OutgoingMail {
  const { explanation } = notice
  const subject = oneLine(subjectOf(explanation, integration), subjectCharsMax)
  const blocks = [
    ...whatHappened(explanation, integration),
    ...why(explanation),
    ...held(explanation),
    ...whatToDo(explanation, integration, links),
    paragraph(`You receive this mail because you are listed as an owner of ${oneLine(integration.name)}.`),
  ]
  return { messageId: letter.id, to: letter.to, subject, text: textPart(blocks), html: htmlPart(subject, blocks) }
}

const subjectCharsMax = 250

function subjectOf(explanation: Explanation, { name }: IntegrationView): string {
  const hand = byHand(explanation)
  if (hand === null) return `Action required: Fix your ${name} integration`
  return `Action required: ${hand.by} switched off your ${name} integration (${hand.reason})`
}

function whatHappened(explanation: Explanation, integration: IntegrationView): readonly Block[] {
  const name = oneLine(integration.name)
  const whose = `a custom integration of the organisation ${oneLine(integration.organization)}`
  const url = withoutQuery(integration.url)
  const stopped = paragraph(`${name} no longer receives events.`)
  const hand = byHand(explanation)
  if (hand !== null) {
    const switched = `${hand.by} switched off ${name}, ${whose}. Its webhook URL is ${url}.`
    return [paragraph(switched), paragraph(`The reason given: ${hand.reason}`), stopped]
  }
  if (explanation.evidence.rule === 'receiver.disable')
    return [paragraph(`The receiver at webhook URL ${url} of ${name}, ${whose}, asked for no more events.`), stopped]
  return [paragraph(`Many requests to the webhook URL ${url} of ${name}, ${whose}, have failed.`), stopped]
}

function why(explanation: Explanation): readonly Block[] {
  const { evidence, sentence, since } = explanation
  const tables = factTables(evidence.facts).map((table): Block => ({ kind: 'table', ...table }))
  return [
    { kind: 'heading', text: 'Why' },
    paragraph(oneLine(sentence, sentenceCharsMax)),
    paragraph(`The rule was ${oneLine(evidence.rule)}: ${oneLine(evidence.summary, sentenceCharsMax)}.`),
    ...tables,
    paragraph(firstFailure(explanation)),
    paragraph(`Switched off since: ${timeText(since)}.`),
  ]
}

const sentenceCharsMax = 2_000

function firstFailure({ incident }: Explanation): string {
  if (incident === null) return 'First failure: none was recorded.'
  const { at, outcome, topic, by } = incident.cause
  if (outcome === undefined)
    return `First failure: none. It began at ${timeText(at)}${by === undefined ? '' : ` with a call by ${oneLine(by)}`}.`
  const status = outcome.status === 0 ? 'no HTTP status' : `HTTP status ${outcome.status}`
  const about = topic === undefined ? '' : `, for ${oneLine(topic)}`
  return `First failure: ${timeText(at)}, ${outcome.kind} (${status}, ${oneLine(outcome.code)})${about}.`
}

function held(explanation: Explanation): readonly Block[] {
  const n = Object.values(explanation.held).reduce((sum, count) => sum + count, 0)
  const heading: Block = { kind: 'heading', text: 'What is held' }
  if (n === 0) return [heading, paragraph('0 deliveries are held. Any that are held later are sent after re-enabling.')]
  const which = n === 1 ? '1 delivery is held. It is' : `${n} deliveries are held. They are`
  return [heading, paragraph(`${which} sent after the integration is re-enabled.`)]
}

function whatToDo(explanation: Explanation, integration: IntegrationView, links: LetterLinks): readonly Block[] {
  const hand = byHand(explanation)
  const fix = hand === null ? 'Please fix the receiver' : `Please settle the reason with ${hand.by}`
  const support: readonly Block[] =
    links.supportUrl === undefined ? [] : [link('Get help', oneLine(links.supportUrl), false)]
  return [{ kind: 'heading', text: 'What to do' }, ...reEnable(fix, integration, links.baseUrl), ...support]
}

function reEnable(fix: string, { id, organization }: IntegrationView, baseUrl?: string): readonly Block[] {
  if (baseUrl === undefined)
    return [paragraph(`${fix}. An operator then re-enables it with integrations.enable('${oneLine(id)}').`)]
  const settings = `${oneLine(baseUrl).replace(/\/+$/, '')}/settings/${encoded(organization)}/developer-settings/${encoded(id)}`
  const referrer = 'referrer=disabled-sentry-app'
  return [
    paragraph(`${fix}, then re-enable the integration in its settings.`),
    link('Re-enable it in the settings', `${settings}/?${referrer}`, true),
    link('See its requests on the dashboard', `${settings}/dashboard/?${referrer}`, false),
  ]
}

/** Who switched it off and why, when a person did; null when a rule did. */
function byHand({ evidence }: Explanation): { readonly by: string; readonly reason: string } | null {
  if (evidence.rule !== 'admin.disable') return null
  const { by, reason } = evidence.facts
  const textOr = (value: unknown, other: string) => (typeof value === 'string' && value !== '' ? oneLine(value) : other)
  return { by: textOr(by, 'an operator'), reason: textOr(reason, 'no reason given') }
}

/** Query, fragment and user info may carry tokens, and a mail travels far. */
function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return oneLine(url.replace(/[?#].*$/s, ''))
  const { protocol, host, pathname } = new URL(url)
  return oneLine(`${protocol}//${host}${pathname}`)
}

function encoded(part: string): string {
  return encodeURIComponent(oneLine(part))
}

/** UTC, as ISO 8601. The bound is the last moment a date can express. */
function timeText(at: number): string {
  return Math.abs(at) <= 8_640_000_000_000_000 ? new Date(at).toISOString() : 'an unknown time'
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text }
}

function link(label: string, url: string, main: boolean): Block {
  return { kind: 'link', label, url, main }
}
