import type { LetterLinks } from '../adapters/nodemailer/letters.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Addressee, Letter, Notice } from '../domain/notice.ts'
import type { Clock, Logger, MailOutcome, Store } from '../ports.ts'
import type { Activity } from './activity.ts'
import type { Catalogue } from './catalogue.ts'
import { viewOfIntegration } from './catalogue-view.ts'
import { unreachable, type Channels } from './channels.ts'
import { afterTry, channelOf, errorOf, isFailed, isOpen, isSent } from './letter-rows.ts'
import { letterOf, letterRetriesMs, messageOf, sendBy, tellOf } from './letter-rows.ts'
import { NoticeRows } from './notice-rows.ts'
import { isTrue } from './notice-truth.ts'
import { recentRequests } from './recent-requests.ts'
import { recipientsOf, type ChooseRecipients } from './recipients.ts'
import type { Observers } from './observers.ts'
import type { Registry } from './registry.ts'
import type { Timers } from './timers.ts'
import type { Writes } from './writes.ts'

/** What the mailroom works with. */
export interface MailroomParts {
  readonly clock: Clock
  readonly store: Store
  readonly timers: Timers
  readonly activity: Activity
  readonly catalogue: Catalogue
  readonly observers: Observers
  readonly writes: Writes
  readonly registry: () => Registry
  /** What reaches nobody by one of these cannot be sent, and the notice says so. */
  readonly channels: Channels
  /** Left out: the owners of each integration. */
  readonly recipients?: ChooseRecipients
  readonly links: LetterLinks
  readonly logger: Logger
  /** Behind the @ of every Message-ID. */
  readonly domain: string
}

/**
 * The work of the notifier actors: notices become letters once, letters are sent until they arrive or are given up.
 * The rows are the only truth; they stand here as last put into a commit.
 */
export class Mailroom {
  readonly #parts: MailroomParts
  readonly #rows = new NoticeRows()
  readonly #tails = new Map<IntegrationId, Promise<void>>()
  #isClosed = false

  constructor(parts: MailroomParts) {
    this.#parts = parts
  }

  /** Takes rows that are in a commit, or were read back. */
  put(notices: readonly Notice[], letters: readonly Letter[] = []): void {
    this.#rows.put(notices, letters)
  }

  /** A step that time alone makes due: a commit of its own, and the notifier is woken for it. */
  async tell(notice: Notice): Promise<void> {
    const { integrationId } = notice
    await this.#write(integrationId, [notice])
    if (this.#rows.has(notice)) this.arm(integrationId)
  }

  /** Begins no letter any more; one that fails from now on was cut off by ourselves, and that is no try. */
  close(): void {
    this.#isClosed = true
  }

  /** Expands each pending notice into one letter per current owner. */
  expand(id: IntegrationId): Promise<void> {
    return this.#inTurn(id, async () => {
      for (let next = this.#pending(id); next !== undefined; next = this.#pending(id)) await this.#expand(next)
    })
  }

  /** Tries each letter that is due. */
  send(id: IntegrationId): Promise<void> {
    return this.#inTurn(id, async () => {
      const at = this.#parts.clock.now()
      const due = this.#rows.letters(id).filter(({ status, dueAt }) => status === 'pending' && dueAt <= at)
      await Promise.all(due.map((letter) => this.#try(letter)))
      this.arm(id)
    })
  }

  /** Wakes the notifier of an integration when the next of its rows is due. */
  arm(id: IntegrationId): void {
    const { clock, registry, timers } = this.#parts
    const key = `notices:${id}`
    const dueAt = this.#nextDueAt(id)
    if (dueAt === Infinity) return timers.cancel(key)
    timers.set(key, dueAt, () => {
      const signal = { type: 'timer.due', timer: 'notices', at: clock.now() } as const
      void registry()
        .send(id, signal)
        .catch(() => undefined)
    })
  }

  /** Wakes the notifiers of all integrations with open rows. */
  armAll(): void {
    for (const id of this.#rows.ids) this.arm(id)
  }

  /** Drops the rows of an integration that is gone. */
  forget(id: IntegrationId): void {
    this.#rows.forget(id)
    this.#parts.timers.cancel(`notices:${id}`)
  }

  /** One piece of work at a time for each integration, so that no letter is tried twice at once. */
  #inTurn(id: IntegrationId, work: () => Promise<void>): Promise<void> {
    const turn = (this.#tails.get(id) ?? Promise.resolve()).then(work)
    const tail = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#tails.get(id) === tail) this.#tails.delete(id)
      })
    this.#tails.set(id, tail)
    return this.#parts.activity.track(turn)
  }

  #pending(id: IntegrationId): Notice | undefined {
    const at = this.#parts.clock.now()
    return this.#rows.notices(id).find(({ status, dueAt = 0 }) => status === 'pending' && dueAt <= at)
  }

  async #expand(notice: Notice): Promise<void> {
    if (!this.#isTrue(notice)) return this.#write(notice.integrationId, [{ ...notice, status: 'superseded' }])
    const addressees = await recipientsOf(notice, this.#parts).catch((error: unknown) => this.#askLater(notice, error))
    if (addressees === undefined) return
    if (addressees.length === 0 && notice.kind === 'recovered')
      return this.#write(notice.integrationId, [{ ...notice, status: 'superseded' }])
    const nobody = this.#whyNobody(addressees)
    if (nobody !== undefined) return this.#undeliverable(notice, nobody)
    const requests = await recentRequests(this.#parts.store, notice.integrationId)
    if (!this.#rows.has(notice)) return
    const at = this.#parts.clock.now()
    const { error: _late, dueAt: _due, ...asked } = notice
    const letters = addressees.map((one) => this.#addressed(letterOf(notice, one, this.#parts.domain, at)))
    await this.#write(notice.integrationId, [{ ...asked, status: 'expanded', requests }], letters)
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
    const { catalogue, clock, logger } = this.#parts
    if (catalogue.integration(notice.integrationId) === undefined || !this.#rows.has(notice)) return
    const { integrationId, tries = 0 } = notice
    const error = errorOf(thrown)
    const delayMs = letterRetriesMs[tries]
    logger.warn({ integration: integrationId, notice: notice.id, error }, 'the recipients of a notice are not known')
    const tried = { ...notice, tries: tries + 1 }
    if (delayMs === undefined) return this.#undeliverable(tried, error).then(() => undefined)
    await this.#write(integrationId, [{ ...tried, dueAt: clock.now() + delayMs, error }])
  }

  async #undeliverable(notice: Notice, error: string): Promise<void> {
    const { integrationId, id: noticeId } = notice
    await this.#write(integrationId, [{ ...notice, status: 'undeliverable', error }])
    const at = this.#parts.clock.now()
    this.#parts.observers.tell('notice.failed', { integration: integrationId, at, noticeId, error })
  }

  async #try(letter: Letter): Promise<void> {
    const { catalogue, channels, links } = this.#parts
    const channel = channels.get(channelOf(letter))
    const notice = this.#rows.notices(letter.integrationId).find(({ id }) => id === letter.noticeId)
    if (notice === undefined || channel === undefined || this.#isClosed) return
    const isFirst = !this.#rows.lettersOf(notice).some(isSent)
    if (isFirst && !this.#isTrue(notice)) return this.#settle(notice, { ...letter, status: 'superseded' })
    const shown = viewOfIntegration(catalogue.known(letter.integrationId))
    const outcome = await sendBy(channel, messageOf(notice, shown, letter, links))
    if (outcome.kind === 'sent' || !this.#isCutOff()) await this.#note(notice, letter, outcome)
  }

  #isCutOff(): boolean {
    return this.#isClosed
  }

  async #note(notice: Notice, letter: Letter, outcome: MailOutcome): Promise<void> {
    const at = this.#parts.clock.now()
    const { integrationId: integration, noticeId } = letter
    const tried = afterTry(letter, outcome, at)
    const fact = isFailed(tried) ? 'a letter was given up' : 'a letter could not be sent and is tried again'
    if (outcome.kind === 'failed')
      this.#parts.logger.warn({ integration, notice: noticeId, error: outcome.error }, fact)
    await this.#settle(notice, tried)
    tellOf(this.#parts.observers, tried, at)
  }

  /** With the last of its letters a notice is done, in the same commit. */
  async #settle(notice: Notice, letter: Letter): Promise<void> {
    if (!this.#rows.has(notice)) return
    this.#rows.put([], [letter])
    const all = this.#rows.lettersOf(notice)
    const isDone = all.every(({ status }) => status !== 'pending')
    const isSuperseded = all.every(({ status }) => status === 'superseded')
    const closed: Notice = { ...notice, status: isSuperseded ? 'superseded' : 'done' }
    await this.#write(notice.integrationId, isDone ? [closed] : [], [letter])
  }

  async #write(
    integrationId: IntegrationId,
    notices: readonly Notice[],
    letters: readonly Letter[] = [],
  ): Promise<void> {
    this.put(notices, letters)
    const written = this.#parts.writes.commit({ at: this.#parts.clock.now(), integrationId, notices, letters })
    for (const notice of notices) if (!isOpen(notice)) this.#rows.close(notice)
    await written
  }

  #isTrue(notice: Notice): boolean {
    const { catalogue, registry } = this.#parts
    return isTrue(notice, registry().now(notice.integrationId), catalogue.known(notice.integrationId))
  }

  /** Without their channel letters wait, for an engine that has it. */
  #nextDueAt(id: IntegrationId): number {
    const letters = this.#rows.letters(id).filter((letter) => this.#parts.channels.has(channelOf(letter)))
    const dueAts = letters.filter(({ status }) => status === 'pending').map(({ dueAt }) => dueAt)
    const pending = this.#rows.notices(id).filter(({ status }) => status === 'pending')
    return Math.min(...pending.map(({ dueAt }) => dueAt ?? this.#parts.clock.now()), ...dueAts)
  }
}
