import type { Hookward } from '../../index.ts'

/** The integration whose receiver is switched, and the one beside it that is always well. */
export const [slug, bystander] = ['acme-bot', 'audit-log'] as const
/** What sender and receiver share. */
export const secret = 'playground-secret-that-both-sides-share'
/** The issue that all comments are about. */
export const issue = {
  ...{ id: '100', shortId: 'WEB-7', title: 'TypeError: x is undefined' },
  project: { slug: 'web-app' },
}
/** Who comments. */
export const ada = { type: 'user', id: 42, name: 'Ada' } as const

/** Two integrations of one organisation, with two owners. */
export async function register(hookward: Hookward, receiverUrl: string, deadlineMs?: number): Promise<void> {
  const owners = [{ email: 'ada@acme.example' }, { email: 'grace@acme.example' }]
  for (const [id, name, topics] of [
    [slug, 'Acme Bot', ['issue', 'comment']],
    [bystander, 'Audit Log', ['comment']],
  ] as const) {
    const url = `${receiverUrl}/${id}`
    const deadline = deadlineMs === undefined ? {} : { deadlineMs }
    await hookward.integrations.put({ slug: id, organization: 'acme', name, url, secret, topics, owners, ...deadline })
    await hookward.installations.install({ integration: id, organization: 'acme' })
  }
}

/** Somebody comments on the issue. */
export async function comment(hookward: Hookward, text: string): Promise<void> {
  await hookward.notifyComment({
    organization: 'acme',
    action: 'created',
    comment: { id: 1234, text },
    issue,
    actor: ada,
  })
}
