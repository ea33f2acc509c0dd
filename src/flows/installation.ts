import type { Actor } from '../domain/event.ts'
import type { Installation, Integration } from '../domain/integration.ts'
import type { EventDraft } from '../policy/parse-event.ts'

/** What is known of an installation's beginning or end. */
export interface InstallationFacts {
  readonly installation: Installation
  readonly integration: Pick<Integration, 'id' | 'uuid'>
  readonly actor?: Actor
  /** A grant code that the receiver exchanges for a token, where the host has such a thing. */
  readonly code?: string
}

/** Prepares the event of an installation's beginning or end (spec 5.1 and 14). */
export function installationEvent(
  topic: 'installation.created' | 'installation.deleted',
  { installation, integration, actor, code }: InstallationFacts,
): EventDraft {
  const { organization, status, uuid } = installation
  return {
    topic,
    organization,
    ...(actor === undefined ? {} : { actor }),
    subject: { type: 'installation', id: uuid },
    data: {
      installation: {
        status,
        organization: { slug: organization },
        app: { uuid: integration.uuid, slug: integration.id },
        ...(code === undefined ? {} : { code }),
        uuid,
      },
    },
  }
}
