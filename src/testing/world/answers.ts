import { answered, chosen, cutAt, failed } from '../../adapters/undici/answer.ts'
import { HookwardError } from '../../domain/errors.ts'
import type { Outcome, Phase } from '../../domain/outcome.ts'
import { checkFields, checkWhole, type Field } from '../../policy/check.ts'
import { msOf, type Span } from '../span.ts'

/**
 * What can go wrong before there is an answer. `hang`: nothing comes, until the deadline. `drop`: the connection breaks
 * when the request has been read. `refuse`, `tls`, `dns`: there is no connection. `blocked`: its address is not allowed.
 */
export type Trouble = 'hang' | 'drop' | 'refuse' | 'tls' | 'dns' | 'blocked'

/** An answer with more than its status. */
export interface AnswerParts {
  readonly status: number
  /** @default none */
  readonly headers?: Readonly<Record<string, string>>
  /** @default empty */
  readonly body?: string
  /** Its `Retry-After`, in whole seconds. @default none */
  readonly retryAfter?: Span
  /** How long it takes until its head comes. @default the receiver's own latency */
  readonly latency?: Span
  /** How long its body takes after that. @default 0 */
  readonly slowBody?: Span
}

/** One request as a receiver of the world got it. */
export interface WorldRequest {
  /** Milliseconds since 1970, by the world's clock. */
  readonly at: number
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Of the delivery: the same at each of its attempts. */
  readonly deliveryId: string
  /** Counted from 1, as this receiver sees it. */
  readonly attempt: number
}

/** What a request gets: a status, an answer, a trouble, or what a function says. */
export type WorldAnswer = number | AnswerParts | Trouble | ((request: WorldRequest) => number | AnswerParts | Trouble)

/** What is to happen to one request: its end, and when. */
export interface Plan {
  readonly afterMs: number
  readonly outcome: Outcome
}

const troubles: Readonly<Record<Trouble, { readonly code: string; readonly phase: Phase }>> = {
  hang: { code: 'DEADLINE', phase: 'head' },
  drop: { code: 'ECONNRESET', phase: 'head' },
  refuse: { code: 'ECONNREFUSED', phase: 'connect' },
  tls: { code: 'CERT_HAS_EXPIRED', phase: 'tls' },
  dns: { code: 'ENOTFOUND', phase: 'dns' },
  blocked: { code: 'ADDRESS_REFUSED', phase: 'dns' },
}

/** Whether the receiver ever saw the request. */
export function arrives(answer: Exclude<WorldAnswer, (...args: never) => unknown>): boolean {
  return typeof answer !== 'string' || answer === 'hang' || answer === 'drop'
}

/** What becomes of a request that is answered so, as the real transport would tell it. */
export function planOf(
  answer: number | AnswerParts | Trouble,
  { latencyMs, deadlineMs }: { readonly latencyMs: number; readonly deadlineMs: number },
): Plan {
  if (answer === 'hang') return brokenOff('DEADLINE', 'head', deadlineMs)
  if (typeof answer === 'string') {
    const { code, phase } = troubles[answer]
    return latencyMs < deadlineMs ? brokenOff(code, phase, latencyMs) : brokenOff('DEADLINE', phase, deadlineMs)
  }
  const parts = typeof answer === 'number' ? { status: answer } : answer
  const headMs = parts.latency === undefined ? latencyMs : msOf(parts.latency, 'latency')
  if (headMs >= deadlineMs) return brokenOff('DEADLINE', 'head', deadlineMs)
  const endMs = headMs + msOf(parts.slowBody ?? 0, 'slowBody')
  return { afterMs: Math.min(endMs, deadlineMs), outcome: answeredBy(parts, endMs, deadlineMs) }
}

/** An exchange that ended without an answer. */
export function brokenOff(code: string, phase: Phase, afterMs: number): Plan {
  const nothing = { body: '', bodyBytes: 0, truncated: false, headers: {} }
  return { afterMs, outcome: { ...failed(code), phase, durationMs: afterMs, ...nothing } }
}

/** Refuses at the door what no receiver could answer. */
export function checkAnswer(answer: WorldAnswer): void {
  if (typeof answer === 'function') return
  if (typeof answer === 'string') {
    if (!Object.hasOwn(troubles, answer))
      throw new HookwardError('OPTION_INVALID', `the answer ${JSON.stringify(answer.slice(0, 40))} is no trouble that is known (known: ${Object.keys(troubles).join(', ')})`) // prettier-ignore
    return
  }
  const parts = typeof answer === 'number' ? { status: answer } : checkFields(answer, field('the answer'), known)
  const status = checkWhole(parts.status, field('the status'))
  if (status < 100 || status > 999) throw new HookwardError('OPTION_INVALID', `the status ${status} is not one of HTTP`)
  for (const name of ['latency', 'slowBody', 'retryAfter'] as const)
    if (parts[name] !== undefined) msOf(parts[name] as Span, name)
}

const known = ['status', 'headers', 'body', 'retryAfter', 'latency', 'slowBody'] as const
const bodyCharsMax = 1_024

function answeredBy(
  { status, headers = {}, body = '', retryAfter }: AnswerParts,
  endMs: number,
  deadlineMs: number,
): Outcome {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const asked = retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(msOf(retryAfter) / 1_000)) }
  const kept = chosen({ ...lower, ...asked })
  const isWhole = endMs < deadlineMs
  const cut = isWhole ? cutAt(body, bodyCharsMax) : ''
  return {
    ...answered(status, kept),
    phase: 'body',
    durationMs: Math.min(endMs, deadlineMs),
    body: cut,
    bodyBytes: isWhole ? Buffer.byteLength(body) : 0,
    truncated: !isWhole || cut.length < body.length,
    headers: kept,
  }
}

function field(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
