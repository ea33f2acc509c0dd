import { HookwardError, type ErrorCode } from '../../domain/errors.ts'
import type { DashboardProblem } from './wire.ts'

/** A refusal or an error, and the status it is answered with. */
export interface Problem extends DashboardProblem {
  readonly status: number
}

export function problem(status: number, code: string, fact: string, nextStep: string): Problem {
  return { status, code, fact, nextStep }
}

/** Nothing is loaded from or told to another place, nothing is framed, and no script runs that is not our file. */
const guards = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-robots-tag': 'noindex',
} as const

export function respond(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
  type: string,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Response {
  return new Response(body, {
    status,
    headers: { ...guards, 'cache-control': 'no-store', 'content-type': type, ...headers },
  })
}

export function json(value: unknown, status = 200): Response {
  return respond(JSON.stringify(value), 'application/json; charset=utf-8', {}, status)
}

export function refusal({ status, ...told }: Problem): Response {
  return json(told, status)
}

const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  INTEGRATION_UNKNOWN: 404,
  INTEGRATION_PAUSED: 409,
  INTEGRATION_QUARANTINED: 409,
  INTEGRATION_CLOSED: 409,
  PROBE_FAILED: 409,
  PROBE_TOO_SOON: 429,
  ENGINE_STOPPED: 503,
  ENGINE_FAILED: 503,
  STORE_CLOSED: 503,
  STORE_FAILED: 503,
}

/** What was thrown: ours is told, anything else is not. */
export function failure(error: unknown): Response {
  if (!(error instanceof HookwardError))
    return refusal(problem(500, 'FAILED', 'the dashboard failed', 'look at the log of the host'))
  const { code, fact, nextStep } = error
  const status = statuses[code] ?? (/_(?:INVALID|UNKNOWN)$/.test(code) ? 400 : 500)
  return refusal(problem(status, code, fact, nextStep))
}
