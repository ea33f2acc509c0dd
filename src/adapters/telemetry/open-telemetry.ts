import type * as Api from '@opentelemetry/api'
import { HookwardError } from '../../domain/errors.ts'
import { checkFields, refuse } from '../../policy/check.ts'
import { checkEngine, option, type Traceable } from './engine.ts'
import { cardinalityNames, integrationLabels, readCardinality, whole } from './integration-label.ts'
import type { CardinalityOptions } from './integration-label.ts'
import { meter } from './meter.ts'
import { DeliveryTracer } from './tracer.ts'

/** How OpenTelemetry is told. */
export interface OpenTelemetryOptions extends CardinalityOptions {
  /**
   * Deliveries that were tried and go on have an open span: the most of these, 1 to 100,000. Past it the one that was
   * tried first is `unfinished`, and what follows of it begins a trace of its own. @default 1_000
   */
  readonly openDeliveriesMax?: number
  /**
   * Traces go on from whoever emits to whoever receives: a delivery emitted within a span is a child of it, and each
   * attempt sends the headers `traceparent` and, where there is one, `tracestate`: to every receiver, or to those of the
   * integrations for which the function says so. Not for a host with a runtime.
   * @default false: receivers are told nothing
   */
  readonly propagate?: boolean | ((integration: string) => boolean)
}

/** A bridge that runs. */
export interface OpenTelemetry {
  /** Ends what is open, and tells no more. Safe to call twice. */
  close(): void
}

/**
 * Tells OpenTelemetry what an engine does: spans of deliveries and their attempts, and every metric, by the global
 * providers. Needs the package `@opentelemetry/api`; call it after your SDK has started.
 * @throws HookwardError `PEER_MISSING` without that package, `OPTION_INVALID`.
 * @example
 * const telemetry = await openTelemetry(hookward)
 */
export async function openTelemetry(engine: Traceable, options: OpenTelemetryOptions = {}): Promise<OpenTelemetry> {
  const own = ['openDeliveriesMax', 'propagate'] as const
  const fields = checkFields(options, option('the options'), [...cardinalityNames, ...own])
  const { openDeliveriesMax = 1_000, propagate = false } = fields
  const tells = readPropagate(propagate)
  checkEngine(engine, ['on', 'overview', ...(tells === undefined ? [] : ['trace'])])
  const openMax = whole(openDeliveriesMax, 'openDeliveriesMax', 1, 100_000)
  const labels = integrationLabels(readCardinality(fields))
  const api = await theApi()
  const tracer = new DeliveryTracer(api, engine, { openDeliveriesMax: openMax, tells })
  const leave = meter(engine, api.metrics.getMeter('hookward'), labels)
  return {
    close: () => {
      tracer.close()
      leave()
    },
  }
}

/** Undefined where nobody is told; else who is. */
function readPropagate(value: unknown): ((integration: string) => boolean) | undefined {
  if (value === false) return undefined
  if (value === true) return () => true
  if (typeof value !== 'function') return refuse(option('propagate'), 'must be true, false or a function')
  const asks = value as (integration: string) => unknown
  return (integration) => asks(integration) === true
}

async function theApi(): Promise<typeof Api> {
  try {
    return await import('@opentelemetry/api')
  } catch (cause) {
    const fact = 'spans and metrics need the package @opentelemetry/api: npm install @opentelemetry/api'
    throw new HookwardError('PEER_MISSING', fact, { cause })
  }
}
