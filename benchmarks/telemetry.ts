import { metrics, trace } from '@opentelemetry/api'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics'
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace-base'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { parseArgs } from 'node:util'
import type { Hookward } from '../src/index.ts'
import { sentry } from '../src/policy/index.ts'
import { logEvents, openTelemetry, prometheus, type Prometheus } from '../src/telemetry.ts'
import { anEngine, cost } from './fleet.ts'

/**
 * What telemetry costs: CPU for each delivery of engines that differ in nothing else, taken in turn, against one that
 * nobody watches. `neverAgain` is another such one: what it differs by is noise. The network is left out, so that the
 * engine's own work is all there is to compare with. One line of JSON.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '31' }, deliveries: { type: 'string', default: '500' } },
})
const [rounds, deliveries] = [Number(values.rounds), Number(values.deliveries)]
const integrations = 100

const answer = { kind: 'ok', status: 200, code: 'HTTP_200' } as const
const engine = (count = integrations) => anEngine(count, answer, { policy: sentry() })

/** An SDK as in production, but that its spans and metrics go nowhere. */
function startSdk() {
  let spans = 0
  const exporter = new InMemorySpanExporter()
  const processor = new BatchSpanProcessor(exporter, { maxQueueSize: 65_536 })
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }))
  const reader = new PeriodicExportingMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.DELTA),
    exportIntervalMillis: 3_600_000,
  })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  const flush = async () => {
    await Promise.all([processor.forceFlush(), reader.forceFlush()])
    spans += exporter.getFinishedSpans().length
    exporter.reset()
  }
  return { flush, spans: () => spans }
}

async function main(): Promise<void> {
  const engines = {
    never: await engine(),
    neverAgain: await engine(),
    left: await engine(),
    channel: await engine(),
    prometheus: await engine(),
    log: await engine(),
    openTelemetry: await engine(),
    propagated: await engine(),
  }
  const sdk = startSdk()
  const scraped = prometheus(engines.prometheus, { perIntegration: true })
  await openTelemetry(engines.openTelemetry)
  await openTelemetry(engines.propagated, { propagate: true })
  const told = { logged: 0, heard: 0 }
  const line = (fields: object, fact: string) => void (told.logged += JSON.stringify({ ...fields, fact }).length)
  logEvents(engines.log, { info: line, warn: line, error: line })
  const hear = () => void (told.heard += 1)
  const all = Object.entries(engines)
  const costs = new Map<string, number[]>(all.map(([name]) => [name, []]))
  for (let round = -2; round < rounds; round += 1)
    for (const [name, hookward] of inTurn(all, round)) {
      // Watched for a while before each round, and left again.
      if (name === 'left') await watchedAndLeft(hookward)
      if (name === 'channel') subscribe('hookward:delivery', hear)
      const us = await cost(
        hookward,
        { count: integrations, deliveries },
        ['openTelemetry', 'propagated'].includes(name) ? sdk.flush : () => Promise.resolve(),
      )
      if (name === 'channel') unsubscribe('hookward:delivery', hear)
      if (round >= 0) costs.get(name)?.push(us)
    }
  const scrape = await costOfScrape(scraped)
  await Promise.all(all.map(([, hookward]) => hookward.stop()))
  const base = costs.get('never') ?? []
  const facts = [...costs].map(([name, list]) => [
    name,
    { cpuUsPerDelivery: round2(median(list)), ...ratios(list, base) },
  ])
  const heads = { rounds, deliveries, spans: sdk.spans(), ...told, scrape }
  console.log(JSON.stringify({ ...heads, ...(Object.fromEntries(facts) as object) }))
}

/** With a label for each integration: the dearest there is. */
async function costOfScrape(scraped: Prometheus) {
  const times: number[] = []
  for (let n = 0; n < 50; n += 1) {
    const began = process.cpuUsage()
    await scraped.text()
    const { user, system } = process.cpuUsage(began)
    times.push((user + system) / 1_000)
  }
  return { integrations, series: (await scraped.text()).match(/^hookward/gm)?.length, cpuMs: round2(median(times)) }
}

/** Each round begins with another one. */
function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  const first = Math.abs(round) % all.length
  return [...all.slice(first), ...all.slice(0, first)]
}

async function watchedAndLeft(hookward: Hookward): Promise<void> {
  const [metered, bridge] = [prometheus(hookward), await openTelemetry(hookward)]
  const leave = logEvents(hookward, console)
  leave()
  metered.close()
  bridge.close()
}

/** Against the unwatched engine in the same round: the median, and the quarter on each side of it. */
function ratios(list: readonly number[], base: readonly number[]) {
  const each = list.map((us, round) => us / (base[round] ?? us)).sort((a, b) => a - b)
  const at = (share: number) => round3(each[Math.floor(each.length * share)] ?? 0)
  return { timesNever: at(0.5), quarters: [at(0.25), at(0.75)] }
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}

function round2(n: number): number {
  return Math.round(n * 100) / 100
}

function round3(n: number): number {
  return Math.round(n * 1_000) / 1_000
}

await main()
