import { createHash } from 'node:crypto'
import { disabledLetter, type LetterLinks } from '../adapters/nodemailer/letters.ts'
import type { IntegrationId, Owner } from '../domain/integration.ts'
import type { Letter, Notice } from '../domain/notice.ts'
import type { Clock, Mailer } from '../ports.ts'
import type { Activity } from './activity.ts'
import type { Catalogue } from './catalogue.ts'
import { viewOfIntegration } from './catalogue-view.ts'
import type { Observers } from './observers.ts'
import type { Registry } from './registry.ts'
import type { Timers } from './timers.ts'
import type { Writes } from './writes.ts'

/** Waits between the tries of one letter; after the last it has failed. */
export const letterRetriesMs: readonly number[] = [60_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 86_400_000]

/** What the mailroom works with. */
export interface MailroomParts {
  readonly clock: Clock
  readonly timers: Timers
  readonly activity: Activity
  readonly catalogue: Catalogue
  readonly observers: Observers
  readonly writes: Writes
  readonly registry: () => Registry
  /** Left out: no letter can be sent, and each notice says so. */
  readonly mailer?: Mailer
  readonly links: LetterLinks
  /** Behind the @ of every Message-ID. */
  readonly domain: string
}

/**
 * The work of the notifier actors: notices become letters once, letters are sent until they arrive or are given up.
 * The rows are the only truth; they stand here as last put into a commit.
 */
export class Mailroom {
  readonly #parts: MailroomParts
  readonly #notices = new Map<string, Notice>()
  readonly #letters = new Map<string, Letter>()
  readonly #tails = new Map<IntegrationId, Promise<void>>()

  constructor(parts: MailroomParts) {
    this.#parts = parts
  }

  /** Takes rows that are in a commit, or were read back. */
  put(notices: readonly Notice[], letters: readonly Letter[] = []): void {
    for (const notice of notices) this.#notices.set(notice.id, notice)
    for (const letter of letters) this.#letters.set(letter.id, letter)
  }

  /** Expands each pending notice into one letter per current owner. */
  expand(id: IntegrationId): Promise<void> {
    return this.#inTurn(id, async () => {
      for (const notice of this.#noticesOf(id)) if (notice.status === 'pending') await this.#expand(notice)
    })
  }

  /** Tries each letter that is due. */
  send(id: IntegrationId): Promise<void> {
    return this.#inTurn(id, async () => {
      const at = this.#parts.clock.now()
      const due = this.#lettersOf(id).filter(({ status, dueAt }) => status === 'pending' && dueAt <= at)
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
    for (const id of new Set([...this.#notices.values()].map(({ integrationId }) => integrationId))) this.arm(id)
  }

  /** Drops the rows of an integration that is gone. */
  forget(id: IntegrationId): void {
    for (const notice of this.#noticesOf(id)) this.#close(notice)
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

  async #expand(notice: Notice): Promise<void> {
    if (!this.#isTrue(notice)) return this.#write(notice.integrationId, [{ ...notice, status: 'superseded' }])
    const { owners } = this.#parts.catalogue.known(notice.integrationId)
    const reason = this.#parts.mailer === undefined ? 'no mail is configured' : 'the integration has no owner'
    if (this.#parts.mailer === undefined || owners.length === 0) return this.#undeliverable(notice, reason)
    const at = this.#parts.clock.now()
    const letters = owners.map((owner) => letterOf(notice, owner, this.#parts.domain, at))
    await this.#write(notice.integrationId, [{ ...notice, status: 'expanded' }], letters)
  }

  async #undeliverable(notice: Notice, error: string): Promise<void> {
    const { integrationId, id: noticeId } = notice
    await this.#write(integrationId, [{ ...notice, status: 'undeliverable' }])
    const at = this.#parts.clock.now()
    this.#parts.observers.tell('notice.failed', { integration: integrationId, at, noticeId, error })
  }

  async #try(letter: Letter): Promise<void> {
    const notice = this.#notices.get(letter.noticeId)
    const integration = this.#parts.catalogue.integration(letter.integrationId)
    if (notice === undefined || integration === undefined || this.#parts.mailer === undefined) return
    const isFirst = this.#lettersOf(notice.integrationId).every((other) => !sameNotice(other, letter) || !isSent(other))
    if (isFirst && !this.#isTrue(notice)) return this.#settle(notice, { ...letter, status: 'superseded' })
    const mail = disabledLetter(notice, viewOfIntegration(integration), letter, this.#parts.links)
    const outcome = await this.#parts.mailer.send(mail)
    const at = this.#parts.clock.now()
    const tried = { ...letter, tries: letter.tries + 1 }
    if (outcome.kind === 'sent') return this.#settle(notice, { ...tried, status: 'sent', sentAt: at })
    const { error, permanent } = outcome
    const delayMs = permanent ? undefined : letterRetriesMs[letter.tries]
    if (delayMs !== undefined) return this.#settle(notice, { ...tried, dueAt: at + delayMs, error })
    await this.#settle(notice, { ...tried, status: 'failed', error })
    const event = { integration: letter.integrationId, at, noticeId: notice.id, to: letter.to, error }
    this.#parts.observers.tell('notice.failed', event)
  }

  /** With the last of its letters a notice is done, in the same commit. */
  async #settle(notice: Notice, letter: Letter): Promise<void> {
    if (!this.#letters.has(letter.id)) return
    this.#letters.set(letter.id, letter)
    const all = this.#lettersOf(notice.integrationId).filter((other) => sameNotice(other, letter))
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
    for (const notice of notices) if (notice.status !== 'pending' && notice.status !== 'expanded') this.#close(notice)
    await written
  }

  /** Closed rows are the store's to keep. */
  #close({ id, integrationId }: Notice): void {
    this.#notices.delete(id)
    for (const letter of this.#lettersOf(integrationId)) if (letter.noticeId === id) this.#letters.delete(letter.id)
  }

  /** Whether the integration is still switched off for the reason the notice gives. */
  #isTrue({ integrationId, incidentId }: Notice): boolean {
    const { state, context } = this.#parts.registry().now(integrationId)
    const isOff = state === 'disabled' || state === 'broken.condemned' || context.resumeTo === 'disabled'
    return isOff && context.incident?.id === incidentId
  }

  #nextDueAt(id: IntegrationId): number {
    const isPending = this.#noticesOf(id).some(({ status }) => status === 'pending')
    const letters = this.#lettersOf(id).filter(({ status }) => status === 'pending')
    return Math.min(isPending ? this.#parts.clock.now() : Infinity, ...letters.map(({ dueAt }) => dueAt))
  }

  #noticesOf(id: IntegrationId): readonly Notice[] {
    return [...this.#notices.values()].filter(({ integrationId }) => integrationId === id)
  }

  #lettersOf(id: IntegrationId): readonly Letter[] {
    return [...this.#letters.values()].filter(({ integrationId }) => integrationId === id)
  }
}

function isSent({ status }: Letter): boolean {
  return status === 'sent'
}

function sameNotice(a: Letter, b: Letter): boolean {
  return a.noticeId === b.noticeId
}

/** The id is made from the notice and the address, so that a letter sent again after a crash is known for the same. */
function letterOf({ id: noticeId, integrationId }: Notice, { email }: Owner, domain: string, at: number): Letter {
  const digest = createHash('sha256').update(`${noticeId}\n${email}`).digest('hex').slice(0, 32)
  return { id: `${digest}@${domain}`, noticeId, integrationId, to: email, status: 'pending', tries: 0, dueAt: at }
}
