import type { LetterLinks } from '../adapters/nodemailer/letters.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Letter, Notice, NoticeMessage } from '../domain/notice.ts'
import type { Clock, Logger, MailOutcome, Store } from '../ports.ts'
import type { Activity } from './activity.ts'
import type { Catalogue } from './catalogue.ts'
import { viewOfIntegration } from './catalogue-view.ts'
import type { Channels } from './channels.ts'
import { Expanding } from './expanding.ts'
import { afterTry, channelOf, isFailed, isOpen, isSent, messageOf, sendBy, tellOf } from './letter-rows.ts'
import { NoticeRows } from './notice-rows.ts'
import { isTrue } from './notice-truth.ts'
import type { ChooseRecipients } from './recipients.ts'
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
  /** How letters ended that somebody else sends, by id; left out: they are sent here. */
  readonly elsewhere?: ReadonlyMap<string, MailOutcome>
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
  readonly #expanding: Expanding
  readonly #tails = new Map<IntegrationId, Promise<void>>()
  #isClosed = false

  constructor(parts: MailroomParts) {
    this.#parts = parts
    this.#expanding = new Expanding({
      ...parts,
      isThere: (notice) => this.#rows.has(notice),
      isTrue: (notice) => this.#isTrue(notice),
      write: (notice, letters) => this.#write(notice.integrationId, [notice], letters),
    })
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
      for (let next = this.#pending(id); next !== undefined; next = this.#pending(id))
        await this.#expanding.expand(next)
    })
  }

  /** Tries each letter that is due. */
  send(id: IntegrationId): Promise<void> {
    return this.#inTurn(id, async () => {
      const at = this.#parts.clock.now()
      const ours = this.#rows.letters(id).filter((letter) => this.#isOurs(letter))
      const due = ours.filter(({ status, dueAt }) => status === 'pending' && dueAt <= at)
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

  async #try(letter: Letter): Promise<void> {
    const channel = this.#parts.channels.get(channelOf(letter))
    const notice = this.#noticeOf(letter)
    if (notice === undefined || channel === undefined || this.#isClosed) return
    const known = this.#parts.elsewhere?.get(letter.id)
    if (known?.kind !== 'sent' && this.#isOver(notice)) return this.#settle(notice, { ...letter, status: 'superseded' })
    const outcome = known ?? (await sendBy(channel, this.#message(notice, letter)))
    if (outcome.kind === 'sent' || !this.#isCutOff()) await this.#note(notice, letter, outcome)
  }

  /** What is to be sent of a letter by somebody else, and by which channel; nothing when it is not to be sent now. */
  message(id: IntegrationId, letterId: string): { readonly channel: string; readonly message: NoticeMessage } | null {
    const letter = this.#rows.letters(id).find((one) => one.id === letterId && one.status === 'pending')
    const notice = letter && this.#noticeOf(letter)
    if (letter === undefined || notice === undefined || this.#isOver(notice)) return null
    return { channel: channelOf(letter), message: this.#message(notice, letter) }
  }

  #message(notice: Notice, letter: Letter): NoticeMessage {
    const { catalogue, links } = this.#parts
    return messageOf(notice, viewOfIntegration(catalogue.known(letter.integrationId)), letter, links)
  }

  #noticeOf({ integrationId, noticeId }: Letter): Notice | undefined {
    return this.#rows.notices(integrationId).find(({ id }) => id === noticeId)
  }

  /** No longer true, and nobody was told yet. */
  #isOver(notice: Notice): boolean {
    return !this.#rows.lettersOf(notice).some(isSent) && !this.#isTrue(notice)
  }

  #isOurs({ id }: Letter): boolean {
    return this.#parts.elsewhere?.has(id) ?? true
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
    const reached = this.#rows.letters(id).filter((letter) => this.#parts.channels.has(channelOf(letter)))
    const letters = reached.filter((letter) => this.#isOurs(letter))
    const dueAts = letters.filter(({ status }) => status === 'pending').map(({ dueAt }) => dueAt)
    const pending = this.#rows.notices(id).filter(({ status }) => status === 'pending')
    return Math.min(...pending.map(({ dueAt }) => dueAt ?? this.#parts.clock.now()), ...dueAts)
  }
}
