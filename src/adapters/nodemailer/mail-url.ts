import { HookwardError } from '../../domain/errors.ts'

/** What the mailer needs to know of its URL: the texts that must never be printed, longest first. */
export interface MailUrl {
  readonly secrets: readonly string[]
}

/**
 * Checks an SMTP URL: `smtp:` or `smtps:`, a host, optionally a user and a password, a port and query options.
 * Characters with a meaning in URLs (`/`, `#`, `@`, `?`) must be percent-encoded in a password.
 * @throws HookwardError `MAIL_URL_INVALID`; the message never holds a part of the URL, because any part may be the password.
 */
export function parseMailUrl(text: string): MailUrl {
  const url = parsed(text)
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') throw invalid('is neither smtp:// nor smtps://')
  if (url.hostname === '') throw invalid('names no host')
  if ((url.pathname !== '' && url.pathname !== '/') || url.hash !== '')
    throw invalid('goes on after host and port, perhaps a password with / or # that is not percent-encoded')
  return { secrets: secretsOf(url) }
}

/** A failing `new URL` keeps the whole text on its error, so it is not passed on as a cause. */
function parsed(text: unknown): URL {
  if (typeof text !== 'string' || !URL.canParse(text)) throw invalid('cannot be read as a URL')
  return new URL(text)
}

function secretsOf(url: URL): readonly string[] {
  const users = [url, ...proxyOf(url)].flatMap(({ username, password }) => spellings(username, password))
  return [...new Set(users)].filter((secret) => secret !== '').sort((a, b) => b.length - a.length)
}

/** A proxy named in the query may carry a user and a password of its own. */
function proxyOf(url: URL): readonly URL[] {
  const proxy = url.searchParams.get('proxy') ?? ''
  return URL.canParse(proxy) ? [new URL(proxy)] : []
}

/** As written in the URL, as typed by the user, and as sent to the server. */
function spellings(username: string, password: string): readonly string[] {
  const user = decoded(username)
  const secret = decoded(password)
  return [username, password, user, secret, base64(user), base64(secret), base64(`\0${user}\0${secret}`)]
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid('has a user or a password that is not percent-encoded')
  }
}

function base64(text: string): string {
  return text === '' || text === '\0\0' ? '' : Buffer.from(text).toString('base64')
}

function invalid(fact: string): HookwardError {
  return new HookwardError('MAIL_URL_INVALID', `the mail URL ${fact}`)
}
