import type { Job } from '../../src/machines/index.ts'

/** A job of one integration that is due now. */
export function aJob(id: string, integrationId = 'acme-bot', origin = 'https://acme.dev', organization = 'acme'): Job {
  const delivery = {
    id,
    eventId: 'evt_1',
    integrationId,
    installationId: 'ins_1',
    topic: 'issue.created',
    organization,
    acceptedAt: 0,
  }
  return { delivery, attempts: 0, origin }
}
