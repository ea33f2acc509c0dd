import type { Explanation } from '../../domain/health.ts'
import type { IntegrationView } from '../../domain/integration.ts'
import type { Letter, Notice } from '../../domain/notice.ts'
import type { OutgoingMail } from '../../ports.ts'
import { oneLine, type Block } from './blocks.ts'
import { htmlPart } from './html.ts'
import { heading, held, help, latestRequests, link, paragraph, settingsOf } from './letter-parts.ts'
import { whose, why, withoutTokens, type Draft, type LetterLinks } from './letter-parts.ts'
import { lettersOnTheWay } from './letters-on-the-way.ts'
import { textPart } from './text.ts'

export type { LetterLinks } from './letter-parts.ts'

/**
 * The letter of a notice to one owner: what happened, why in words and numbers, the latest requests, what is held, what
 * comes next and what to do (spec 11). Both parts say the same; the subject is one line of at most 250 characters.
 */
export function noticeLetter(
  notice: Notice,
  integration: IntegrationView,
  letter: Letter,
  links: LetterLinks,
): OutgoingMail {
  // One of an earlier version has no kind, and is about a disablement.
  const draft = lettersOnTheWay[notice.kind] ?? disabled
  const { subject: told, blocks: said } = draft(notice, integration, links)
  const subject = oneLine(told, subjectCharsMax)
  const blocks = [...said, paragraph(whyYou(letter, oneLine(integration.name)))]
  return { messageId: letter.id, to: letter.to, subject, text: textPart(blocks), html: htmlPart(subject, blocks) }
}

const subjectCharsMax = 250

function whyYou({ channel, to }: Letter, name: string): string {
  if (channel === undefined) return `You receive this mail because you are listed as an owner of ${name}.`
  return `Notices of ${name} go to ${oneLine(to)} by ${oneLine(channel)}.`
}

/** It is switched off, or still is. */
function disabled(notice: Notice, integration: IntegrationView, links: LetterLinks): Draft {
  const { explanation, requests } = notice
  const still = notice.kind === 'reminder' ? 'Reminder: ' : ''
  return {
    subject: `${still}${subjectOf(explanation, integration)}`,
    blocks: [
      ...(notice.kind === 'reminder' ? [paragraph(`${oneLine(integration.name)} is still switched off.`)] : []),
      ...whatHappened(explanation, integration),
      ...why(explanation, 'Switched off since'),
      ...latestRequests(requests),
      ...held(explanation, 'the integration is re-enabled'),
      ...whatToDo(notice, integration, links),
    ],
  }
}

function subjectOf(explanation: Explanation, { name }: IntegrationView): string {
  const hand = byHand(explanation)
  if (hand === null) return `Action required: Fix your ${name} integration`
  return `Action required: ${hand.by} switched off your ${name} integration (${hand.reason})`
}

function whatHappened(explanation: Explanation, integration: IntegrationView): readonly Block[] {
  const name = oneLine(integration.name)
  const url = withoutTokens(integration.url)
  const stopped = paragraph(`${name} no longer receives events.`)
  const hand = byHand(explanation)
  if (hand !== null) {
    const switched = `${hand.by} switched off ${whose(integration)}. Its webhook URL is ${url}.`
    return [paragraph(switched), paragraph(`The reason given: ${hand.reason}`), stopped]
  }
  if (explanation.evidence.rule === 'receiver.disable')
    return [
      paragraph(`The receiver at webhook URL ${url} of ${whose(integration)}, asked for no more events.`),
      stopped,
    ]
  return [paragraph(`Many requests to the webhook URL ${url} of ${whose(integration)}, have failed.`), stopped]
}

function whatToDo(notice: Notice, integration: IntegrationView, links: LetterLinks): readonly Block[] {
  const hand = byHand(notice.explanation)
  const fix = hand === null ? 'Please fix the receiver' : `Please settle the reason with ${hand.by}`
  return [
    heading('What to do'),
    ...reEnable(fix, integration, links.baseUrl),
    ...enableBy(notice, links),
    ...help(links),
  ]
}

function reEnable(fix: string, integration: IntegrationView, baseUrl?: string): readonly Block[] {
  if (baseUrl === undefined) {
    const id = oneLine(integration.id)
    const verify = `To see whether it answers, an operator sends it a held delivery with integrations.probe('${id}').`
    return [paragraph(`${fix}. An operator then re-enables it with integrations.enable('${id}').`), paragraph(verify)]
  }
  const settings = settingsOf(integration, baseUrl)
  const referrer = 'referrer=disabled-sentry-app'
  return [
    paragraph(`${fix}, then re-enable the integration in its settings.`),
    link('Re-enable it in the settings', `${settings}/?${referrer}`, true),
    link('See its requests on the dashboard', `${settings}/dashboard/?${referrer}`, false),
  ]
}

/** A capability: whoever reads the letter may use it. */
function enableBy(notice: Notice, { enableLink }: LetterLinks): readonly Block[] {
  if (enableLink === undefined) return []
  const about =
    'Or enable it by this link, which is good once and for 7 days. It opens a page that asks before anything is changed.'
  return [paragraph(about), link('Enable it', enableLink(notice), true)]
}

/** Who switched it off and why, when a person did; null when a rule did. */
function byHand({ evidence }: Explanation): { readonly by: string; readonly reason: string } | null {
  if (evidence.rule !== 'admin.disable') return null
  const { by, reason } = evidence.facts
  const textOr = (value: unknown, other: string) => (typeof value === 'string' && value !== '' ? oneLine(value) : other)
  return { by: textOr(by, 'an operator'), reason: textOr(reason, 'no reason given') }
}
