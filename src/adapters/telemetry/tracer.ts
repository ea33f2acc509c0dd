import type * as Api from '@opentelemetry/api'
import type { Attributes as SpanAttributes, Context, Span, SpanContext, Tracer } from '@opentelemetry/api'
import type { Delivery, DeliveryId } from '../../domain/delivery.ts'
import type { DeliveryEvent } from '../../domain/told.ts'
import type { TraceContext } from '../../domain/trace.ts'
import type { TracedAttempt, Tracing } from '../../ports.ts'
import { listen, type Traceable } from './engine.ts'
import type { Attributes } from './span-table.ts'
import { aboutOf, contextOf, endedOf, quiet, serverOf, timeOf, traceOfSpan } from './span-values.ts'

type Ending = 'delivered' | 'dead' | 'expired' | 'unfinished'

/** How spans are made. */
export interface TracerOptions {
  readonly openDeliveriesMax: number
  /** Traces go on from whoever emits to the receivers of those integrations. Undefined: they do not go on. */
  readonly tells: ((integration: string) => boolean) | undefined
}

/**
 * Spans made from events, when these are told: nothing is kept of a delivery that arrives with its first attempt. The span
 * of one that is tried again stays open until it ends, among at most so many. Where traces are carried on, the span of an
 * attempt is begun before it is sent.
 */
export class DeliveryTracer implements Tracing {
  readonly #api: typeof Api
  readonly #tracer: Tracer
  readonly #engine: Traceable
  readonly #options: TracerOptions
  readonly #quiet: Context
  readonly #open = new Map<DeliveryId, Span>()
  readonly #leave: readonly (() => void)[]
  #isClosed = false

  constructor(api: typeof Api, engine: Traceable, options: TracerOptions) {
    this.#api = api
    this.#tracer = api.trace.getTracer('hookward')
    this.#engine = engine
    this.#options = options
    this.#quiet = quiet(api)
    const told = listen(engine, {
      delivered: (event) => {
        const span = this.#take(event.delivery)
        this.#attempt(span, event)
        this.#end(span, 'delivered', event.at)
      },
      'delivery.failed': (event) => {
        const span = this.#take(event.delivery)
        this.#attempt(span, event)
        this.#keep(event.delivery.id, span, event.at)
      },
      'delivery.dead': ({ delivery, at }) => this.#end(this.#take(delivery), 'dead', at),
      'delivery.expired': ({ delivery, at }) => this.#end(this.#take(delivery), 'expired', at),
    })
    this.#leave = [told, ...(engine.trace === undefined ? [] : [engine.trace(this)])]
  }

  close(): void {
    this.#isClosed = true
    for (const leave of this.#leave) leave()
    for (const span of this.#open.values()) this.#end(span, 'unfinished', Date.now())
    this.#open.clear()
  }

  current(): TraceContext | undefined {
    const { context, trace } = this.#api
    return this.#options.tells !== undefined ? this.#sent(trace.getSpanContext(context.active())) : undefined
  }

  begin(delivery: Delivery, facts: Parameters<Tracing['begin']>[1]): TracedAttempt {
    // What instruments the host's own requests would tell URLs, and send receivers a trace that nobody asked for.
    const run = <T>(exchange: () => T): T => this.#api.context.with(this.#quiet, exchange)
    const { tells } = this.#options
    if (tells === undefined) return { run, ended: () => undefined }
    const parent = this.#take(delivery)
    const about: Attributes<'hookward.attempt'> = { ...aboutOf(delivery), ...serverOf(facts.url) }
    const span = this.#begin(parent, about, facts.at)
    const sends = tells(delivery.integrationId) ? this.#sent(span.spanContext()) : undefined
    return {
      ...(sends === undefined ? {} : { sends }),
      run,
      ended: (outcome, at) => {
        this.#close(span, { attempt: facts.attempt, outcome, at })
        this.#keep(delivery.id, parent, at)
      },
    }
  }

  #sent(context: SpanContext | undefined): TraceContext | undefined {
    return context !== undefined && this.#api.isSpanContextValid(context) ? traceOfSpan(context) : undefined
  }

  #keep(id: DeliveryId, span: Span, at: number): void {
    if (this.#isClosed) return this.#end(span, 'unfinished', at)
    this.#open.set(id, span)
    const [oldest] = this.#open
    if (oldest === undefined || this.#open.size <= this.#options.openDeliveriesMax) return
    this.#open.delete(oldest[0])
    this.#end(oldest[1], 'unfinished', at)
  }

  /** The one that is open, or another. */
  #take(delivery: Delivery): Span {
    const { id, organization, acceptedAt, trace } = delivery
    const open = this.#open.get(id)
    this.#open.delete(id)
    if (open !== undefined) return open
    const attributes: Attributes<'hookward.delivery'> = {
      ...aboutOf(delivery),
      'hookward.organization': organization,
    }
    const within = this.#options.tells !== undefined && trace !== undefined ? contextOf(this.#api, trace) : undefined
    const options = { root: within === undefined, attributes, startTime: timeOf(acceptedAt) }
    return this.#tracer.startSpan('hookward.delivery', options, within ?? this.#api.ROOT_CONTEXT)
  }

  #end(span: Span, outcome: Ending, at: number): void {
    span.setAttribute('hookward.delivery.outcome' satisfies keyof Attributes<'hookward.delivery'>, outcome)
    if (outcome === 'dead' || outcome === 'expired') span.setStatus({ code: this.#api.SpanStatusCode.ERROR })
    span.end(timeOf(at))
  }

  /** Made afterwards, unless it was begun. */
  #attempt(parent: Span, event: DeliveryEvent): void {
    if (this.#options.tells !== undefined || !parent.isRecording()) return
    const { at, durationMs, delivery } = event
    const about = { ...aboutOf(delivery), ...this.#serverOf(event.integration) }
    this.#close(this.#begin(parent, about, Math.max(delivery.acceptedAt, at - durationMs)), event)
  }

  #begin(parent: Span, attributes: SpanAttributes & Attributes<'hookward.attempt'>, at: number): Span {
    const { SpanKind, ROOT_CONTEXT, trace } = this.#api
    const within: Context = trace.setSpan(ROOT_CONTEXT, parent)
    return this.#tracer.startSpan(
      'hookward.attempt',
      { kind: SpanKind.CLIENT, attributes, startTime: timeOf(at) },
      within,
    )
  }

  #close(span: Span, ended: Pick<DeliveryEvent, 'attempt' | 'outcome' | 'at'>): void {
    span.setAttributes(endedOf(ended))
    if (ended.outcome.kind !== 'ok') span.setStatus({ code: this.#api.SpanStatusCode.ERROR })
    span.end(timeOf(ended.at))
  }

  /** As it is registered now; nothing where it is gone. */
  #serverOf(slug: string): Attributes<'hookward.attempt'> {
    try {
      return serverOf(this.#engine.integrations.get(slug).url)
    } catch {
      return {}
    }
  }
}
