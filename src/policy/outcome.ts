import type { OutcomeKind, ReceiverAsks } from '../domain/outcome.ts'

/** No receiver can put an attempt off for longer than this, in milliseconds: 24 hours. */
export const retryAfterMsMax = 24 * 60 * 60 * 1_000

/**
 * What a complete answer head means (delivery rules, section 7).
 * @param headers of the answer, names in lower case: a 503 with a well-formed `retry-after` asks for patience
 */
export function kindOfStatus(status: number, headers: Readonly<Record<string, string>> = {}): OutcomeKind {
  if (status < 200) return 'protocol'
  if (status < 300) return 'ok'
  if (status < 400) return 'redirect'
  if (status === 410) return 'gone'
  if (status === 429) return 'throttled'
  if (status < 500) return 'rejected'
  // A status above 599 is no status at all; RFC 9110, section 15, has clients treat it as a 5xx.
  return status === 503 && isWellFormed(headers['retry-after']) ? 'throttled' : 'server'
}

/** What the end of an exchange without an answer means, by its stable code. An unknown code is the network's. */
export function kindOfFailure(code: string): OutcomeKind {
  if (code.startsWith('HPE_')) return 'protocol'
  return failures.get(code) ?? 'unreachable'
}

/** What the header `webhook-delivery` of an answer asks for; anything else is as if it were absent. */
export function asksOf(header: string | undefined): ReceiverAsks | undefined {
  const word = header?.trim().toLowerCase()
  return word === 'disable' || word === 'abort-message' ? word : undefined
}

/**
 * How long a `retry-after` asks to wait, at most 24 hours: whole seconds or an HTTP date.
 * Anything else, a negative number or a date in the past is as if it were absent.
 * @param now milliseconds since 1970
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (!isWellFormed(header)) return undefined
  const text = header.trim()
  const waitMs = wholeSeconds.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return waitMs < 0 ? undefined : Math.min(waitMs, retryAfterMsMax)
}

const failures: ReadonlyMap<string, OutcomeKind> = new Map<string, OutcomeKind>([
  ['DEADLINE', 'timeout'],
  ['CONNECT_TIMEOUT', 'timeout'],
  ['ETIMEDOUT', 'timeout'],
  ['HEAD_TOO_LARGE', 'protocol'],
  ['TOO_MANY_INFORMATIONAL', 'protocol'],
  ['BAD_ANSWER', 'protocol'],
  ['ANSWER_TOO_LARGE', 'protocol'],
  ['ADDRESS_REFUSED', 'blocked'],
  ['PROXY_REFUSED', 'blocked'],
  ['PROXY_UNREACHABLE', 'local'],
  ['PROXY_AUTHENTICATION', 'local'],
  ['SHUTTING_DOWN', 'local'],
  ['EVENT_LOOP_LATE', 'local'],
  ['NO_CONNECTION_FREE', 'local'],
  ['NAME_SERVER_UNREACHABLE', 'local'],
  ['EADDRNOTAVAIL', 'local'],
  ['EMFILE', 'local'],
  ['ENFILE', 'local'],
  ['ENOBUFS', 'local'],
  ['ENOMEM', 'local'],
])

const wholeSeconds = /^\d+$/
/** The one form senders of HTTP dates must use; the two older forms are not taken. */
const httpDate =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/

function isWellFormed(header: string | undefined): header is string {
  const text = header?.trim() ?? ''
  return wholeSeconds.test(text) || (httpDate.test(text) && !Number.isNaN(Date.parse(text)))
}
