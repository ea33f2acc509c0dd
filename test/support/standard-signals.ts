import type { CountedSignal, IntegrationStatus, OutcomeFacts } from '../../src/policy/index.ts'

/** A Monday, at the first moment of a UTC day. */
export const start = Date.parse('2024-06-03T00:00:00Z')
export const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000] as const

export type What =
  '401' | '403' | '404' | '405' | '422' | '500' | '302' | 'timeout' | 'refused' | 'tls' | 'no http' | 'throttled'

export const outcomes: Readonly<Record<What, OutcomeFacts>> = {
  '401': { kind: 'rejected', status: 401, code: 'HTTP_401' },
  '403': { kind: 'rejected', status: 403, code: 'HTTP_403' },
  '404': { kind: 'rejected', status: 404, code: 'HTTP_404' },
  '405': { kind: 'rejected', status: 405, code: 'HTTP_405' },
  '422': { kind: 'rejected', status: 422, code: 'HTTP_422' },
  '500': { kind: 'server', status: 500, code: 'HTTP_500' },
  '302': { kind: 'redirect', status: 302, code: 'HTTP_302' },
  timeout: { kind: 'timeout', status: 0, code: 'DEADLINE' },
  refused: { kind: 'unreachable', status: 0, code: 'ECONNREFUSED' },
  tls: { kind: 'unreachable', status: 0, code: 'CERT_HAS_EXPIRED' },
  'no http': { kind: 'protocol', status: 0, code: 'HPE_INVALID_VERSION' },
  throttled: { kind: 'throttled', status: 503, code: 'HTTP_503' },
}

type Failed = Extract<CountedSignal, { type: 'delivery.failed' }>

/** A failure of a delivery of its own, so long after the start; a first attempt, unless it says otherwise. */
export function failed(afterMs: number, what: What = '500', fields: Partial<Failed> = {}): Failed {
  const at = start + afterMs
  const deliveryId = fields.deliveryId ?? `dlv_${at}`
  const delivery = { deliveryId, acceptedAt: at, topic: 'issue.created', attempt: 1, final: false } as const
  return { type: 'delivery.failed', at, status: 'internal', outcome: outcomes[what], ...delivery, ...fields }
}

/** The same attempt as a probe. */
export function probed(afterMs: number, what: What = '500', fields: Partial<Failed> = {}): CountedSignal {
  return { ...failed(afterMs, what, fields), type: 'probe.failed' }
}

/** Successes in one signal. */
export function ok(afterMs: number, n = 1, status: IntegrationStatus = 'internal'): CountedSignal {
  const at = start + afterMs
  return { type: 'delivery.ok', n, firstAt: at, lastAt: at, at, status }
}

/** A probe that was answered. */
export function probeOk(afterMs: number): CountedSignal {
  return { ...failed(afterMs), type: 'probe.ok', outcome: { kind: 'ok', status: 200, code: 'HTTP_200' } }
}

/** So many signals, evenly from the first moment to the last. */
export function spread<T>(
  n: number,
  fromMs: number,
  toMs: number,
  one: (afterMs: number, i: number) => T,
): readonly T[] {
  const stepMs = n > 1 ? (toMs - fromMs) / (n - 1) : 0
  return Array.from({ length: n }, (_, i) => one(Math.round(fromMs + i * stepMs), i))
}
