import type * as Api from '@opentelemetry/api'
import type { Context, HrTime, SpanContext } from '@opentelemetry/api'
import type { Delivery } from '../../domain/delivery.ts'
import type { DeliveryEvent } from '../../domain/told.ts'
import type { TraceContext } from '../../domain/trace.ts'
import type { Attributes } from './span-table.ts'

export function aboutOf({ id, eventId, integrationId, topic }: Delivery) {
  return {
    'hookward.delivery.id': id,
    'hookward.event.id': eventId,
    'hookward.integration': integrationId,
    'hookward.topic': topic,
  } satisfies Attributes<'hookward.delivery'>
}

export function serverOf(url: string): Attributes<'hookward.attempt'> {
  const { hostname, port, protocol } = new URL(url)
  const usual = protocol === 'https:' ? 443 : 80
  return { 'server.address': hostname, 'server.port': port === '' ? usual : Number(port) }
}

export function endedOf({
  attempt,
  outcome: { kind, status, code },
}: Pick<DeliveryEvent, 'attempt' | 'outcome'>): Attributes<'hookward.attempt'> {
  return {
    'hookward.outcome': kind,
    'http.request.method': 'POST',
    ...(attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {}),
    ...(status === 0 ? {} : { 'http.response.status_code': status }),
    ...(kind === 'ok' ? {} : { 'error.type': code }),
  }
}

/** A plain number would be taken for one of `performance.now()` where a host's clock is behind. */
export function timeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.floor((ms - seconds * 1_000) * 1_000_000)]
}

/** As W3C writes it, whatever the host's own propagator is: that one may send more, as baggage, which is not for receivers. */
export function traceOfSpan({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceContext {
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`
  const tracestate = traceState?.serialize() ?? ''
  return tracestate === '' ? { traceparent } : { traceparent, tracestate }
}

/** Where it was written, perhaps by another process. */
export function contextOf(api: typeof Api, { traceparent, tracestate }: TraceContext): Context {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-')
  const given: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  const traceState = tracestate === undefined ? {} : { traceState: api.createTraceState(tracestate) }
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { ...given, ...traceState })
}

/** In it, instruments of the SDK make no spans and send nothing: the key is the one of its `suppressTracing`. */
export function quiet(api: typeof Api): Context {
  const key = api.createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
  return api.ROOT_CONTEXT.setValue(key, true)
}
