import type { Letter, Notice } from '../../../domain/notice.ts'
import type { IntegrationId } from '../../../domain/integration.ts'
import type { Change, MailOutcome, OutgoingMail, Recovered } from '../../../ports.ts'
import type { Violations } from './violations.ts'

interface Posted {
  letter: Letter
  durable: Letter | undefined
  /** In this run of the engine. */
  arrivals: number
  /** The mail server once said that it has it. */
  isTaken: boolean
}

const promise = 'each step is mailed once'

/** Notices, their letters, and what the mailer was given. */
export class MailBook {
  readonly #violations: Violations
  readonly #notices = new Map<string, { latest: Notice; durable: Notice | undefined }>()
  readonly #letters = new Map<string, Posted>()
  /** The one notice of a step, and the one letter of a notice to somebody. */
  readonly #ids = new Map<string, string>()

  constructor(violations: Violations) {
    this.#violations = violations
  }

  noticeOf(messageId: string): Notice | undefined {
    const letter = this.#letters.get(messageId)?.letter
    return letter === undefined ? undefined : this.#notices.get(letter.noticeId)?.latest
  }

  changing({ notices = [], letters = [] }: Change): void {
    for (const notice of notices) {
      const { id, integrationId, incidentId, step } = notice
      this.#checkOnly(`${integrationId} ${incidentId} ${step}`, id)
      this.#notices.set(id, { latest: notice, durable: this.#notices.get(id)?.durable })
    }
    for (const letter of letters) {
      this.#checkOnly(`${letter.integrationId} ${letter.noticeId} ${letter.to}`, letter.id)
      const { durable, arrivals = 0, isTaken = false } = this.#letters.get(letter.id) ?? {}
      this.#letters.set(letter.id, { letter, durable, arrivals, isTaken })
      const isClaimed = letter.status === 'sent' && !isTaken
      this.#violations.unless(!isClaimed, promise, () => `${letter.id} is called sent, and no mail server took it`)
    }
  }

  changed({ notices = [], letters = [] }: Change): void {
    for (const notice of notices) Object.assign(this.#notices.get(notice.id) ?? {}, { durable: notice })
    for (const letter of letters) Object.assign(this.#letters.get(letter.id) ?? {}, { durable: letter })
  }

  /** The mailer was given a mail. */
  sending({ messageId, to }: OutgoingMail): void {
    const posted = this.#letters.get(messageId)
    this.#violations.unless(posted?.durable !== undefined, promise, () => `${messageId} was sent before it was durable`)
    this.#violations.unless(posted?.letter.to === to, promise, () => `${messageId} was sent to somebody else`)
    this.#violations.unless(
      posted?.durable?.status !== 'sent',
      promise,
      () => `${messageId} was sent, and is sent again`,
    )
  }

  /** It ended so; `arrived`: it is in the mailbox, whatever was answered. */
  sent({ messageId }: OutgoingMail, outcome: MailOutcome, arrived: boolean): void {
    const posted = this.#letters.get(messageId)
    if (posted === undefined || !arrived) return
    this.#violations.unless(posted.arrivals === 0, promise, () => `${messageId} to ${posted.letter.to} came twice`)
    // One that arrives unanswered is rightly tried again.
    if (outcome.kind !== 'sent') return
    posted.arrivals += 1
    posted.isTaken = true
  }

  /** What one run sent the next may send again, under the same id. */
  died(): void {
    for (const posted of this.#letters.values()) posted.arrivals = 0
  }

  forget(id: IntegrationId): void {
    for (const [noticeId, { latest }] of this.#notices) if (latest.integrationId === id) this.#notices.delete(noticeId)
    for (const [letterId, { letter }] of this.#letters) if (letter.integrationId === id) this.#letters.delete(letterId)
    for (const what of this.#ids.keys()) if (what.startsWith(`${id} `)) this.#ids.delete(what)
  }

  /** Those that were open are there again. */
  recovered({ notices, letters }: Recovered): void {
    const found = new Map(notices.map((notice) => [notice.id, notice]))
    for (const { latest, durable } of this.#notices.values()) {
      const isMissed = durable !== undefined && isOpen(durable) && isOpen(latest) && !found.has(durable.id)
      this.#violations.unless(!isMissed, promise, () => `the notice ${latest.id} is gone after a restart`)
    }
    for (const notice of notices) this.#notices.set(notice.id, { latest: notice, durable: notice })
    for (const letter of letters) {
      const { isTaken = false } = this.#letters.get(letter.id) ?? {}
      this.#letters.set(letter.id, { letter, durable: letter, arrivals: 0, isTaken })
    }
  }

  #checkOnly(what: string, id: string): void {
    const other = this.#ids.get(what)
    this.#violations.unless(
      other === undefined || other === id,
      promise,
      () => `${what} is both ${other ?? ''} and ${id}`,
    )
    this.#ids.set(what, id)
  }
}

function isOpen({ status }: Notice): boolean {
  return status === 'pending' || status === 'expanded'
}
