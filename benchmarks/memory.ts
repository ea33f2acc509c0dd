import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { undiciTransport } from '../src/adapters/undici/transport.ts'
import { Engine } from '../src/engine/engine.ts'
import { readOptions } from '../src/engine/options.ts'
import { memoryStore, type HookwardOptions, type Transport } from '../src/index.ts'
import { createNetwork } from '../src/policy/network.ts'
import { sentry } from '../src/policy/index.ts'
import { manualClock } from '../src/testing.ts'

/**
 * What an engine keeps in memory: heap and buffers after a collection. One line of JSON for each part.
 * `--part` runs one of them (@default all), `--share` a part of each size (@default 1).
 */
const { values } = parseArgs({ options: { part: { type: 'string' }, share: { type: 'string', default: '1' } } })
const sized = (count: number) => Math.round(count * Number(values.share))
const fleet = sized(10_000)
const minuteMs = 60_000
const kb = (bytes: number) => Math.round(bytes / 102.4) / 10

async function memoryBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('node runs without --expose-gc')
  // The request log is written now and then; a checkpoint under way holds the text of a document: the lower one counts.
  const looks = []
  for (let look = 0; look < 2; look += 1) {
    await wait(300)
    for (let pass = 0; pass < 3; pass += 1) {
      await turn()
      globalThis.gc()
    }
    const { heapUsed, external } = process.memoryUsage()
    looks.push(heapUsed + external)
  }
  return Math.min(...looks)
}

async function anEngine(options: Partial<HookwardOptions>): Promise<Engine> {
  const parts = readOptions({ policy: sentry({ retriesMs: [] }), network: { allow: ['127.0.0.1'] }, ...options })
  const engine = new Engine(parts)
  engine.recover(await parts.store.open())
  return engine
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
  return work(dir).finally(() => rm(dir, { recursive: true, force: true }))
}

/** Receivers in a process of their own, so that none of their memory is counted. */
async function withSink<T>(origins: number, work: (ports: readonly number[]) => Promise<T>): Promise<T> {
  const child = fork(join(import.meta.dirname, 'sink.ts'), [String(origins)])
  try {
    const [ports] = (await once(child, 'message')) as [readonly number[]]
    return await work(ports)
  } finally {
    child.disconnect()
  }
}

/** Integrations, each installed in an organisation of its own: one event is one delivery. */
async function register(engine: Engine, count: number, urlOf: (n: number) => string): Promise<void> {
  const one = async (n: number) => {
    const [slug, organization] = [`app-${n}`, `org-${n}`]
    const owners = [{ email: `ops@app-${n}.example` }]
    const input = { slug, organization, url: urlOf(n), secret: `a secret of app ${n}`, topics: ['invoice'], owners }
    await engine.registration.put(input)
    await engine.installing.install({ integration: slug, organization }, { announce: false })
  }
  await Promise.all(Array.from({ length: count }, (_, n) => one(n)))
}

/** One event for each number in turn, a thousand under way at a time. */
async function emit(engine: Engine, from: number, count: number, integrations: number, text = ''): Promise<void> {
  for (let done = 0; done < count; done += 1_000) {
    const some = Array.from({ length: Math.min(1_000, count - done) }, (_, n) => from + done + n)
    const event = (n: number) => ({
      topic: 'invoice.paid',
      organization: `org-${n % integrations}`,
      data: { id: n, text },
    })
    await Promise.all(some.map((n) => engine.intake.accept(event(n))))
  }
}

/** Registered and never used: nobody is awake. */
async function boot(): Promise<object> {
  return inFolder(async (dir) => {
    const first = await anEngine({ dir })
    await register(first, fleet, (n) => `https://app-${n}.example/hook`)
    await first.stop(0)
    const before = await memoryBytes()
    const began = performance.now()
    const engine = await anEngine({ dir })
    const openMs = Math.round(performance.now() - began)
    const kept = (await memoryBytes()) - before
    const liveActors = engine.registry.liveCount
    await engine.stop(0)
    return { integrations: fleet, openMs, kbPerIntegration: kb(kept / fleet), liveActors }
  })
}

/** Every integration hears a signal, then nothing for as long as it takes to fall asleep; twice. */
async function awake(): Promise<object> {
  return inFolder(async (dir) => {
    const clock = manualClock()
    const engine = await anEngine({ dir, clock, transport: answering(() => 404) })
    await register(engine, fleet, (n) => `https://app-${n}.example/hook`)
    const registered = await memoryBytes()
    const rounds = []
    for (let round = 0; round < 3; round += 1) {
      await emit(engine, 0, fleet, fleet)
      await engine.idle()
      const [live, up] = [engine.registry.liveCount, await memoryBytes()]
      clock.advanceBy(10 * minuteMs)
      await engine.idle()
      const asleep = await memoryBytes()
      const perIntegration = { kbAwake: kb((up - registered) / fleet), kbAsleep: kb((asleep - registered) / fleet) }
      rounds.push({ live, liveAfterIdle: engine.registry.liveCount, ...perIntegration })
    }
    await engine.stop(0)
    return { integrations: fleet, rounds }
  })
}

/** Deliveries over real sockets, after everything that is bounded has been filled to its bound. */
async function flat(kind: 'dir' | 'memory', dir: string): Promise<object> {
  const [integrations, deliveries, every] = [sized(1_000), sized(100_000), sized(5_000)]
  return withSink(20, async (ports) => {
    const real = undiciTransport({ network: createNetwork({ allow: ['127.0.0.1'], deny: [] }) })
    let wire = answering(() => 500)
    const transport: Transport = { attempt: (request) => wire.attempt(request), close: () => real.close() }
    const engine = await anEngine({ ...(kind === 'dir' ? { dir } : { store: memoryStore() }), transport })
    await register(engine, integrations, (n) => `http://127.0.0.1:${ports[n % ports.length]}/ok`)
    const run = (from: number, count: number) => emit(engine, from, count, integrations).then(() => engine.idle())
    // 100 errors, which become dead letters, then 100 successes: each log is as long as it will ever be. What follows all
    // arrives, so that nothing more is kept.
    await run(0, 100 * integrations)
    wire = answering(() => 200)
    await run(0, 100 * integrations)
    wire = real
    // Pools, queues and compiled code take tens of thousands of deliveries to come to rest.
    await run(0, 10 * every)
    const samples: [number, number][] = [[0, await memoryBytes()]]
    let ms = 0
    for (let done = every; done <= deliveries; done += every) {
      const began = performance.now()
      await run(done, every)
      ms += performance.now() - began
      samples.push([done, await memoryBytes()])
    }
    const perSecond = Math.round(deliveries / (ms / 1_000))
    await engine.stop(0)
    const slope = (points: typeof samples) => kb(10_000 * slopeOf(points))
    const half = samples.slice(Math.floor(samples.length / 2))
    const kbPer10kDeliveries = { all: slope(samples), lastHalf: slope(half) }
    return { store: kind, integrations, deliveries, perSecond, kbPer10kDeliveries, mb: samples.map(([, b]) => mb(b)) }
  })
}

/** What one delivery costs that waits with a body of 4 KiB. */
async function waiting(how: 'queued' | 'held' | 'retrying'): Promise<object> {
  const [integrations, deliveries] = [sized(1_000) / 10, sized(100_000)]
  const open = (dir: string) => anEngine({ dir, policy: sentry({ deadlineMs: 30_000 }) })
  return inFolder((dir) =>
    withSink(1, async ([port]) => {
      const engine = await open(dir)
      await register(engine, integrations, () => `http://127.0.0.1:${port}/${how === 'queued' ? 'hang' : '500'}`)
      const hand = { by: 'bench', reason: 'so that it waits' }
      if (how === 'held')
        for (let n = 0; n < integrations; n += 1) await engine.steering.order('admin.pause', `app-${n}`, hand)
      const before = await memoryBytes()
      await emit(engine, 0, deliveries, integrations, 'x'.repeat(4_000))
      if (how === 'retrying') await engine.idle()
      const kept = (await memoryBytes()) - before
      await engine.stop(0)
      const empty = await memoryBytes()
      const again = await open(dir)
      const reopened = (await memoryBytes()) - empty
      await again.stop(0)
      const per = { bytesPerDelivery: Math.round(kept / deliveries) }
      return { how, deliveries, ...per, bytesPerDeliveryReopened: Math.round(reopened / deliveries) }
    }),
  )
}

/** What an idempotency key costs for the 24 hours that it is remembered. */
async function keys(): Promise<object> {
  return inFolder(async (dir) => {
    const engine = await anEngine({ dir })
    const remember = (n: number) =>
      engine.intake.accept({ topic: 'invoice.paid', organization: 'nobody', data: {} }, { key: `invoice-${n}` })
    const count = sized(100_000)
    const before = await memoryBytes()
    for (let done = 0; done < count; done += 1_000)
      await Promise.all(Array.from({ length: 1_000 }, (_, n) => remember(done + n)))
    const kept = (await memoryBytes()) - before
    await engine.stop(0)
    return { count, bytesPerKey: Math.round(kept / count) }
  })
}

/** A transport without a network. */
function answering(status: (n: number) => number): Transport {
  const rest = { phase: 'body', durationMs: 1, body: '', bodyBytes: 0, truncated: false, headers: {} } as const
  let made = 0
  return {
    attempt: () => {
      const answer = status(made++)
      const kind = answer < 300 ? 'ok' : answer < 500 ? 'rejected' : 'server'
      return Promise.resolve({ kind, status: answer, code: `HTTP_${answer}`, ...rest })
    },
    close: () => Promise.resolve(),
  }
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}

function mb(bytes: number): number {
  return Math.round(bytes / 10_485.76) / 100
}

const parts: Readonly<Record<string, () => Promise<object>>> = {
  boot,
  awake,
  flat: () => inFolder((dir) => flat('dir', dir)),
  flatInMemory: () => flat('memory', ''),
  queued: () => waiting('queued'),
  held: () => waiting('held'),
  retrying: () => waiting('retrying'),
  keys,
}

for (const [part, measure] of Object.entries(parts))
  if (values.part === undefined || values.part === part) console.log(JSON.stringify({ part, ...(await measure()) }))
