import { HookwardError } from '../domain/errors.ts'
import { resourceOf, type Topic } from '../domain/topic.ts'
import type { TraceContext } from '../domain/trace.ts'
import { idempotencyKey, sentrySignature, standardSignature, type SigningKeys } from './signature.ts'

/** Names and values of headers. */
export type Headers = Readonly<Record<string, string>>

/** The bounds of an integration's own headers. */
export const headerLimits = { countMax: 32, valueCharsMax: 1_024, totalCharsMax: 8_192, linesCharsMax: 16_384 } as const

/**
 * Checks an integration's own headers, given as an object or as Sentry's `Name: value` lines, and trims the values.
 * Names that belong to the request itself or to us throw `HEADER_INVALID`; an `idempotency-key`, in any letter case,
 * is dropped without a word, as Sentry does (spec 5.6). Nothing given means no headers. No message quotes a value.
 */
export function checkHeaders(headers: unknown): Headers {
  const given = Object.entries(asRecord(headers)).filter(([name]) => name.toLowerCase() !== 'idempotency-key')
  if (given.length > headerLimits.countMax) throw invalid(`there are more than ${headerLimits.countMax} headers`)
  const checked = given.map(([name, value]) => [checkName(name), checkValue(name, value)] as const)
  checkTogether(checked)
  return Object.fromEntries(checked)
}

/** Reads Sentry's header lines: cut at the first colon, both sides trimmed; a line without a colon is ignored (spec 5.7). */
export function parseHeaderLines(text: string): Headers {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.includes(':'))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]),
  )
}

/** For logs: the values of the headers named become 64 asterisks, whatever the letter case of their names. */
export function maskHeaders(all: Headers, customNames: readonly string[]): Headers {
  if (customNames.length === 0) return all
  const custom = new Set(customNames.map((name) => name.toLowerCase()))
  const mask = '*'.repeat(64)
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, custom.has(name.toLowerCase()) ? mask : value]),
  )
}

/** What the headers of one attempt are made from. */
export interface AttemptFacts {
  readonly topic: Topic
  readonly deliveryId: string
  readonly installationId: string
  /** Of the event, or of the delivery where that was made anew: 32 hex digits, the seed of the idempotency key. */
  readonly seed: string
  /** The current key first, then those that are being replaced. */
  readonly keys: readonly [SigningKeys, ...SigningKeys[]]
  /** The integration's own headers, as `checkHeaders` gave them. */
  readonly custom: Headers
  /** The exact bytes that are sent. */
  readonly body: Uint8Array
  /** The attempt's moment, milliseconds since 1970. */
  readonly at: number
  /** 32 hex digits, new for every attempt. */
  readonly requestId: string
  /** Where the attempt stands in a trace. @default none: its headers are the same as without one */
  readonly trace?: TraceContext | undefined
}

/** All headers of one attempt (spec 5.6): the integration's own first, and ours win whatever the letter case. */
export function attemptHeaders(input: AttemptFacts): Record<string, string> {
  const { sentry, standard } = input.keys[0]
  // Nothing unsigned leaves: a secret that the host keeps may turn out not to fit what is wanted.
  if (sentry === undefined && standard === undefined)
    throw new HookwardError('SECRET_INVALID', 'the secret cannot sign as the integration wants it')
  const ours = sentryHeaders(input)
  if (input.keys.some((key) => key.standard !== undefined)) addStandardHeaders(ours, input)
  Object.assign(ours, input.trace)
  const custom = Object.entries(input.custom)
  if (custom.length === 0) return ours
  const taken = new Set(Object.keys(ours).map((name) => name.toLowerCase()))
  // The state of one trace beside another's parent would be a lie.
  if (input.trace !== undefined) taken.add('tracestate')
  return { ...Object.fromEntries(custom.filter(([name]) => !taken.has(name.toLowerCase()))), ...ours }
}

function sentryHeaders(input: AttemptFacts): Record<string, string> {
  const key = input.keys[0].sentry
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'User-Agent': 'hookward',
    'Request-ID': input.requestId,
    'Sentry-Hook-Resource': resourceOf(input.topic),
    'Sentry-Hook-Timestamp': String(Math.floor(input.at / 1_000)),
  }
  if (key !== undefined) headers['Sentry-Hook-Signature'] = sentrySignature(key, input.body)
  headers['Idempotency-Key'] = idempotencyKey(input.seed, 'installation', input.installationId)
  return headers
}

function addStandardHeaders(headers: Record<string, string>, { keys, deliveryId, at, body }: AttemptFacts): void {
  const atSeconds = Math.floor(at / 1_000)
  const standard = keys.flatMap((key) => key.standard ?? [])
  headers['webhook-id'] = deliveryId
  headers['webhook-timestamp'] = String(atSeconds)
  headers['webhook-signature'] = standard.map((key) => standardSignature(key, deliveryId, atSeconds, body)).join(' ')
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const reserved = new Set(
  (
    'host content-length transfer-encoding connection keep-alive upgrade te trailer expect ' +
    'accept-encoding cookie content-type user-agent request-id'
  ).split(' '),
)
const reservedStarts = ['proxy-', 'sentry-hook-', 'webhook-']

function asRecord(headers: unknown): Readonly<Record<string, unknown>> {
  if (headers === undefined) return {}
  if (typeof headers === 'string') {
    if (headers.length > headerLimits.linesCharsMax)
      throw invalid(`the header lines are longer than ${headerLimits.linesCharsMax} characters`)
    return parseHeaderLines(headers)
  }
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    throw invalid('headers is neither an object nor a text of header lines')
  return { ...headers }
}

function checkName(name: string): string {
  if (!token.test(name)) throw invalid(`${shown(name)} is not a header name`)
  const lower = name.toLowerCase()
  if (reserved.has(lower) || reservedStarts.some((start) => lower.startsWith(start)))
    throw invalid(`${shown(name)} cannot be set by an integration`)
  return name
}

function checkValue(name: string, value: unknown): string {
  if (typeof value !== 'string') throw invalid(`the value of ${shown(name)} is not a text`)
  const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, '')
  if (!/^[\t\x20-\x7e]*$/.test(trimmed)) throw invalid(`the value of ${shown(name)} holds more than visible ASCII`)
  if (trimmed.length > headerLimits.valueCharsMax)
    throw invalid(`the value of ${shown(name)} is longer than ${headerLimits.valueCharsMax} characters`)
  return trimmed
}

function checkTogether(headers: readonly (readonly [string, string])[]): void {
  const seen = new Set<string>()
  let chars = 0
  for (const [name, value] of headers) {
    if (seen.has(name.toLowerCase())) throw invalid(`${shown(name)} is given twice`)
    seen.add(name.toLowerCase())
    chars += name.length + value.length
  }
  if (chars > headerLimits.totalCharsMax)
    throw invalid(`the headers are longer than ${headerLimits.totalCharsMax} characters in all`)
}

/** Only as far as it looks like a name: people write `Authorization: Bearer ...` here, and that must not be repeated. */
function shown(name: string): string {
  return JSON.stringify((/^[!#$%&'*+\-.^_`|~0-9A-Za-z]*/.exec(name)?.[0] ?? '').slice(0, 80))
}

function invalid(fact: string): HookwardError {
  return new HookwardError('HEADER_INVALID', fact)
}
