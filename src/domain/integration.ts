import type { Topic } from './topic.ts'

/** The slug of an integration: unique in one engine. */
export type IntegrationId = string
/** The uuid of an installation. */
export type InstallationId = string

/** How far an integration is published; it decides who is told and what is judged (spec 1.2). */
export type IntegrationStatus = 'internal' | 'unpublished' | 'published'

/** Someone who is told when an integration is switched off. */
export interface Owner {
  readonly email: string
  readonly name?: string
}

/** The text both sides share, or the name under which the host keeps it (`secrets.get`). */
export type Secret = string | { readonly ref: string }

/** A secret that is being replaced: it signs beside the current one until then. */
export interface OldSecret {
  readonly secret: Secret
  readonly until: number
}

/** Deliveries go one after another: all of them, or those of one key. */
export interface Ordered {
  readonly by: 'integration' | 'key'
  /** The next one goes when the one before it has held up the others for so long, in milliseconds. */
  readonly blockingMaxMs: number
}
/** Which signatures deliveries carry: Sentry's, those of Standard Webhooks, or both. */
export type Signing = 'sentry' | 'standard' | 'both'

/** A registered receiver (a Sentry App), as kept by the store. Holds the secret: never hand it out as it is. */
export interface Integration {
  readonly id: IntegrationId
  readonly uuid: string
  readonly name: string
  /** The organisation that owns it. */
  readonly organization: string
  readonly url: string
  readonly secret: Secret
  readonly oldSecrets?: readonly OldSecret[]
  /** Absent: as many as the secret can make. */
  readonly signing?: Signing
  readonly status: IntegrationStatus
  /** Topics and resources it may hear; see `hears`. */
  readonly topics: readonly Topic[]
  readonly owners: readonly Owner[]
  /** Projects its own errors go to; their events are never sent to it, or an error of its own would call it for ever. */
  readonly ownProjects?: readonly string[]
  /** Absent: deliveries need not wait for each other. */
  readonly ordered?: Ordered
  /** One deadline over each of its attempts; absent: the policy's. */
  readonly deadlineMs?: number
  /** Custom headers, merged under our own (spec 5.7). */
  readonly headers: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly updatedAt: number
}

/** What the host may see of an integration: everything but the secrets and the values of custom headers. */
export type IntegrationView = Omit<Integration, 'secret' | 'oldSecrets' | 'headers'> & {
  readonly headerNames: readonly string[]
}

/** `pending`: its installation topics are sent and nothing else, until it is installed. */
export type InstallationStatus = 'pending' | 'installed'

/** An integration in one organisation. */
export interface Installation {
  readonly uuid: InstallationId
  readonly integrationId: IntegrationId
  readonly organization: string
  readonly status: InstallationStatus
  /** Narrows the integration's topics; absent: all of them. */
  readonly topics?: readonly Topic[]
  /** Project slugs whose events it wants; absent: all projects. */
  readonly projects?: readonly string[]
  readonly createdAt: number
}
