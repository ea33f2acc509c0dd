import type { Addressee, Letter, Notice } from '../domain/notice.ts'
import type { Clock, Logger, Store } from '../ports.ts'
import type { Catalogue } from './catalogue.ts'
import { unreachable, type Channels } from './channels.ts'
import { channelOf, errorOf, isFailed, letterOf, letterRetriesMs, tellOf } from './letter-rows.ts'
import { recentRequests } from './recent-requests.ts'
import { recipientsOf, type ChooseRecipients } from './recipients.ts'
import type { Observers } from './observers.ts'

/** What notices are expanded with. */
export interface ExpandingParts {
  readonly clock: Clock
  readonly store: Store
  readonly catalogue: Catalogue
  readonly observers: Observers
  readonly channels: Channels
  readonly recipients?: ChooseRecipients
  readonly logger: Logger
  /** Behind the @ of every Message-ID. */
  readonly domain: string
  /** Its integration was not taken away meanwhile. */
  readonly isThere: (notice: Notice) => boolean
  /** What it says is still so. */
  readonly isTrue: (notice: Notice) => boolean
  /** A commit of a notice with its letters. */
  readonly write: (notice: Notice, letters?: readonly Letter[]) => Promise<void>
}

/** Turns a notice into one letter for each who is to be told, or finds out why nobody can be. */
export class Expanding {
  readonly #parts: ExpandingParts

  constructor(parts: ExpandingParts) {
    this.#parts = parts
  }

  /** Writes the letters of a notice, or why there are none. */
  async expand(notice: Notice): Promise<void> {
    const { isThere, isTrue, write } = this.#parts
    if (!isTrue(notice)) return write({ ...notice, status: 'superseded' })
    const addressees = await recipientsOf(notice, this.#parts).catch((error: unknown) => this.#askLater(notice, error))
    if (addressees === undefined) return
    if (addressees.length === 0 && notice.kind === 'recovered') return write({ ...notice, status: 'superseded' })
    const nobody = this.#whyNobody(addressees)
    if (nobody !== undefined) return this.#undeliverable(notice, nobody)
    const requests = await recentRequests(this.#parts.store, notice.integrationId)
    if (!isThere(notice)) return
    const at = this.#parts.clock.now()
    const { error: _late, dueAt: _due, ...asked } = notice
    const letters = addressees.map((one) => this.#addressed(letterOf(notice, one, this.#parts.domain, at)))
    await write({ ...asked, status: 'expanded', requests }, letters)
    for (const letter of letters) if (isFailed(letter)) tellOf(this.#parts.observers, letter, at)
  }

  #whyNobody(addressees: readonly Addressee[]): string | undefined {
    const { channels, recipients } = this.#parts
    const [first] = addressees
    if (first === undefined) return recipients === undefined ? 'the integration has no owner' : 'nobody is to be told'
    return addressees.some(({ channel }) => channels.has(channel)) ? undefined : unreachable(first.channel)
  }

  /** One that no channel reaches has failed, and the others go all the same. */
  #addressed(letter: Letter): Letter {
    const channel = channelOf(letter)
    return this.#parts.channels.has(channel) ? letter : { ...letter, status: 'failed', error: unreachable(channel) }
  }

  /** Whoever the host would name is not known yet: asked again as often as a letter is tried. */
  async #askLater(notice: Notice, thrown: unknown): Promise<undefined> {
    const { catalogue, clock, isThere, logger, write } = this.#parts
    if (catalogue.integration(notice.integrationId) === undefined || !isThere(notice)) return
    const { integrationId, tries = 0 } = notice
    const error = errorOf(thrown)
    const delayMs = letterRetriesMs[tries]
    logger.warn({ integration: integrationId, notice: notice.id, error }, 'the recipients of a notice are not known')
    const tried = { ...notice, tries: tries + 1 }
    if (delayMs === undefined) return this.#undeliverable(tried, error).then(() => undefined)
    await write({ ...tried, dueAt: clock.now() + delayMs, error })
  }

  async #undeliverable(notice: Notice, error: string): Promise<void> {
    const { integrationId, id: noticeId } = notice
    await this.#parts.write({ ...notice, status: 'undeliverable', error })
    const at = this.#parts.clock.now()
    this.#parts.observers.tell('notice.failed', { integration: integrationId, at, noticeId, error })
  }
}
