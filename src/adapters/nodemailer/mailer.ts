import type { SendMailOptions, SMTPPoolSentMessageInfo, Transporter } from 'nodemailer'
import { HookwardError } from '../../domain/errors.ts'
import type { Mailer, MailOutcome, OutgoingMail } from '../../ports.ts'
import { failedForGood, failedForNow, firstLine, outcomeOf } from './mail-outcome.ts'
import { parseMailUrl } from './mail-url.ts'

/** Where owner mail goes out, and under whose name. */
export interface NodemailerOptions {
  /** `smtp://` or `smtps://`, with user, password and nodemailer's query options; these win over ours. */
  readonly url: string
  /** The sender: an address, or a name and an address in angle brackets. */
  readonly from: string
  /** How long the server may take to connect, to greet and to answer; a mail as a whole gets three times that. From 1 to 600,000. @default 10_000 */
  readonly timeoutMs?: number
}

/**
 * Sends owner mail through any SMTP server, over at most two connections that are kept for five idle seconds.
 * Loads nodemailer with the first mail only. `close` lets mails finish that are being sent, and fails those that still queue.
 * @throws HookwardError `MAIL_URL_INVALID` or `OPTION_INVALID`
 * @example
 * const mailer = nodemailerMailer({ url: 'smtp://user:password@mail.example.com:587', from: 'Hooks <hooks@example.com>' })
 */
export function nodemailerMailer(options: NodemailerOptions): Mailer {
  const settings = checked(options)
  const underWay = new Set<Promise<MailOutcome>>()
  let transporter: Promise<Pool> | undefined
  let isClosed = false

  async function attempt(mail: OutgoingMail): Promise<MailOutcome> {
    try {
      transporter ??= open(settings)
      return accepted(await (await transporter).sendMail(message(mail, settings)), settings)
    } catch (error) {
      return outcomeOf(error, settings.secrets)
    }
  }

  return {
    send: async (mail) => {
      if (isClosed) return failedForNow('the mailer is closed')
      if (!plainAddress.test(mail.to)) return failedForGood('the recipient is not a plain address')
      const sending = attempt(mail)
      underWay.add(sending)
      return sending.finally(() => underWay.delete(sending))
    },
    close: async () => {
      isClosed = true
      await transporter?.then(
        (opened) => opened.close(),
        () => undefined,
      )
      await Promise.all(underWay)
    },
  }
}

type Pool = Transporter<SMTPPoolSentMessageInfo>

interface Settings extends Required<NodemailerOptions> {
  readonly secrets: readonly string[]
}

/** One address and nothing that could make it two, or a header. The door checks more. */
const plainAddress = /^[^\s\p{C}<>,;:"\\@]+@[^\s\p{C}<>,;:"\\@]+$/u
const timeoutMsMax = 600_000
const connectionsMax = 2
const mailsPerConnectionMax = 100
/** Idle connections keep the host process alive, so they go soon. */
const idleMs = 5_000

function checked({ url, from, timeoutMs = 10_000 }: NodemailerOptions): Settings {
  const { secrets } = parseMailUrl(url)
  if (!from.includes('@') || /\p{Cc}/u.test(from))
    throw new HookwardError('OPTION_INVALID', 'mail.from is not an address on one line')
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > timeoutMsMax)
    throw new HookwardError('OPTION_INVALID', `mail.timeoutMs is not a whole number from 1 to ${timeoutMsMax}`)
  return { url, from, timeoutMs, secrets }
}

async function open({ url, timeoutMs }: Settings): Promise<Pool> {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    url,
    pool: true,
    maxConnections: connectionsMax,
    maxMessages: mailsPerConnectionMax,
    maxRequeues: 1,
    idleTimeout: idleMs,
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  })
}

function message(mail: OutgoingMail, { from, timeoutMs }: Settings): SendMailOptions {
  return {
    messageId: `<${mail.messageId.replace(/[\s\p{C}<>]/gu, '')}>`,
    from,
    to: { name: '', address: mail.to },
    subject: firstLine(mail.subject),
    text: mail.text,
    html: mail.html,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
    signal: AbortSignal.timeout(timeoutMs * 3),
  }
}

/** With one recipient a mail is taken or refused; an LMTP server refuses only after the mail, and then as a result. */
function accepted(info: SMTPPoolSentMessageInfo, { secrets }: Settings): MailOutcome {
  const refusal = info.rejectedErrors?.[0]
  return refusal === undefined ? { kind: 'sent' } : outcomeOf(refusal, secrets)
}
