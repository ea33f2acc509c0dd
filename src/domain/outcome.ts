/** How one HTTP exchange ended; the kinds are fixed, what they mean is the policy's (delivery rules, section 7). */
export type OutcomeKind =
  | 'ok'
  | 'gone'
  | 'throttled'
  | 'rejected'
  | 'redirect'
  | 'server'
  | 'timeout'
  | 'unreachable'
  | 'protocol'
  | 'blocked'
  | 'local'

/** How far an exchange came before it ended. */
export type Phase = 'dns' | 'connect' | 'tls' | 'send' | 'head' | 'body'

/** `disable`: send nothing more at all. `abort-message`: do not send this delivery again. */
export type ReceiverAsks = 'disable' | 'abort-message'

/** How one attempt ended. A receiver's behaviour is always one of these values, never an exception. */
export interface Outcome {
  readonly kind: OutcomeKind
  /** The HTTP status, or 0 when no complete answer head arrived. */
  readonly status: number
  /** Stable: `HTTP_404`, `DEADLINE`, `ECONNREFUSED`, `ADDRESS_REFUSED`, ... */
  readonly code: string
  /** Where it ended. */
  readonly phase: Phase
  readonly durationMs: number
  /** How long each phase took; `connect` holds all waiting for a connection too. Absent where a transport cannot tell. */
  readonly phasesMs?: Readonly<Record<Phase, number>>
  /** It went over a connection that an earlier attempt had left open. */
  readonly reused?: boolean
  /** The address that was dialled; absent when none was, or when the egress proxy dialled it. */
  readonly address?: string
  /** Everything that came over the connection for this attempt, heads included. */
  readonly bytesIn?: number
  /** The part of the answer's body that was kept; control characters are gone. */
  readonly body: string
  readonly bodyBytes: number
  /** The answer's body was longer than what was read, or broke off. */
  readonly truncated: boolean
  /** What the receiver asked for in the header `webhook-delivery`, whatever its status. */
  readonly asks?: ReceiverAsks
  /** Chosen headers of the answer, lower case: `retry-after`, `webhook-delivery`, `sentry-hook-error`, ... */
  readonly headers: Readonly<Record<string, string>>
}

/** The part of an outcome that machines and policies may see: no body, no header. */
export type OutcomeFacts = Pick<Outcome, 'kind' | 'status' | 'code' | 'asks'>
