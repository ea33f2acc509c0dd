import { HookwardError } from '../domain/errors.ts'
import type { Installation, IntegrationId, IntegrationView } from '../domain/integration.ts'
import { parseDestination, type Network } from '../policy/address.ts'
import { checkFields, checkOrganization, checkSlug, checkWord } from '../policy/check.ts'
import { parseInstallation } from '../policy/parse-installation.ts'
import { parseIntegration } from '../policy/parse-integration.ts'
import type { Clock, Random } from '../ports.ts'
import type { Backlog, Waiting } from './backlog.ts'
import { viewOfIntegration } from './catalogue-view.ts'
import type { Catalogue } from './catalogue.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Mailroom } from './mailroom.ts'
import type { Registry } from './registry.ts'
import { unsentEntryOf } from './settle.ts'
import type { Timers } from './timers.ts'
import type { Writes } from './writes.ts'

/** What registration works with. */
export interface RegistrationParts {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly timers: Timers
  readonly catalogue: Catalogue
  readonly backlog: Backlog
  readonly writes: Writes
  readonly registry: Registry
  readonly dispatcher: Dispatcher
  readonly mailroom: Mailroom
}

/**
 * Changes of the catalogue. They are seen by the next event at once, and by the caller when they are durable:
 * whatever follows is written after them. A call that changes nothing writes nothing, and waits for what was written.
 */
export class Registration {
  readonly #parts: RegistrationParts
  readonly #leaving = new Map<IntegrationId, Promise<void>>()

  constructor(parts: RegistrationParts) {
    this.#parts = parts
  }

  async put(input: unknown): Promise<IntegrationView> {
    const { catalogue, clock, network, random, registry, writes } = this.#parts
    const slug = slugOf(input)
    if (this.#leaving.has(slug)) await this.#leaving.get(slug)
    const existing = catalogue.integration(slug)
    const integration = parseIntegration(input, {
      now: clock.now(),
      uuid: random.uuid(),
      ...(existing === undefined ? {} : { existing }),
      destination: (url) => parseDestination(url, network).href,
    })
    if (existing !== undefined && isSame(existing, integration)) {
      await writes.settled()
      return viewOfIntegration(existing)
    }
    // Asked first: a rule that fails over an integration never heard of is not to be met by its first event.
    registry.now(integration.id)
    catalogue.put(integration)
    await writes.configure({ kind: 'integration', integration })
    return viewOfIntegration(integration)
  }

  async install(input: unknown): Promise<Installation> {
    const { catalogue, clock, random, writes } = this.#parts
    const { integration, organization } = placeOf(input)
    if (this.#leaving.has(integration)) await this.#leaving.get(integration)
    catalogue.known(integration)
    const existing = catalogue.installationIn(integration, organization)
    const known = existing === undefined ? {} : { existing }
    const installation = parseInstallation(input, { now: clock.now(), uuid: random.uuid(), ...known })
    if (existing !== undefined && isSame(existing, installation)) {
      await writes.settled()
      return existing
    }
    this.#checkUuid(installation)
    catalogue.install(installation)
    await writes.configure({ kind: 'installation', installation })
    return installation
  }

  async uninstall(input: unknown): Promise<void> {
    const { backlog, catalogue, writes } = this.#parts
    const given = checkFields(input, { code: 'INSTALLATION_INVALID', name: 'the installation' }, placeFields)
    const { integration, organization } = placeOf(given)
    catalogue.known(integration)
    const installation = catalogue.installationIn(integration, organization)
    if (installation === undefined)
      throw new HookwardError('INSTALLATION_UNKNOWN', `${integration} is not installed in ${organization}`)
    catalogue.uninstall(installation)
    const waiting = backlog.ofInstallation(integration, installation.uuid)
    // What is in flight settles itself as skipped, unless it arrives.
    await this.skip(
      integration,
      waiting.filter(({ state }) => state !== 'inflight'),
      'UNINSTALLED',
    )
    await writes.configure({ kind: 'uninstalled', uuid: installation.uuid })
  }

  async remove(slug: unknown, options: unknown = {}): Promise<void> {
    const { backlog, catalogue } = this.#parts
    const id = checkSlug(slug)
    catalogue.known(id)
    const { waiting } = checkFields(options, { code: 'INTEGRATION_INVALID', name: 'the options' }, ['waiting'])
    if (waiting !== undefined) checkWord(waiting, { code: 'INTEGRATION_INVALID', name: 'waiting' }, ['skip'])
    const busy = backlog.of(id).length
    if (busy > 0 && waiting === undefined)
      throw new HookwardError('INTEGRATION_BUSY', `${busy} deliveries of ${id} are not settled`)
    const leaving = this.#leaving.get(id) ?? this.#leave(id).finally(() => this.#leaving.delete(id))
    this.#leaving.set(id, leaving)
    await leaving
  }

  /** From here on no event is bound for it; those on their way into the store are let in first, and skipped. */
  async #leave(id: IntegrationId): Promise<void> {
    const { backlog, catalogue, registry, writes } = this.#parts
    for (const installation of catalogue.installationsOf(id)) catalogue.uninstall(installation)
    await writes.settled()
    await this.skip(id, backlog.of(id), 'REMOVED')
    await registry.settled(id)
    this.#forget(id)
    await writes.configure({ kind: 'removed', integrationId: id })
  }

  #forget(id: IntegrationId): void {
    const { catalogue, dispatcher, mailroom, registry, timers } = this.#parts
    timers.cancel(`deadline:${id}`)
    dispatcher.forget(id)
    mailroom.forget(id)
    registry.forget(id)
    catalogue.remove(id)
  }

  /** Ends deliveries without another attempt, each with a line in the log. */
  async skip(id: IntegrationId, waiting: readonly Waiting[], code: string): Promise<void> {
    const { clock, registry } = this.#parts
    const at = clock.now()
    const url = this.#parts.catalogue.integration(id)?.url ?? ''
    await registry.note(id, at, () => ({
      settled: waiting.map(({ delivery }) => ({ id: delivery.id, next: 'skipped' })),
      log: waiting.map((one) => unsentEntryOf(one, code, 'skipped', url, at)),
    }))
  }

  /** A uuid stands in every body: two installations with the same one could not be told apart. */
  #checkUuid({ uuid, integrationId, organization }: Installation): void {
    const other = this.#parts.catalogue.installation(uuid)
    if (other === undefined || (other.integrationId === integrationId && other.organization === organization)) return
    throw new HookwardError('INSTALLATION_INVALID', `uuid is taken by the installation of ${other.integrationId}`)
  }
}

const placeFields = ['integration', 'organization'] as const

function placeOf(input: unknown): { readonly integration: IntegrationId; readonly organization: string } {
  const { integration, organization } = (input ?? {}) as Record<string, unknown>
  return { integration: checkSlug(integration, 'integration'), organization: checkOrganization(organization) }
}

/** Looked at before it is checked; what is no slug finds nothing. */
function slugOf(input: unknown): string {
  return String(((input ?? {}) as Record<string, unknown>).slug)
}

/** Registered again without a change, as hosts do at every start. */
function isSame<T extends object>(a: T, b: T): boolean {
  const told = (value: T) => JSON.stringify({ ...value, updatedAt: 0 })
  return told(a) === told(b)
}
