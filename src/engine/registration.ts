import { HookwardError } from '../domain/errors.ts'
import type { Integration, IntegrationId, IntegrationView } from '../domain/integration.ts'
import { parseDestination } from '../policy/address.ts'
import type { Network } from '../policy/network.ts'
import { parseByHand } from '../policy/by-hand.ts'
import { checkFields, checkSlug, checkWord, type Field } from '../policy/check.ts'
import { parseIntegration } from '../policy/parse-integration.ts'
import type { Clock, Random } from '../ports.ts'
import type { Backlog, Waiting } from './backlog.ts'
import { changedFields, type Books, type Hand } from './books.ts'
import { viewOfIntegration } from './catalogue-view.ts'
import type { Catalogue } from './catalogue.ts'
import type { Dispatcher } from './dispatcher.ts'
import { newUuid } from './ids.ts'
import type { Becoming } from './importing.ts'
import type { Keyring } from './keyring.ts'
import type { Ladder } from './ladder.ts'
import type { Ledger } from './ledger.ts'
import type { Mailroom } from './mailroom.ts'
import type { Quarantine } from './quarantine.ts'
import type { Ramps } from './ramps.ts'
import type { Registry } from './registry.ts'
import { unsentEntryOf } from './settle.ts'
import type { Shadow } from './shadow.ts'
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
  readonly ladder: Ladder
  readonly shadow: Shadow | undefined
  readonly books: Books
  readonly ledger: Ledger
  readonly quarantine: Quarantine
  readonly ramps: Ramps
  readonly keyring: Keyring
}

/**
 * Integrations come, change and go. It is seen by the next event at once, and by the caller when they are durable:
 * whatever follows is written after them. A call that changes nothing writes nothing, and waits for what was written.
 */
export class Registration {
  readonly #parts: RegistrationParts
  readonly #leaving = new Map<IntegrationId, Promise<void>>()

  constructor(parts: RegistrationParts) {
    this.#parts = parts
  }

  async put(input: unknown, options: unknown = {}): Promise<IntegrationView> {
    const { books, catalogue, keyring, registry, writes } = this.#parts
    const hand = parseByHand(checkFields(options, field('the options'), ['by', 'reason']), 'host')
    const slug = slugOf(input)
    if (this.isLeaving(slug)) await this.left(slug)
    const { before: existing, after: integration } = this.preview(input)
    const changed = existing === undefined ? [] : changedFields(existing, integration)
    if (existing !== undefined && changed.length === 0) {
      await writes.settled()
      return viewOfIntegration(existing)
    }
    // A name under which no secret is found would show itself at the first attempt only.
    if (namesSecret(integration)) await keyring.keysOf(integration)
    // What another call has changed meanwhile is not undone by what this one left out.
    if (catalogue.integration(slug) !== existing || this.isLeaving(slug)) return this.put(input, options)
    // Asked first: a rule that fails over an integration never heard of is not to be met by its first event.
    registry.now(integration.id)
    catalogue.put(integration)
    const moved = changed.includes('url') ? this.#moved(integration.id, hand.by) : undefined
    const action = existing === undefined ? 'integration.registered' : 'integration.changed'
    const written = writes.configure({ kind: 'integration', integration })
    await Promise.all([written, books.note(integration.id, action, hand, changed), moved])
    return viewOfIntegration(integration)
  }

  /** What `put` would make of it now; throws what it would throw at the door. */
  preview(input: unknown): { readonly before: Integration | undefined; readonly after: Integration } {
    const { catalogue, clock, network, random } = this.#parts
    const before = catalogue.integration(slugOf(input))
    const after = parseIntegration(input, {
      now: clock.now(),
      uuid: newUuid(random),
      ...(before === undefined ? {} : { existing: before }),
      destination: (url) => parseDestination(url, network).href,
    })
    return { before, after }
  }

  /** The same in names alone: what is new, or which fields would change. */
  becomes(input: unknown): Becoming {
    const { before, after } = this.preview(input)
    return { id: after.id, isNew: before === undefined, fields: before ? changedFields(before, after) : [] }
  }

  async remove(slug: unknown, options: unknown = {}): Promise<void> {
    const { backlog, catalogue } = this.#parts
    const id = checkSlug(slug)
    catalogue.known(id)
    const { waiting, ...given } = checkFields(options, field('the options'), ['waiting', 'by', 'reason'])
    if (waiting !== undefined) checkWord(waiting, field('waiting'), ['skip'])
    const hand = parseByHand(given, 'host')
    const busy = backlog.of(id).length
    if (busy > 0 && waiting === undefined)
      throw new HookwardError('INTEGRATION_BUSY', `${busy} deliveries of ${id} are not settled`)
    const leaving = this.#leaving.get(id) ?? this.#leave(id, hand).finally(() => this.#leaving.delete(id))
    this.#leaving.set(id, leaving)
    await leaving
  }

  /** While this holds, what registers it anew waits; else a change is seen in the turn in which it is called. */
  isLeaving(id: IntegrationId): boolean {
    return this.#leaving.has(id)
  }

  /** Resolves when an integration that is being taken away is gone. */
  async left(id: IntegrationId): Promise<void> {
    await this.#leaving.get(id)
  }

  /** From here on no event is bound for it; those on their way into the store are let in first, and skipped. */
  async #leave(id: IntegrationId, hand: Hand): Promise<void> {
    const { backlog, books, catalogue, registry, writes } = this.#parts
    for (const installation of catalogue.installationsOf(id)) catalogue.uninstall(installation)
    await writes.settled()
    await this.skip(id, backlog.of(id), 'REMOVED')
    await registry.settled(id)
    this.#forget(id)
    const written = books.note(id, 'integration.removed', hand)
    await Promise.all([written, writes.configure({ kind: 'removed', integrationId: id })])
  }

  /** Another receiver: what the one before asked for is over, and a broken integration is probed at once. */
  async #moved(id: IntegrationId, by: string): Promise<void> {
    const { clock, dispatcher, registry } = this.#parts
    dispatcher.wake(id)
    const { state, isQuarantined } = registry.now(id)
    if (state !== 'broken.holding' || isQuarantined === true) return
    await registry.send(id, { type: 'admin.probe', at: clock.now(), by, reason: 'its URL was changed' })
  }

  #forget(id: IntegrationId): void {
    const { backlog, catalogue, dispatcher, ladder, ledger, mailroom, quarantine, ramps, registry, timers } =
      this.#parts
    backlog.forget(id)
    ledger.forget(id)
    ramps.stop(id)
    timers.cancel(`deadline:${id}`)
    dispatcher.forget(id)
    mailroom.forget(id)
    ladder.forget(id)
    this.#parts.shadow?.forget(id)
    registry.forget(id)
    quarantine.release(id)
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
}

function namesSecret({ secret, oldSecrets = [] }: Integration): boolean {
  return [secret, ...oldSecrets.map((old) => old.secret)].some((one) => typeof one !== 'string')
}

function field(name: string): Field {
  return { code: 'INTEGRATION_INVALID', name }
}

/** Looked at before it is checked; what is no slug finds nothing. */
function slugOf(input: unknown): string {
  return String(((input ?? {}) as Record<string, unknown>).slug)
}
