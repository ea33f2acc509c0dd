import { expect, it } from 'vitest'
import {
  labelSetsOf,
  metricOf,
  metrics,
  prometheusName,
  type MetricName,
} from '../../src/adapters/telemetry/catalogue.ts'
import { memoryStore, type Hookward } from '../../src/index.ts'
import { prometheus, type PrometheusOptions } from '../../src/telemetry.ts'
import { scraped, type Scrape } from '../support/prometheus.ts'
import { streak } from '../support/streak-policy.ts'
import { aComment, startWorld, type World, type WorldOptions } from '../support/world.ts'

const minuteMs = 60_000
const names = Object.keys(metrics) as MetricName[]

it('shows each metric of the table with its type and its help, at zero before anything has happened', async () => {
  const { scrape } = await watched()
  const { families, value } = await scrape()
  const told = families.map(({ name, type, help }) => [name, type.toLowerCase(), help])
  expect(told).toEqual(names.map((name) => [prometheusName(name), metricOf(name).kind, metricOf(name).help]))
  for (const name of names)
    for (const labels of labelSetsOf(metricOf(name)))
      expect(value(seriesName(name), labels), name).toBe(name === 'hookward.up' ? 1 : 0)
})

it('counts attempts and deliveries, and for how long they took', async () => {
  const { world, scrape } = await watched()
  await world.register()
  await world.comment()
  world.receiver.answer(500, 200)
  await world.comment()
  world.clock.advanceBy(1_000)
  await world.hookward.idle()
  const { value } = await scrape()
  expect(value('hookward_attempts_total', { outcome: 'ok' })).toBe(2)
  expect(value('hookward_attempts_total', { outcome: 'server' })).toBe(1)
  expect(value('hookward_attempt_duration_seconds_count', { outcome: 'server' })).toBe(1)
  expect(value('hookward_deliveries_total', { outcome: 'delivered' })).toBe(2)
  const below = (le: string) => value('hookward_delivery_duration_seconds_bucket', { le })
  // The clock stood still for the first, and was moved by a second for the other.
  expect([below('0.05'), below('0.5'), below('1'), below('+Inf')]).toEqual([1, 1, 2, 2])
  expect(value('hookward_delivery_duration_seconds_sum')).toBe(1)
})

it('shows what waits, how overdue it is, what is held and dead, and who is in which state', async () => {
  const { world, scrape } = await watched()
  await world.register()
  await world.register({ slug: 'other' })
  world.receiver.answer('hang')
  await world.hookward.notifyComment(aComment())
  await world.receiver.received(2)
  const during = await scrape()
  expect(during.value('hookward_backlog', { state: 'in_flight' })).toBe(2)
  world.receiver.release(404)
  await world.hookward.idle()
  world.receiver.answer(404)
  expect((await scrape()).value('hookward_backlog', { state: 'waiting' })).toBe(2)
  await world.hookward.integrations.pause('other')
  await world.comment()
  const { value } = await scrape()
  expect(value('hookward_integrations', { state: 'paused' })).toBe(1)
  expect(value('hookward_integrations', { state: 'broken' })).toBe(1)
  expect(value('hookward_integrations', { state: 'healthy' })).toBe(0)
  expect(value('hookward_backlog', { state: 'held' })).toBe(4)
  expect(value('hookward_ledger_size_bytes')).toBeGreaterThan(4 * 1_024)
  expect(value('hookward_transitions_total', { to: 'degraded' })).toBe(2)
  expect(value('hookward_transitions_total', { to: 'broken' })).toBe(1)
})

it('tells for how long the most overdue delivery has been due, of all integrations', async () => {
  const { world, scrape } = await watched({ policy: { ...streak(), lane: { inFlightMax: 1 } } })
  await world.register()
  await world.register({ slug: 'other' })
  world.receiver.answer('hang')
  for (let n = 0; n < 3; n += 1) await world.hookward.notifyComment(aComment())
  await world.receiver.received(2)
  expect((await scrape()).value('hookward_backlog_age_seconds')).toBe(0)
  world.clock.advanceBy(5 * minuteMs)
  const { value } = await scrape()
  expect(value('hookward_backlog', { state: 'waiting' })).toBe(4)
  expect(value('hookward_backlog_age_seconds')).toBe(300)
})

it('counts dead letters, letters by how they ended, and what could be told to nobody', async () => {
  const { world, scrape } = await watched({ policy: streak({ retriesMs: [] }) })
  await world.register()
  world.receiver.answer(404)
  await world.comment()
  world.smtp.refuse(451, 'come again')
  await world.hookward.integrations.disable('bot')
  await world.hookward.idle()
  expect((await scrape()).value('hookward_letters_total', { outcome: 'delayed' })).toBe(2)
  world.smtp.accept()
  world.clock.advanceBy(minuteMs)
  await world.hookward.idle()
  await world.register({ slug: 'alone', owners: [] })
  await world.hookward.integrations.disable('alone')
  await world.hookward.idle()
  const { value } = await scrape()
  expect(value('hookward_letters_total', { outcome: 'sent' })).toBe(2)
  expect(value('hookward_letters_total', { outcome: 'failed' })).toBe(0)
  expect(value('hookward_letters_total', { outcome: 'undeliverable' })).toBe(1)
  expect(value('hookward_deliveries_total', { outcome: 'dead' })).toBe(1)
  expect(value('hookward_backlog', { state: 'dead' })).toBe(1)
})

it('says that our own side is down, and that it is up again', async () => {
  const { world, scrape } = await watched()
  const outage = { at: 0, sign: 'silence', hosts: 9, alive: 9 } as const
  const frozen = prometheus({
    on: (...given) => world.hookward.on(...given),
    overview: async () => ({ ...(await world.hookward.overview()), outage }),
  })
  expect(scraped(await frozen.text()).value('hookward_frozen')).toBe(1)
  expect((await scrape()).value('hookward_frozen')).toBe(0)
})

it('goes on to answer when the engine does not: it is not up, and its counts are the last ones', async () => {
  const { world, scrape } = await watched()
  await world.register()
  await world.comment()
  await world.hookward.stop()
  const { value } = await scrape()
  expect(value('hookward_up')).toBe(0)
  expect(value('hookward_attempts_total', { outcome: 'ok' })).toBe(1)
  expect(value('hookward_backlog', { state: 'waiting' })).toBeUndefined()
})

it('has a label for each integration only where that is asked for, and for so many only', async () => {
  const { world, scrape } = await watched({}, { perIntegration: true, integrationsMax: 2 })
  for (const slug of ['a', 'b', 'c', 'd']) await world.register({ slug })
  const before = await scrape()
  expect(before.value('hookward_transitions_total', { to: 'broken', integration: 'b' })).toBe(0)
  await world.comment()
  const { count, labels, value } = await scrape()
  const of = (integration: string) => value('hookward_attempts_total', { outcome: 'ok', integration })
  expect([of('a'), of('b'), of('_other')]).toEqual([1, 1, 2])
  expect(value('hookward_integrations', { state: 'healthy', integration: '_other' })).toBe(2)
  expect(value('hookward_integrations', { state: 'broken', integration: 'a' })).toBe(0)
  for (const name of names) {
    const own = new Set(labels(seriesName(name)).map(({ integration }) => integration))
    const { perIntegration } = metricOf(name)
    expect([...own], name).toEqual(perIntegration ? ['a', 'b', '_other'] : [undefined])
  }
  expect(count).toBe(3 * seriesOf(true) + seriesOf(false))
})

it('has no more series with a hundred integrations than with one', async () => {
  const { world, scrape } = await watched({ store: memoryStore() })
  await world.register()
  await world.comment()
  const one = await scrape()
  for (let n = 0; n < 99; n += 1) await world.register({ slug: `bot-${n}` })
  await world.comment()
  const { count, value } = await scrape()
  expect(value('hookward_integrations', { state: 'healthy' })).toBe(100)
  expect(count).toBe(one.count)
})

it('answers a scrape in the type of the text format, without a body to HEAD, and nothing else', async () => {
  const watching = await watched()
  const ask = (method: string) => watching.metrics.handler(new Request('http://host/metrics', { method }))
  const scrape = await ask('GET')
  expect(scrape.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await scrape.text()).toContain('hookward_up 1\n')
  expect(await (await ask('HEAD')).text()).toBe('')
  const refused = await ask('POST')
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

it('counts no more once it is closed', async () => {
  const { metrics, world, scrape } = await watched()
  await world.register()
  await world.comment()
  metrics.close()
  await world.comment()
  expect((await scrape()).value('hookward_attempts_total', { outcome: 'ok' })).toBe(1)
})

it.each([
  [undefined, {}, 'the engine must be an object'],
  [{ on: () => undefined }, {}, 'the engine has no method overview'],
  [{}, { perEndpoint: true }, 'has no field "perEndpoint"'],
  [{}, { perIntegration: 'yes' }, 'perIntegration must be true or false'],
  [{}, { integrationsMax: 0 }, 'integrationsMax must be a whole number from 1 to 10000'],
  [{}, { integrationsMax: null }, 'integrationsMax must be a whole number from 1 to 10000'],
])('refuses what is impossible: %j, %j', async (engine, options, fact) => {
  const { world } = await watched()
  const given = engine !== undefined && Object.keys(engine).length === 0 ? world.hookward : engine
  expect(() => prometheus(given as Hookward, options as PrometheusOptions)).toThrow(fact)
})

async function watched(options: WorldOptions = {}, asked: PrometheusOptions = {}) {
  const world: World = await startWorld({ policy: streak(), ...options })
  const metrics = prometheus(world.hookward, asked)
  const scrape = async (): Promise<Scrape> => {
    const answer = await metrics.handler(new Request('http://host/metrics'))
    return scraped(await answer.text())
  }
  return { world, metrics, scrape }
}

/** How many series the table has, the integration aside. */
function seriesOf(perIntegration: boolean): number {
  const own = names.map(metricOf).filter((metric) => metric.perIntegration === perIntegration)
  // Of a histogram: each bucket, the one without a bound, the sum and the count.
  return own.reduce((sum, metric) => sum + labelSetsOf(metric).length * ((metric.buckets?.length ?? -2) + 3), 0)
}

function seriesName(name: MetricName): string {
  return `${prometheusName(name)}${metricOf(name).kind === 'histogram' ? '_count' : ''}`
}
