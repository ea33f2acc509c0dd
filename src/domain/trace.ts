/** Where something stands in a trace, in the words of W3C Trace Context: the values of its two headers. */
export interface TraceContext {
  /** Version, trace, span and flags: `00-` and so on, 55 characters. */
  readonly traceparent: string
  /** What tracing systems add of their own: up to 512 characters. @default none */
  readonly tracestate?: string
}

/** Nothing but the two fields, and only where they are what W3C says: what is kept and sent of a trace. */
export function traceOf(given: TraceContext | undefined): TraceContext | undefined {
  const { traceparent, tracestate } = given ?? {}
  if (typeof traceparent !== 'string' || !traceparentForm.test(traceparent)) return undefined
  const isState = typeof tracestate === 'string' && tracestateForm.test(tracestate)
  return isState ? { traceparent, tracestate } : { traceparent }
}

/** Ids of zeros alone are none. */
const traceparentForm = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
const tracestateForm = /^[\x21-\x7e][\x20-\x7e]{0,510}[\x21-\x7e]$/
