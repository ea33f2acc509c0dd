import { errors } from 'undici'
import type { Outcome } from '../../domain/outcome.ts'
import { asksOf, kindOfFailure, kindOfStatus } from '../../policy/outcome.ts'

/** Headers as undici gives them, names in lower case. */
export type Received = Readonly<Record<string, string | readonly string[] | undefined>>

type Verdict = Pick<Outcome, 'kind' | 'status' | 'code' | 'asks'>

/** An exchange that broke off before the head of an answer was complete. */
export function failed(code: string): Verdict {
  return { kind: kindOfFailure(code), status: 0, code }
}

/** An exchange whose answer has a complete head. */
export function answered(status: number, headers: Readonly<Record<string, string>>): Verdict {
  const asks = asksOf(headers['webhook-delivery'])
  const verdict = { kind: kindOfStatus(status, headers), status, code: `HTTP_${status}` }
  return asks === undefined ? verdict : { ...verdict, asks }
}

/** The stable code of what undici or the network reports. */
export function codeOf(error: Error): string {
  if (error instanceof errors.HTTPParserError) return 'BAD_ANSWER'
  const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN'
  // One code of undici's for two things: the connection ended, or it carried an answer nobody asked for.
  if (code === 'UND_ERR_SOCKET') return /closed/.test(error.message) ? 'SOCKET_CLOSED' : 'BAD_ANSWER'
  return renamed.get(code) ?? code
}

/** The few headers of an answer that are kept, bounded and printable. */
export function chosen(headers: Received): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {}
  for (const name of keptHeaders) {
    const value = headers[name]
    if (value !== undefined)
      kept[name] = withoutControls(typeof value === 'string' ? value : (value[0] ?? '')).slice(0, headerCharsMax)
  }
  return kept
}

/** The text of an answer's body: whatever is not UTF-8 is replaced, control characters are gone. */
export function readable(chunks: readonly Buffer[]): string {
  return chunks.length === 0 ? '' : withoutControls(Buffer.concat(chunks).toString('utf8'))
}

/** Never leaves half a character at the end. */
export function cutAt(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : text.slice(0, charsMax).replace(/[\uD800-\uDBFF]$/, '')
}

const keptHeaders = [
  'retry-after',
  'webhook-delivery',
  'sentry-hook-error',
  'sentry-hook-project',
  'content-type',
] as const
const headerCharsMax = 256

/** Undici's codes in our own words. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', 'CONNECT_TIMEOUT'],
  ['UND_ERR_HEADERS_TIMEOUT', 'DEADLINE'],
  ['UND_ERR_BODY_TIMEOUT', 'DEADLINE'],
  ['UND_ERR_HEADERS_OVERFLOW', 'HEAD_TOO_LARGE'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'BAD_ANSWER'],
  // What undici takes for impossible, a receiver can send: a status of 000.
  ['ERR_ASSERTION', 'BAD_ANSWER'],
  ['UND_ERR_DESTROYED', 'SHUTTING_DOWN'],
  ['UND_ERR_CLOSED', 'SHUTTING_DOWN'],
])

function withoutControls(text: string): string {
  return text.replace(/(?![\t\n])\p{Cc}/gu, '')
}
