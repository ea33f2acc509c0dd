import type * as Api from '@opentelemetry/api'
import type { Context, HrTime, Span, SpanKind, Tracer } from '@opentelemetry/api'
import type { Delivery, DeliveryId } from '../../domain/delivery.ts'
import type { DeliveryEvent } from '../../domain/told.ts'
import { listen, type Traceable } from './engine.ts'
import type { Attributes } from './span-table.ts'

type Ending = 'delivered' | 'dead' | 'expired' | 'unfinished'

/**
 * Spans made from events, when these are told: nothing is kept of a delivery that arrives with its first attempt. The span
 * of one that is tried again stays open until it ends, among at most so many.
 */
export class DeliveryTracer {
  readonly #api: typeof Api
  readonly #tracer: Tracer
  readonly #engine: Traceable
  readonly #openMax: number
  readonly #open = new Map<DeliveryId, Span>()
  readonly #leave: () => void

  constructor(api: typeof Api, engine: Traceable, openDeliveriesMax: number) {
    this.#api = api
    this.#tracer = api.trace.getTracer('hookward')
    this.#engine = engine
    this.#openMax = openDeliveriesMax
    this.#leave = listen(engine, {
      delivered: (event) => {
        const span = this.#take(event.delivery)
        this.#attempt(span, event)
        this.#end(span, 'delivered', event.at)
      },
      'delivery.failed': (event) => this.#keep(event),
      'delivery.dead': ({ delivery, at }) => this.#end(this.#take(delivery), 'dead', at),
      'delivery.expired': ({ delivery, at }) => this.#end(this.#take(delivery), 'expired', at),
    })
  }

  close(): void {
    this.#leave()
    for (const span of this.#open.values()) this.#end(span, 'unfinished', Date.now())
    this.#open.clear()
  }

  #keep(event: DeliveryEvent): void {
    const span = this.#take(event.delivery)
    this.#attempt(span, event)
    this.#open.set(event.delivery.id, span)
    const [oldest] = this.#open
    if (oldest === undefined || this.#open.size <= this.#openMax) return
    this.#open.delete(oldest[0])
    this.#end(oldest[1], 'unfinished', event.at)
  }

  /** The one that is open, or another. */
  #take(delivery: Delivery): Span {
    const { id, organization, acceptedAt } = delivery
    const open = this.#open.get(id)
    this.#open.delete(id)
    if (open !== undefined) return open
    const attributes: Attributes<'hookward.delivery'> = {
      ...aboutOf(delivery),
      'hookward.organization': organization,
    }
    const options = { root: true, attributes, startTime: timeOf(acceptedAt) }
    return this.#tracer.startSpan('hookward.delivery', options, this.#api.ROOT_CONTEXT)
  }

  #end(span: Span, outcome: Ending, at: number): void {
    span.setAttribute('hookward.delivery.outcome' satisfies keyof Attributes<'hookward.delivery'>, outcome)
    if (outcome === 'dead' || outcome === 'expired') span.setStatus({ code: this.#api.SpanStatusCode.ERROR })
    span.end(timeOf(at))
  }

  #attempt(parent: Span, event: DeliveryEvent): void {
    if (!parent.isRecording()) return
    const { at, durationMs, delivery } = event
    const { SpanKind, SpanStatusCode, ROOT_CONTEXT, trace } = this.#api
    const within: Context = trace.setSpan(ROOT_CONTEXT, parent)
    const kind: SpanKind = SpanKind.CLIENT
    const attributes = { ...aboutOf(delivery), ...endedOf(event), ...this.#serverOf(event.integration) }
    const startTime = timeOf(Math.max(delivery.acceptedAt, at - durationMs))
    const span = this.#tracer.startSpan('hookward.attempt', { kind, attributes, startTime }, within)
    if (event.outcome.kind !== 'ok') span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(timeOf(at))
  }

  /** As it is registered now; nothing where it is gone. */
  #serverOf(slug: string): Attributes<'hookward.attempt'> {
    try {
      const { hostname, port, protocol } = new URL(this.#engine.integrations.get(slug).url)
      const usual = protocol === 'https:' ? 443 : 80
      return { 'server.address': hostname, 'server.port': port === '' ? usual : Number(port) }
    } catch {
      return {}
    }
  }
}

function aboutOf({ id, eventId, integrationId, topic }: Delivery) {
  return {
    'hookward.delivery.id': id,
    'hookward.event.id': eventId,
    'hookward.integration': integrationId,
    'hookward.topic': topic,
  } satisfies Attributes<'hookward.delivery'>
}

function endedOf({ attempt, outcome: { kind, status, code } }: DeliveryEvent): Attributes<'hookward.attempt'> {
  return {
    'hookward.outcome': kind,
    'http.request.method': 'POST',
    ...(attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {}),
    ...(status === 0 ? {} : { 'http.response.status_code': status }),
    ...(kind === 'ok' ? {} : { 'error.type': code }),
  }
}

/** A plain number would be taken for one of `performance.now()` where a host's clock is behind. */
function timeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.floor((ms - seconds * 1_000) * 1_000_000)]
}
