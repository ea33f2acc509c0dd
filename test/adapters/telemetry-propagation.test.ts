import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { context, createTraceState, propagation, trace, type Span } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { ParentBasedSampler, TraceIdRatioBasedSampler, type Sampler } from '@opentelemetry/sdk-trace-base'
import { afterEach, expect, it, onTestFinished } from 'vitest'
import { openTelemetry, type OpenTelemetryOptions } from '../../src/telemetry.ts'
import { streak } from '../support/streak-policy.ts'
import { aComment, startWorld, type World } from '../support/world.ts'

afterEach(() => {
  trace.disable()
  context.disable()
  propagation.disable()
})

it('tells a receiver the span of each attempt, in the trace that the host emitted in', async () => {
  const { world, told } = await bridged({ propagate: true })
  world.receiver.answer(500, 200)
  const host = await within((span) => world.comment().then(() => span.spanContext()))
  world.clock.advanceBy(1_000)
  await world.hookward.idle()
  const [first, second, delivery] = told()
  expect(sent(world)).toEqual([first, second].map((span) => `00-${host.traceId}-${span?.spanContext().spanId}-01`))
  for (const attempt of [first, second]) expect(attempt?.parentSpanContext?.spanId).toBe(delivery?.spanContext().spanId)
  expect(delivery?.parentSpanContext).toMatchObject({ traceId: host.traceId, spanId: host.spanId })
  expect(second?.attributes).toMatchObject({ 'http.request.resend_count': 1, 'hookward.outcome': 'ok' })
  expect(told()).toHaveLength(3)
})

it('goes on with the trace after a restart, and when the host that emits is in no span it begins one', async () => {
  const { world, told, bridge } = await bridged({ propagate: true })
  world.receiver.answer(500, 200)
  const host = await within((span) => world.comment().then(() => span.spanContext()))
  bridge.close()
  await world.hookward.stop()
  const again = await world.again()
  const other = await openTelemetry(again, { propagate: true })
  onTestFinished(() => other.close())
  world.clock.advanceBy(1_000)
  await again.idle()
  const ids = () => sent(world).map((header) => header?.split('-')[1])
  expect(ids()).toEqual([host.traceId, host.traceId])
  await again.notifyComment(aComment())
  await again.idle()
  const [attempt, delivery] = told().slice(-2)
  expect(delivery?.parentSpanContext).toBeUndefined()
  expect(ids().at(-1)).toBe(delivery?.spanContext().traceId)
  expect(attempt?.spanContext().traceId).toBe(delivery?.spanContext().traceId)
})

it('changes neither the body nor any other header, and sends no baggage', async () => {
  const { world, bridge } = await bridged({ propagate: true })
  const baggage = propagation.createBaggage({ customer: { value: 'planted' } })
  await context.with(propagation.setBaggage(context.active(), baggage), () => within(() => world.comment()))
  bridge.close()
  await world.comment()
  const [traced, plain] = world.receiver.requests
  const { traceparent, ...rest } = traced?.headers ?? {}
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  expect(Object.keys(rest)).toEqual(Object.keys(plain?.headers ?? {}))
  const own = ['request-id', 'idempotency-key']
  const steady = (headers: object) => Object.entries(headers).filter(([name]) => !own.includes(name))
  expect(steady(rest)).toEqual(steady(plain?.headers ?? {}))
  expect(traced?.body).toEqual(plain?.body)
})

it('carries a tracestate, and sends neither in the name of an integration', async () => {
  const { world } = await bridged({ propagate: true })
  const headers = { traceparent: 'its own', tracestate: 'its=own' }
  await world.register({ headers })
  const remote = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true }
  const traceState = createTraceState('vendor=value,other=1')
  await context.with(trace.setSpanContext(context.active(), { ...remote, traceState }), () => world.comment())
  await world.comment()
  const seen = world.receiver.requests.map(({ headers: { tracestate } }) => tracestate)
  expect(sent(world)[0]).toMatch(/^00-a{32}-[0-9a-f]{16}-01$/)
  expect(sent(world)[1]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  expect(seen).toEqual(['vendor=value,other=1', undefined])
})

it('tells the receiver of a trace that is not sampled that it is not', async () => {
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0) })
  const { world, told } = await bridged({ propagate: true }, sampler)
  const host = await within((span) => world.comment().then(() => span.spanContext()))
  expect(sent(world)).toEqual([expect.stringMatching(new RegExp(`^00-${host.traceId}-[0-9a-f]{16}-00$`))])
  expect(told()).toEqual([])
})

it('tells those receivers alone that the host names, and makes the spans of all', async () => {
  const { told, world } = await bridged({ propagate: (integration) => integration === 'bot' })
  await world.register({ slug: 'stranger' })
  await within(() => world.comment())
  expect(
    sent(world)
      .map((header) => header?.length)
      .sort(),
  ).toEqual([55, undefined])
  expect(
    told()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...['hookward.attempt', 'hookward.attempt'], ...['hookward.delivery', 'hookward.delivery']])
})

it.each([{}, { propagate: false }])('sends and keeps nothing of a trace with %j', async (options) => {
  const { world, told } = await bridged(options)
  await world.register({ headers: { traceparent: 'its own' } })
  world.receiver.answer(500)
  await within(() => world.comment())
  expect(sent(world)).toEqual(['its own'])
  expect(told()).toHaveLength(1)
  await world.hookward.stop()
  expect(await written(world.dir)).not.toContain('"trace"')
})

it('is the only one to speak where the host instruments its requests', async () => {
  const instrument = new UndiciInstrumentation()
  onTestFinished(() => instrument.disable())
  for (const propagate of [true, false]) {
    const { world, bridge } = await bridged({ propagate })
    await within(() => world.comment())
    expect(sent(world).map((header) => header?.length)).toEqual([propagate ? 55 : undefined])
    bridge.close()
    await within(() => world.comment())
    // Nobody keeps the instrument from it any more.
    expect(sent(world).at(-1)).toHaveLength(55)
  }
})

it('ends the span of an attempt that is cut off, and carries on what was sent by hand', async () => {
  const { world, told } = await bridged({ propagate: true })
  world.receiver.answer('hang')
  const host = await within((span) =>
    world.hookward.integrations
      .send('bot', { topic: 'invoice.paid', data: {} })
      .then(() => world.receiver.received(1))
      .then(() => span.spanContext()),
  )
  await world.hookward.stop({ graceMs: 0 })
  expect(sent(world)).toEqual([expect.stringContaining(host.traceId)])
  expect(told()).toMatchObject([{ attributes: { 'hookward.outcome': 'local' }, ended: true }])
})

it('ends everything when it is closed, also what was under way then', async () => {
  const { bridge, told, world } = await bridged({ propagate: true })
  world.receiver.answer('hang')
  await world.hookward.notifyComment(aComment())
  await world.receiver.received(1)
  bridge.close()
  expect(told()).toEqual([])
  await world.hookward.stop({ graceMs: 0 })
  const [attempt, delivery] = told()
  expect([attempt?.name, delivery?.attributes['hookward.delivery.outcome']]).toEqual(['hookward.attempt', 'unfinished'])
})

async function bridged(asked: OpenTelemetryOptions, sampler?: Sampler) {
  const exporter = new InMemorySpanExporter()
  const spanProcessors = [new SimpleSpanProcessor(exporter)]
  trace.disable()
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors, ...(sampler === undefined ? {} : { sampler }) }),
  )
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const world = await startWorld({ policy: streak() })
  await world.register()
  const bridge = await openTelemetry(world.hookward, asked)
  const told = () => exporter.getFinishedSpans().filter(({ name }) => name.startsWith('hookward.'))
  return { world, bridge, told }
}

/** Runs in a span of the host. */
function within<T>(work: (span: Span) => Promise<T>): Promise<T> {
  return trace.getTracer('host').startActiveSpan('the host', (span) => work(span).finally(() => span.end()))
}

function sent({ receiver }: World) {
  return receiver.requests.map(({ headers }) => headers.traceparent)
}

async function written(dir: string): Promise<string> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = names.filter((one) => one.isFile())
  return (await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))).join()
}
