import type { IntegrationView } from '../../domain/integration.ts'
import type { Notice, NoticeKind } from '../../domain/notice.ts'
import { oneLine, type Block } from './blocks.ts'
import { firstFailure, heading, held, help, latestRequests, link, paragraph, settingsOf } from './letter-parts.ts'
import { timeText, whatComes, whose, why, withoutTokens, type Draft, type LetterLinks } from './letter-parts.ts'

type Write = (notice: Notice, integration: IntegrationView, links: LetterLinks) => Draft

/** The letters of an integration that is not switched off: before that, and after it. */
export const lettersOnTheWay: Readonly<Partial<Record<NoticeKind, Write>>> = {
  broken,
  warning,
  recovered,
  blocked,
}

/** Its deliveries are held, and it is probed. */
function broken(notice: Notice, integration: IntegrationView, links: LetterLinks): Draft {
  const opening = `Requests to the webhook URL ${withoutTokens(integration.url)} of ${whose(integration)}, are failing. Its events are held back meanwhile.`
  return {
    subject: `Action required: Events for your ${integration.name} integration are held back`,
    blocks: [paragraph(opening), ...story(notice), ...mend(integration, links)],
  }
}

/** When it will be disabled. */
function warning(notice: Notice, integration: IntegrationView, links: LetterLinks): Draft {
  const { next } = notice.explanation
  const when = next === undefined ? 'soon' : `at ${timeText(next.at)}`
  const opening = `Nothing sent to the webhook URL ${withoutTokens(integration.url)} of ${whose(integration)}, succeeds any more. If that stays so, it is switched off ${when}.`
  return {
    subject: `Action required: Your ${integration.name} integration is switched off ${when}`,
    blocks: [paragraph(opening), ...story(notice), ...mend(integration, links)],
  }
}

/** What was held is on its way. */
function recovered({ explanation, requests }: Notice, integration: IntegrationView, links: LetterLinks): Draft {
  const name = oneLine(integration.name)
  return {
    subject: `Resolved: Your ${integration.name} integration receives events again`,
    blocks: [
      paragraph(`${whose(integration)}, receives events again since ${timeText(explanation.since)}.`),
      paragraph(`What was held for ${name} is sent now, unless whoever enabled it gave it up. Nothing is to be done.`),
      paragraph(firstFailure(explanation)),
      ...latestRequests(requests),
      ...help(links),
    ],
  }
}

/** Its address is one that we do not connect to: nothing is wrong with its health, and nothing arrives. */
function blocked({ requests }: Notice, integration: IntegrationView, links: LetterLinks): Draft {
  const url = withoutTokens(integration.url)
  const opening = `The webhook URL ${url} of ${whose(integration)}, leads to an address that this service does not connect to, so its events cannot be delivered.`
  const fix =
    'Please register a URL with a public address. Each event that meets the address of today becomes a dead letter, kept for 30 days.'
  return {
    subject: `Action required: The webhook URL of your ${integration.name} integration cannot be used`,
    blocks: [paragraph(opening), ...latestRequests(requests), heading('What to do'), paragraph(fix), ...help(links)],
  }
}

function story({ explanation, requests }: Notice): readonly Block[] {
  return [
    ...why(explanation, 'Held since'),
    ...latestRequests(requests),
    ...held(explanation, 'it answers again'),
    ...whatComes(explanation),
  ]
}

function mend(integration: IntegrationView, links: LetterLinks): readonly Block[] {
  const fix = 'Please fix the receiver. It is probed again and again, and comes back by itself when it answers.'
  const dashboard =
    links.baseUrl === undefined
      ? []
      : [link('See its requests on the dashboard', `${settingsOf(integration, links.baseUrl)}/dashboard/`, true)]
  return [heading('What to do'), paragraph(fix), ...dashboard, ...help(links)]
}
