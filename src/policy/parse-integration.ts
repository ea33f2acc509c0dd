import type {
  Integration,
  IntegrationStatus,
  OldSecret,
  Ordered,
  Owner,
  Secret,
  Signing,
} from '../domain/integration.ts'
import { parseSubscription, type Topic } from '../domain/topic.ts'
import { checkFields, checkList, checkOrganization, checkSlug, checkText, checkUuid } from './check.ts'
import { checkWhole, checkWord, refuse, type Field } from './check.ts'
import { checkHeaders, type Headers } from './headers.ts'
import { checkSecretOrRef, checkSigning } from './signature.ts'

/** A receiver to be registered, or changed when its slug is known. Optional fields left out of a change stay as they were. */
export interface IntegrationInput {
  /** Unique in one engine: 1 to 64 lower-case letters, digits and hyphens. */
  readonly slug: string
  /** The organisation that owns it: 1 to 128 characters. */
  readonly organization: string
  /** Where deliveries go: http or https, a public address unless the operator allows others. */
  readonly url: string
  /**
   * The text both sides share, 16 characters or more; `whsec_...` turns Standard Webhooks signatures on as well, and
   * `whsk_...`, an ed25519 key whose public half the receiver holds, signs by Standard Webhooks alone.
   * Or `{ ref }`: the name under which the option `secrets` finds that text.
   */
  readonly secret: Secret
  /** Secrets that are being replaced: at most 4, each signs until its end. @default none */
  readonly oldSecrets?: readonly { readonly secret: Secret; readonly until: number | Date }[]
  /**
   * Which signatures deliveries carry: `sentry`, `standard` (Standard Webhooks, for `whsec_...` and `whsk_...`) or `both`.
   * @default as many as the secret can make
   */
  readonly signing?: Signing
  /** What mails and panels call it: 1 to 256 characters. @default the slug */
  readonly name?: string
  /** How far it is published. @default 'internal' */
  readonly status?: IntegrationStatus
  /** Topics (`issue.assigned`) and whole resources (`issue`) it hears: at most 256. @default none */
  readonly topics?: readonly Topic[]
  /** Who is told about its health: at most 64, one mail per address. @default nobody */
  readonly owners?: readonly Owner[]
  /** Slugs of projects whose events are never sent to it, because its own errors go there: at most 64. @default none */
  readonly ownProjects?: readonly string[]
  /**
   * Deliveries go one after another: all of them (`integration`), or those given the same `orderKey` and, failing that,
   * those about the same subject (`key`). One that waits for its next attempt holds up the others for `blockingMaxMs`
   * (0 to 604,800,000; default 3,600,000) at most. `null` takes it back. @default in no order
   */
  readonly ordered?: { readonly by: 'integration' | 'key'; readonly blockingMaxMs?: number } | null
  /** One deadline over each of its attempts, names and body included: 1,000 to 30,000. `null` takes it back. @default the policy's */
  readonly deadlineMs?: number | null
  /** Headers of its own, as an object or as `Name: value` lines: at most 32. @default none */
  readonly headers?: Headers | string
  /** Its id in payloads; fixed once registered. @default a random one */
  readonly uuid?: string
}

/** What the door needs to know to make an integration. */
export interface IntegrationContext {
  /** Milliseconds since 1970. */
  readonly now: number
  /** For a new integration that brings no uuid. */
  readonly uuid: string
  /** The integration registered under this slug. */
  readonly existing?: Integration
  /** Gives the URL as it is kept, or throws one of the `URL_` codes. */
  destination(url: unknown): string
}

/** Checks an integration at the door: throws naming the first field that is wrong, unknown or missing. */
export function parseIntegration(input: unknown, context: IntegrationContext): Integration {
  const { existing, now } = context
  const given = checkFields(input, integration('the integration'), inputFields)
  const slug = checkSlug(given.slug)
  return {
    id: slug,
    uuid: checkIdentity(given.uuid, context),
    name: given.name === undefined ? (existing?.name ?? slug) : checkText(given.name, integration('name'), 256),
    organization: checkOrganization(given.organization),
    url: context.destination(given.url),
    ...checkKeys(given, existing),
    ...listed('oldSecrets', given.oldSecrets === undefined ? existing?.oldSecrets : checkOldSecrets(given.oldSecrets)),
    ...listed(
      'ownProjects',
      given.ownProjects === undefined ? existing?.ownProjects : checkProjects(given.ownProjects),
    ),
    ...ordering(given.ordered, existing),
    ...deadlineOf(given.deadlineMs, existing),
    status:
      given.status === undefined
        ? (existing?.status ?? 'internal')
        : checkWord(given.status, integration('status'), ['internal', 'unpublished', 'published']),
    topics: given.topics === undefined ? (existing?.topics ?? []) : checkTopics(given.topics, integration('topics')),
    owners: given.owners === undefined ? (existing?.owners ?? []) : checkOwners(given.owners),
    headers: given.headers === undefined ? (existing?.headers ?? {}) : checkHeaders(given.headers),
    createdAt: existing?.createdAt ?? now,
    updatedAt: now,
  }
}

/** A subscription list of at most 256 entries; an entry given twice is kept once. */
export function checkTopics(value: unknown, at: Field): readonly Topic[] {
  return [...new Set(checkList(value, at, 256).map(parseSubscription))]
}

const inputFields = [
  'slug',
  'organization',
  'url',
  'secret',
  'oldSecrets',
  'signing',
  'ownProjects',
  'ordered',
  'deadlineMs',
  'name',
  'status',
  'topics',
  'owners',
  'headers',
  'uuid',
] as const

/** Lists that say nothing when they are empty are left out. */
function listed<K extends string, T>(key: K, list: readonly T[] | undefined): Partial<Record<K, readonly T[]>> {
  return (list === undefined || list.length === 0 ? {} : { [key]: list }) as Partial<Record<K, readonly T[]>>
}

function deadlineOf(value: unknown, existing: Integration | undefined): Pick<Integration, 'deadlineMs'> {
  if (value === null) return {}
  if (value === undefined) return existing?.deadlineMs === undefined ? {} : { deadlineMs: existing.deadlineMs }
  const deadlineMs = checkWhole(value, integration('deadlineMs'))
  if (deadlineMs < 1_000 || deadlineMs > 30_000) refuse(integration('deadlineMs'), 'must be from 1000 to 30000')
  return { deadlineMs }
}

function checkOldSecrets(value: unknown): readonly OldSecret[] {
  return checkList(value, integration('oldSecrets'), 4).map((entry, index) => {
    const given = checkFields(entry, integration(`oldSecrets[${index}]`), ['secret', 'until'])
    const until = given.until instanceof Date ? given.until.getTime() : given.until
    if (typeof until !== 'number' || !Number.isFinite(until))
      return refuse(integration(`oldSecrets[${index}].until`), 'must be a moment')
    return { secret: checkSecretOrRef(given.secret), until }
  })
}

function checkKeys(
  given: { readonly secret?: unknown; readonly signing?: unknown },
  existing: Integration | undefined,
): Pick<Integration, 'secret' | 'signing'> {
  const secret = checkSecretOrRef(given.secret)
  const signing =
    given.signing === undefined
      ? existing?.signing
      : checkWord(given.signing, integration('signing'), ['sentry', 'standard', 'both'])
  checkSigning(secret, signing)
  return signing === undefined ? { secret } : { secret, signing }
}

function checkProjects(value: unknown): readonly string[] {
  const projects = checkList(value, integration('ownProjects'), 64)
  return [...new Set(projects.map((slug, index) => checkText(slug, integration(`ownProjects[${index}]`), 128)))]
}

const blockingMs = { usual: 3_600_000, most: 604_800_000 } as const

function ordering(value: unknown, existing: Integration | undefined): Pick<Integration, 'ordered'> {
  if (value === null) return {}
  if (value === undefined) return existing?.ordered === undefined ? {} : { ordered: existing.ordered }
  return { ordered: checkOrdered(value) }
}

function checkOrdered(value: unknown): Ordered {
  const { by, blockingMaxMs = blockingMs.usual } = checkFields(value, integration('ordered'), ['by', 'blockingMaxMs'])
  const most = checkWhole(blockingMaxMs, integration('ordered.blockingMaxMs'))
  if (most < 0 || most > blockingMs.most)
    refuse(integration('ordered.blockingMaxMs'), `must be 0 to ${blockingMs.most}`)
  return { by: checkWord(by, integration('ordered.by'), ['integration', 'key']), blockingMaxMs: most }
}

/** Receivers know an integration by its uuid, so a registered one cannot be given another. */
function checkIdentity(value: unknown, { existing, uuid }: IntegrationContext): string {
  if (value === undefined) return existing?.uuid ?? uuid
  const given = checkUuid(value, integration('uuid'))
  if (existing !== undefined && existing.uuid !== given) refuse(integration('uuid'), 'cannot be changed')
  return given
}

/** Of two owners with the same address the first stays: nobody is mailed twice. */
export function checkOwners(value: unknown): readonly Owner[] {
  const owners = checkList(value, owner('owners'), 64).map((entry, index) => checkOwner(entry, `owners[${index}]`))
  const first = (email: string) => owners.findIndex((other) => other.email.toLowerCase() === email.toLowerCase())
  return owners.filter(({ email }, index) => first(email) === index)
}

/** One owner: throws `OWNER_INVALID`. */
export function checkOwner(value: unknown, name: string): Owner {
  const given = checkFields(value, owner(name), ['email', 'name'])
  const email = checkText(given.email, owner(`${name}.email`), 254)
  if (!/^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/.test(email))
    refuse(owner(`${name}.email`), 'is not a plain address')
  return given.name === undefined ? { email } : { email, name: checkText(given.name, owner(`${name}.name`), 256) }
}

function integration(name: string): Field {
  return { code: 'INTEGRATION_INVALID', name }
}

function owner(name: string): Field {
  return { code: 'OWNER_INVALID', name }
}
