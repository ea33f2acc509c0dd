import type { MailOutcome } from '../../ports.ts'

/** What nodemailer tells of a mail that was refused or got lost. */
interface MailError {
  readonly message: string
  readonly code?: string
  /** The SMTP command that was refused, for example `RCPT TO`. */
  readonly command?: string
  /** The server's whole answer, code first. */
  readonly response?: string
  readonly responseCode?: number
}

/** The longest error text kept, in characters. */
const errorCharsMax = 200

/** A failure that trying again may mend. */
export function failedForNow(error: string): MailOutcome {
  return { kind: 'failed', error, permanent: false }
}

/** A refusal of this recipient or this mail, which stays true however often it is tried. */
export function failedForGood(error: string): MailOutcome {
  return { kind: 'failed', error, permanent: true }
}

/**
 * How a mail ended that nodemailer could not send. The text has the SMTP code and the first line of the server's answer,
 * at most 200 characters, with each of `secrets` (longest first) blotted out.
 */
export function outcomeOf(error: unknown, secrets: readonly string[]): MailOutcome {
  const mailError: MailError = error instanceof Error ? error : new Error('the mail library failed')
  const text = firstLine(withoutSecrets(factOf(mailError), secrets)).slice(0, errorCharsMax)
  return isForGood(mailError) ? failedForGood(text) : failedForNow(text)
}

/** The first line of a text, without any control character: nothing after it can become a header. */
export function firstLine(text: string): string {
  const [first = ''] = text.split(/[\r\n\u0085\u2028\u2029]/u, 1)
  return first.replace(/\p{Cc}/gu, ' ').trim()
}

function factOf({ code = 'EMAIL', message, response }: MailError): string {
  if (code === 'EABORT') return 'ETIMEDOUT: the server did not finish in time'
  return response ?? `${code}: ${message}`
}

/** Blots before cutting: half a password is a leak too. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}

/** The commands that speak of this sender, recipient and mail; a refusal of any other is about the connection or the login. */
const commands = ['MAIL FROM', 'RCPT TO', 'DATA']
/** Refusals of the session, not of the mail: bad sequence of commands, and the four of a missing or poor login. */
const sessionCodes = [503, 530, 534, 535, 538]

function isForGood({ command = '', responseCode = 0 }: MailError): boolean {
  const isRefusal = responseCode >= 500 && responseCode <= 599 && !sessionCodes.includes(responseCode)
  return isRefusal && commands.includes(command)
}
