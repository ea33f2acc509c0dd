import { HookwardError } from '../domain/errors.ts'
import type { Actor } from '../domain/event.ts'
import type { Installation, IntegrationId } from '../domain/integration.ts'
import { installationEvent } from '../flows/installation.ts'
import { parseByHand, type ByHand } from '../policy/by-hand.ts'
import { checkFields, checkOrganization, checkSlug, checkText, refuse, type Field } from '../policy/check.ts'
import { optionalActor } from '../policy/parse-event.ts'
import { parseInstallation } from '../policy/parse-installation.ts'
import type { Clock, Random } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import { changedFields, type Books } from './books.ts'
import type { Catalogue } from './catalogue.ts'
import { newUuid } from './ids.ts'
import type { Intake } from './intake.ts'
import type { Registration } from './registration.ts'
import type { Writes } from './writes.ts'

/** How an installation begins or ends. */
export interface InstallOptions extends ByHand {
  /** Whether the receiver is told by `installation.created` or `installation.deleted`. @default true */
  readonly announce?: boolean
  /** Who did it, in the body that tells. @default the application itself */
  readonly actor?: Actor
  /** A grant code for the body of `installation.created`: at most 256 characters. @default none */
  readonly code?: string
}

/** What installing works with. */
export interface InstallingParts {
  readonly clock: Clock
  readonly random: Random
  readonly catalogue: Catalogue
  readonly backlog: Backlog
  readonly writes: Writes
  readonly books: Books
  readonly intake: Intake
  readonly registration: Registration
}

/**
 * Installations begin, change and end. Their receiver is told whatever its state (spec 14); what tells it is written
 * before the change itself, so that a crash in between repeats the news and never loses it.
 */
export class Installing {
  readonly #parts: InstallingParts

  constructor(parts: InstallingParts) {
    this.#parts = parts
  }

  async install(input: unknown, options: unknown = {}): Promise<Installation> {
    const { catalogue, clock, random, registration, writes } = this.#parts
    const { integration, organization } = placeOf(input)
    const told = readOptions(options, ['announce', 'actor', 'code', 'by', 'reason'])
    if (registration.isLeaving(integration)) await registration.left(integration)
    catalogue.known(integration)
    const existing = catalogue.installationIn(integration, organization)
    const known = existing === undefined ? {} : { existing }
    const installation = parseInstallation(input, { now: clock.now(), uuid: newUuid(random), ...known })
    const changed = existing === undefined ? [] : changedFields(existing, installation)
    if (existing !== undefined && changed.length === 0) {
      await writes.settled()
      return existing
    }
    this.#checkUuid(installation)
    catalogue.install(installation)
    const action = existing === undefined ? 'installation.installed' : 'installation.changed'
    const news = existing === undefined ? this.#tell('installation.created', installation, told) : undefined
    const written = writes.configure({ kind: 'installation', installation })
    await Promise.all([news, written, this.#parts.books.note(integration, action, told, changed)])
    return installation
  }

  async uninstall(input: unknown, options: unknown = {}): Promise<void> {
    const { backlog, books, catalogue, registration, writes } = this.#parts
    const { integration, organization } = placeOf(checkFields(input, field('the installation'), placeFields))
    const told = readOptions(options, ['announce', 'actor', 'by', 'reason'])
    catalogue.known(integration)
    const installation = catalogue.installationIn(integration, organization)
    if (installation === undefined)
      throw new HookwardError('INSTALLATION_UNKNOWN', `${integration} is not installed in ${organization}`)
    catalogue.uninstall(installation)
    // What is in flight settles itself as skipped, unless it arrives.
    const waiting = backlog.ofInstallation(integration, installation.uuid).filter(({ state }) => state !== 'inflight')
    await Promise.all([
      this.#tell('installation.deleted', installation, told),
      registration.skip(integration, waiting, 'UNINSTALLED'),
      writes.configure({ kind: 'uninstalled', uuid: installation.uuid }),
      books.note(integration, 'installation.uninstalled', told),
    ])
  }

  async #tell(topic: 'installation.created' | 'installation.deleted', installation: Installation, told: Told) {
    if (!told.announce) return
    const integration = this.#parts.catalogue.known(installation.integrationId)
    const { actor, code } = told
    const facts = { installation, integration, ...(actor === undefined ? {} : { actor }) }
    const draft = installationEvent(topic, { ...facts, ...(code === undefined ? {} : { code }) })
    await this.#parts.intake.direct(draft, { installation, integration, topic })
  }

  /** A uuid stands in every body: two installations with the same one could not be told apart. */
  #checkUuid({ uuid, integrationId, organization }: Installation): void {
    const other = this.#parts.catalogue.installation(uuid)
    if (other === undefined || (other.integrationId === integrationId && other.organization === organization)) return
    throw new HookwardError('INSTALLATION_INVALID', `uuid is taken by the installation of ${other.integrationId}`)
  }
}

type Told = ReturnType<typeof readOptions>

function readOptions(options: unknown, known: readonly ('announce' | 'actor' | 'code' | 'by' | 'reason')[]) {
  const given = checkFields(options, field('the options'), known)
  const { announce = true, code } = given
  if (typeof announce !== 'boolean') return refuse(field('announce'), 'must be true or false')
  return {
    announce,
    ...optionalActor(given.actor),
    ...(code === undefined ? {} : { code: checkText(code, field('code'), 256) }),
    ...parseByHand(given, 'host'),
  }
}

const placeFields = ['integration', 'organization'] as const

function placeOf(input: unknown): { readonly integration: IntegrationId; readonly organization: string } {
  const { integration, organization } = (input ?? {}) as Record<string, unknown>
  return { integration: checkSlug(integration, 'integration'), organization: checkOrganization(organization) }
}

function field(name: string): Field {
  return { code: 'INSTALLATION_INVALID', name }
}
