import { context, metrics as metricsApi, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics'
import { PeriodicExportingMetricReader, type DataPoint, type Histogram } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { TraceIdRatioBasedSampler, type ReadableSpan, type Sampler } from '@opentelemetry/sdk-trace-base'
import { afterEach, expect, it, vi } from 'vitest'
import { metricOf, metrics, type MetricName } from '../../src/adapters/telemetry/catalogue.ts'
import { spans, type SpanName } from '../../src/adapters/telemetry/span-table.ts'
import { openTelemetry, type OpenTelemetryOptions } from '../../src/telemetry.ts'
import { streak } from '../support/streak-policy.ts'
import { aComment, startWorld, type WorldOptions } from '../support/world.ts'

afterEach(() => {
  trace.disable()
  metricsApi.disable()
  context.disable()
})

it('makes one trace of a delivery: a root span for itself, and a child for each of its attempts', async () => {
  const { world, told } = await bridged()
  await world.register({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
  world.receiver.answer(500, 200)
  const { eventId } = await world.hookward.notifyComment(aComment())
  await world.hookward.idle()
  world.clock.advanceBy(1_000)
  await world.hookward.idle()
  const [first, second, delivery] = told()
  const id = world.receiver.requests[0]?.headers['webhook-id']
  const about = {
    'hookward.delivery.id': id,
    'hookward.event.id': eventId,
    'hookward.integration': 'bot',
    'hookward.topic': 'comment.created',
  }
  const http = {
    ...about,
    'http.request.method': 'POST',
    'server.address': '127.0.0.1',
    'server.port': world.receiver.port,
  }
  const ended = { 'hookward.organization': 'acme', 'hookward.delivery.outcome': 'delivered' }
  expect(delivery).toMatchObject({ name: 'hookward.delivery', parentSpanContext: undefined })
  expect(delivery?.attributes).toEqual({ ...about, ...ended })
  expect(first?.attributes).toEqual({
    ...http,
    'hookward.outcome': 'server',
    'http.response.status_code': 500,
    'error.type': 'HTTP_500',
  })
  expect(second?.attributes).toEqual({
    ...http,
    'hookward.outcome': 'ok',
    'http.response.status_code': 200,
    'http.request.resend_count': 1,
  })
  expect([first, second, delivery].map((span) => span?.status.code)).toEqual([
    SpanStatusCode.ERROR,
    SpanStatusCode.UNSET,
    SpanStatusCode.UNSET,
  ])
  for (const attempt of [first, second]) expect(attempt?.parentSpanContext?.spanId).toBe(delivery?.spanContext().spanId)
  const at = world.clock.now()
  expect([msOf(delivery?.startTime), msOf(delivery?.endTime)]).toEqual([at - 1_000, at])
  expect([msOf(first?.endTime), msOf(second?.endTime)]).toEqual([at - 1_000, at])
})

it('begins a trace of its own, whatever span the host is in, and leaves the choice of samples to the host', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const { world, told } = await bridged()
  await world.register()
  await trace.getTracer('host').startActiveSpan('the host', async (span) => {
    await world.comment()
    span.end()
  })
  const [attempt, delivery] = told()
  expect(delivery?.parentSpanContext).toBeUndefined()
  expect(attempt?.spanContext().traceId).toBe(delivery?.spanContext().traceId)
  trace.disable()
  const none = spansInMemory(new TraceIdRatioBasedSampler(0))
  await world.comment()
  expect(none()).toEqual([])
})

it('ends the span of a delivery with an error where it died, and where it expired without an attempt', async () => {
  const { world, told } = await bridged({ policy: streak({ retriesMs: [] }) })
  await world.register()
  world.receiver.answer('reset')
  await world.comment()
  const [attempt, dead] = told()
  expect(attempt?.attributes).toMatchObject({ 'hookward.outcome': 'unreachable', 'error.type': 'ECONNRESET' })
  expect(attempt?.attributes).not.toHaveProperty('http.response.status_code')
  expect(dead).toMatchObject({ status: { code: SpanStatusCode.ERROR } })
  await world.hookward.integrations.pause('bot')
  await world.comment()
  world.clock.advanceBy(31 * 86_400_000)
  await world.hookward.idle()
  const endings = told().map(({ attributes }) => attributes['hookward.delivery.outcome'])
  expect(endings.filter((ending) => ending !== undefined)).toEqual(['dead', 'expired', 'expired'])
})

it('keeps no more spans open than it may, and ends what is open when it is closed', async () => {
  const { world, told, bridge } = await bridged({}, { openDeliveriesMax: 1 })
  await world.register()
  world.receiver.answer(500)
  await Promise.all([1, 2, 3].map(() => world.hookward.notifyComment(aComment())))
  await world.hookward.idle()
  const unfinished = () => told().filter(({ attributes }) => attributes['hookward.delivery.outcome'] === 'unfinished')
  expect(unfinished()).toHaveLength(2)
  bridge.close()
  expect(unfinished()).toHaveLength(3)
  bridge.close()
  const before = told().length
  world.clock.advanceBy(1_000)
  await world.hookward.idle()
  expect(told()).toHaveLength(before)
})

it('writes no attribute that its table does not have, and every one that it has', async () => {
  const { world, told } = await bridged()
  await world.register({ headers: { 'x-token': 'a-planted-token' }, url: `${world.receiver.url}/planted?key=planted` })
  world.receiver.answer(500, 200)
  await world.comment('a-planted-comment')
  world.clock.advanceBy(1_000)
  await world.hookward.idle()
  for (const name of Object.keys(spans) as SpanName[]) {
    const own = told().filter((span) => span.name === name)
    const used = new Set(own.flatMap(({ attributes }) => Object.keys(attributes)))
    expect([...used].sort(), name).toEqual(Object.keys(spans[name].attributes).sort())
  }
  expect(JSON.stringify(told().map(({ attributes }) => attributes))).not.toContain('planted')
})

it('tells the meter every metric of the table, as the Prometheus endpoint has it', async () => {
  const { world, collect } = await bridged()
  await world.register()
  world.receiver.answer(200, 404)
  for (let n = 0; n < 5; n += 1) await world.comment()
  await world.register({ slug: 'other' })
  await world.hookward.integrations.disable('other')
  await world.hookward.idle()
  const all = await collect()
  const quiet: readonly MetricName[] = ['hookward.ledger.fillings']
  const busy = (Object.keys(metrics) as MetricName[]).filter((name) => !quiet.includes(name))
  expect([...all.keys()].sort()).toEqual([...busy].sort())
  for (const [name, { descriptor }] of all) {
    const { help: description, unit, buckets } = metricOf(name as MetricName)
    const advice = buckets === undefined ? {} : { advice: { explicitBucketBoundaries: buckets } }
    expect(descriptor, name).toMatchObject({ description, unit, ...advice })
  }
  const value = (name: MetricName, attributes: object) =>
    all.get(name)?.dataPoints.find((point) => JSON.stringify(point.attributes) === JSON.stringify(attributes))?.value
  expect(value('hookward.attempts', { outcome: 'ok' })).toBe(1)
  expect(value('hookward.attempt.duration', { outcome: 'rejected' })).toMatchObject({ count: 2 })
  expect(value('hookward.integrations', { state: 'disabled' })).toBe(1)
  expect(value('hookward.letters', { outcome: 'sent' })).toBe(2)
  expect(value('hookward.up', {})).toBe(1)
})

it('tells the meter of integrations apart where that is asked for, and nothing more once it is closed', async () => {
  const { world, bridge, collect } = await bridged({}, { perIntegration: true })
  await world.register()
  await world.comment()
  const own = { outcome: 'ok', integration: 'bot' }
  expect((await collect()).get('hookward.attempts')?.dataPoints).toMatchObject([{ attributes: own, value: 1 }])
  bridge.close()
  await world.comment()
  await world.hookward.integrations.pause('bot')
  const after = await collect()
  expect(after.get('hookward.attempts')?.dataPoints).toMatchObject([{ attributes: own, value: 1 }])
  // The SDK keeps the last value it was told.
  const standing = { attributes: { state: 'healthy', integration: 'bot' }, value: 1 }
  expect(after.get('hookward.integrations')?.dataPoints).toContainEqual(expect.objectContaining(standing))
})

it.each([
  [{ openDeliveriesMax: 0 }, 'openDeliveriesMax must be a whole number from 1 to 100000'],
  [{ openDeliveriesMax: null }, 'openDeliveriesMax must be a whole number from 1 to 100000'],
  [{ spans: true }, 'has no field "spans"'],
  [{ propagate: 'all' }, 'propagate must be true, false or a function'],
])('refuses what is impossible: %j', async (options, fact) => {
  const { hookward } = await startWorld()
  await expect(openTelemetry(hookward, options as OpenTelemetryOptions)).rejects.toThrow(fact)
})

it('names the package to install where it is missing', async () => {
  vi.doMock('@opentelemetry/api', () => {
    throw new Error('Cannot find package')
  })
  const { hookward } = await startWorld()
  await expect(openTelemetry(hookward)).rejects.toThrow(/^PEER_MISSING: .*npm install @opentelemetry\/api/)
  vi.doUnmock('@opentelemetry/api')
})

async function bridged(options: WorldOptions = {}, asked: OpenTelemetryOptions = {}) {
  const told = spansInMemory()
  const collect = metricsInMemory()
  const world = await startWorld({ policy: streak(), ...options })
  const bridge = await openTelemetry(world.hookward, asked)
  return { world, bridge, told, collect }
}

/** Those that have ended, in their order. */
function spansInMemory(sampler?: Sampler): () => readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter()
  const spanProcessors = [new SimpleSpanProcessor(exporter)]
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors, ...(sampler === undefined ? {} : { sampler }) }),
  )
  return () => exporter.getFinishedSpans().filter(({ name }) => name.startsWith('hookward.'))
}

interface Told {
  readonly descriptor: object
  readonly dataPoints: readonly DataPoint<number | Histogram>[]
}

function metricsInMemory(): () => Promise<ReadonlyMap<string, Told>> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  metricsApi.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  return async () => {
    exporter.reset()
    await reader.forceFlush()
    const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    return new Map(all.map((one) => [one.descriptor.name, one as unknown as Told]))
  }
}

function msOf([seconds, nanos]: readonly [number, number] = [0, 0]): number {
  return seconds * 1_000 + nanos / 1_000_000
}
