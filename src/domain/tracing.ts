import type { Delivery } from './delivery.ts'
import type { OutcomeFacts } from './outcome.ts'
import type { TraceContext } from './trace.ts'

/** One attempt of a trace. */
export interface TracedAttempt {
  /** What its receiver is told of the trace. @default nothing: its headers are as without a trace */
  readonly sends?: TraceContext
  /** Makes the exchange. */
  run<T>(exchange: () => T): T
  /** Called once: how it ended, and when. */
  ended(outcome: OutcomeFacts, at: number): void
}

/** Carries traces from whoever emits to whoever receives. What it throws is logged, and harms nothing. */
export interface Tracing {
  /** What the caller of `emit` runs in: kept with each delivery of the event, as its `trace`. */
  current(): TraceContext | undefined
  /** An attempt begins now, at `at` of policy time: the first of a delivery is 1. */
  begin(
    delivery: Delivery,
    facts: { readonly attempt: number; readonly url: string; readonly at: number },
  ): TracedAttempt
}
