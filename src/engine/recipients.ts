import type { IntegrationView, Owner } from '../domain/integration.ts'
import type { Notice } from '../domain/notice.ts'
import { checkOwners } from '../policy/parse-integration.ts'
import type { Store } from '../ports.ts'
import type { Catalogue } from './catalogue.ts'
import { viewOfIntegration } from './catalogue-view.ts'

/** Who hears of a notice, as the host has it. */
export type ChooseRecipients = (
  integration: IntegrationView,
  notice: Notice,
) => readonly Owner[] | Promise<readonly Owner[]>

/** What recipients are looked up in. */
export interface RecipientsParts {
  readonly catalogue: Catalogue
  readonly store: Pick<Store, 'notices' | 'letters'>
  /** Left out: the owners of the integration. */
  readonly recipients?: ChooseRecipients
}

/**
 * The addresses a notice goes to, as they are when it is expanded; of a recovery hear those who were mailed in its
 * incident. Rejects when the host's function does, answers no list of owners, or does not answer within 30 s.
 */
export async function recipientsOf(notice: Notice, parts: RecipientsParts): Promise<readonly string[]> {
  if (notice.kind === 'recovered') return mailedIn(notice, parts.store)
  const integration = parts.catalogue.known(notice.integrationId)
  const { recipients } = parts
  if (recipients === undefined) return integration.owners.map(({ email }) => email)
  const asked = Promise.resolve().then(() => recipients(viewOfIntegration(integration), notice))
  return checkOwners(await inTime(asked)).map(({ email }) => email)
}

async function mailedIn({ integrationId, incidentId }: Notice, store: RecipientsParts['store']) {
  const [notices, letters] = await Promise.all([store.notices(integrationId), store.letters(integrationId)])
  const ids = new Set(notices.filter((notice) => notice.incidentId === incidentId).map(({ id }) => id))
  const mailed = letters.filter(({ noticeId, status }) => ids.has(noticeId) && status === 'sent')
  return [...new Set(mailed.map(({ to }) => to))]
}

const answerMsMax = 30_000

/** Of real time: a function that hangs must not keep every later notice waiting. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('recipients did not answer within 30 s')), answerMsMax)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
