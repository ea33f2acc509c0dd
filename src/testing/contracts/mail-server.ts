/** One mail as a mail server received it. */
export interface ReceivedMail {
  /** The recipients of the envelope. */
  readonly to: readonly string[]
  /** The sender of the envelope. */
  readonly from: string
  /** Without its angle brackets. */
  readonly messageId: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Every header by its name in lower case; of several with one name, the last. */
  readonly headers: Readonly<Record<string, string>>
  readonly raw: string
}

/** The moments at which a mail server can refuse. */
export type SmtpMoment = 'CONNECT' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA'

/** A mail server to test with, that takes any login or none: one real SMTP listener for each case. */
export interface TestMailServer {
  readonly url: string
  /** In the order of arrival. */
  readonly mails: readonly ReceivedMail[]
  /** Connections taken so far. */
  connections(): number
  /** From now on the moment is answered with this code. @param at @default 'RCPT' */
  refuse(code: number, message: string, at?: SmtpMoment): void
  /** From now on this moment is not answered any more. @param at left out: none is, the greeting included */
  hang(at?: SmtpMoment): void
  /** Takes mails again, and answers what was left hanging. */
  accept(): void
  /** Cuts every open connection, as a restart would. */
  cut(): void
  /** Resolves when `n` mails have arrived since the start; rejects when the server closes before. */
  waitFor(n: number): Promise<void>
  /** Cuts every open connection and stops listening. Safe to call twice. */
  close(): Promise<void>
}
