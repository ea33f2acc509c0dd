import type { IntegrationView } from '../domain/integration.ts'
import type { Addressee, Notice, Recipient } from '../domain/notice.ts'
import { distinct, parseRecipients } from '../policy/parse-recipients.ts'
import type { Store } from '../ports.ts'
import type { Catalogue } from './catalogue.ts'
import { viewOfIntegration } from './catalogue-view.ts'
import { mailName } from './channels.ts'
import { inTime } from './in-time.ts'

/** Who hears of a notice, as the host has it. */
export type ChooseRecipients = (
  integration: IntegrationView,
  notice: Notice,
) => readonly Recipient[] | Promise<readonly Recipient[]>

/** What recipients are looked up in. */
export interface RecipientsParts {
  readonly catalogue: Catalogue
  readonly store: Pick<Store, 'notices' | 'letters'>
  /** Left out: the owners of the integration. */
  readonly recipients?: ChooseRecipients
}

/**
 * Whom a notice goes to, as they are when it is expanded; of a recovery hear those who were told in its incident.
 * Rejects when the host's function does, answers no list of recipients, or does not answer within 30 s.
 */
export async function recipientsOf(notice: Notice, parts: RecipientsParts): Promise<readonly Addressee[]> {
  if (notice.kind === 'recovered') return toldIn(notice, parts.store)
  const integration = parts.catalogue.known(notice.integrationId)
  const { recipients } = parts
  if (recipients === undefined) return integration.owners.map(({ email }) => ({ channel: mailName, to: email }))
  const asked = Promise.resolve().then(() => recipients(viewOfIntegration(integration), notice))
  return parseRecipients(await inTime(asked, { what: 'recipients' }))
}

async function toldIn({ integrationId, incidentId }: Notice, store: RecipientsParts['store']) {
  const [notices, letters] = await Promise.all([store.notices(integrationId), store.letters(integrationId)])
  const ids = new Set(notices.filter((notice) => notice.incidentId === incidentId).map(({ id }) => id))
  const told = letters.filter(({ noticeId, status }) => ids.has(noticeId) && status === 'sent')
  return distinct(told.map(({ channel = mailName, to }) => ({ channel, to })))
}
