import type { Installation, InstallationStatus } from '../domain/integration.ts'
import type { Topic } from '../domain/topic.ts'
import { checkFields, checkList, checkOrganization, checkSlug, checkText, checkUuid } from './check.ts'
import { checkWord, refuse, type Field } from './check.ts'
import { checkTopics } from './parse-integration.ts'

/** An integration to be installed in an organisation. Optional fields left out of a repeat stay as they were. */
export interface InstallationInput {
  /** The slug of a registered integration. */
  readonly integration: string
  /** Where it is installed: 1 to 128 characters. */
  readonly organization: string
  /** `pending` until somebody agreed: nothing but installation topics is sent meanwhile. @default 'installed' */
  readonly status?: InstallationStatus
  /** Narrows the integration's topics: at most 256. `null` takes it back. @default all of them */
  readonly topics?: readonly Topic[] | null
  /** Slugs of the only projects whose events it wants: at most 256. `null` takes it back. @default all projects */
  readonly projects?: readonly string[] | null
  /** The id receivers see in every body; fixed once installed. @default a random one */
  readonly uuid?: string
}

/** What the door needs to know to make an installation. */
export interface InstallationContext {
  /** Milliseconds since 1970. */
  readonly now: number
  /** For a new installation that brings no uuid. */
  readonly uuid: string
  /** The installation of this integration in this organisation. */
  readonly existing?: Installation
}

/** Checks an installation at the door: throws naming the first field that is wrong, unknown or missing. */
export function parseInstallation(input: unknown, context: InstallationContext): Installation {
  const { existing, now } = context
  const given = checkFields(input, installation('the installation'), inputFields)
  return {
    uuid: checkIdentity(given.uuid, context),
    integrationId: checkSlug(given.integration, 'integration'),
    organization: checkOrganization(given.organization),
    status:
      given.status === undefined
        ? (existing?.status ?? 'installed')
        : checkWord(given.status, installation('status'), ['pending', 'installed']),
    ...filter('topics', given.topics, existing?.topics, (value) => checkTopics(value, installation('topics'))),
    ...filter('projects', given.projects, existing?.projects, checkProjects),
    createdAt: existing?.createdAt ?? now,
  }
}

const inputFields = ['integration', 'organization', 'status', 'topics', 'projects', 'uuid'] as const

/** Left out it stays as it was; `null` is no filter. */
function filter<K extends string>(
  key: K,
  value: unknown,
  existing: readonly string[] | undefined,
  check: (value: unknown) => readonly string[],
): Partial<Record<K, readonly string[]>> {
  const list = value === undefined ? existing : value === null ? undefined : check(value)
  return (list === undefined ? {} : { [key]: list }) as Partial<Record<K, readonly string[]>>
}

function checkProjects(value: unknown): readonly string[] {
  const projects = checkList(value, installation('projects'), 256)
  return [...new Set(projects.map((slug, index) => checkText(slug, installation(`projects[${index}]`), 128)))]
}

function checkIdentity(value: unknown, { existing, uuid }: InstallationContext): string {
  if (value === undefined) return existing?.uuid ?? uuid
  const given = checkUuid(value, installation('uuid'))
  if (existing !== undefined && existing.uuid !== given) refuse(installation('uuid'), 'cannot be changed')
  return given
}

function installation(name: string): Field {
  return { code: 'INSTALLATION_INVALID', name }
}
