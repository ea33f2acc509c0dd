import type { Notice } from '../../domain/notice.ts'
import type { MailOutcome, OutgoingMail } from '../../ports.ts'
import { mailsOf, type Mails, type WorldMail } from './mails.ts'

/**
 * How the mail server is. `down`: nothing is taken, it may come back. `refusing`: it wants none of them, for ever.
 * `mute`: it takes each mail, and never says so.
 */
export type MailServer = 'up' | 'down' | 'refusing' | 'mute'

/** The mailbox of all owners. */
export interface Mailbox extends Mails {
  /** From now on the mail server is like this. @default 'up' */
  server(how: MailServer): void
}

const answers: Readonly<Record<MailServer, MailOutcome>> = {
  up: { kind: 'sent' },
  down: { kind: 'failed', error: '451 try again later', permanent: false },
  refusing: { kind: 'failed', error: '550 no such user', permanent: true },
  mute: { kind: 'failed', error: 'no answer came', permanent: false },
}

/** Where mails arrive. */
export class PostOffice {
  readonly mailbox: Mailbox
  readonly #mails: WorldMail[] = []
  #how: MailServer = 'up'

  constructor() {
    const server = (how: MailServer) => void (this.#how = how)
    this.mailbox = Object.defineProperties({ server }, Object.getOwnPropertyDescriptors(mailsOf(() => this.#mails))) as Mailbox // prettier-ignore
  }

  /** Whether a mail given now arrives. */
  get takes(): boolean {
    return this.#how === 'up' || this.#how === 'mute'
  }

  /** @param notice what the mail is a letter of */
  take({ to, subject, text, html, messageId }: OutgoingMail, notice: Notice | undefined, at: number): MailOutcome {
    const { kind = 'broken', step = 'broken', integrationId: integration = '' } = notice ?? {}
    if (this.takes) this.#mails.push({ at, to, subject, text, html, messageId, kind, step, integration })
    return answers[this.#how]
  }
}
