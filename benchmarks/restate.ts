import '../test/support/with-resolvers.ts'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registerWorker } from '../src/adapters/restate/admin.ts'
import { createHookward, type Hookward } from '../src/index.ts'
import { restate } from '../src/restate.ts'
import { startBalancer } from '../test/restate/torture/balancer.ts'
import { key, skipped, startRestate, type RestateServer } from '../test/support/restate.ts'
import type { WorkerCounts } from './restate-worker.ts'

/**
 * `npm run -s bench:restate`: deliveries a second in process, with one worker and with two, in one run, as ratios to the
 * first, how long `emit` takes, and where the CPU of a delivery goes. All of it runs on this machine: the receiver and
 * the host in this process, each worker and the server in one of their own. Each is measured after a warm-up.
 */
if (skipped !== '') {
  console.error(skipped)
  process.exit(2)
}
const [warmCount, eventCount] = [2_000, 3_000]
const receiver = createServer((request, response) => {
  request.resume().once('end', () => {
    came += 1
    response.end()
  })
}).listen(0, '127.0.0.1')
await once(receiver, 'listening')
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
const one = { workers: 1, isEmpty: false }
const network = { allow: ['127.0.0.0/8'] }
const nothing = { turns: 0, deliveries: 0, turnMs: 0, cpuMs: 0 }
let came = 0

for (const integrations of [20, 1]) {
  const here = new Map<number, Measured>()
  for (const callers of [64, 256]) {
    const run = await hereWith({ integrations, callers })
    here.set(callers, run)
    say({ runtime: 'in process', integrations, callers }, run, run)
  }
  for (const cluster of integrations === 1 ? [one] : [one, { ...one, workers: 2 }, { ...one, isEmpty: true }])
    for (const load of [64, 256].map((callers) => ({ integrations, callers })))
      say({ runtime: 'restate', ...load, ...cluster }, await onRestate(cluster, load), here.get(load.callers))
}
receiver.closeAllConnections()
receiver.close()
process.exit(0)

/** What a run came to; `cpuMs` are of one delivery, by process. */
interface Measured {
  readonly perSecond: number
  readonly acceptMsP50: number
  readonly acceptMsP99: number
  readonly batch?: number
  readonly turnMs?: number
  readonly cpuMs: { readonly host: number; readonly workers?: number; readonly server?: number }
}

/** How it is made: with workers that do nothing, what is left is the cost of the calls. */
interface Cluster {
  readonly workers: number
  readonly isEmpty: boolean
}

/** How many integrations hear of events, and how many emit at a time. */
interface Load {
  readonly integrations: number
  readonly callers: number
}

function say(what: object, run: Measured, here: Measured | undefined): void {
  const ratio = run.perSecond / (here?.perSecond ?? 1)
  console.log(JSON.stringify({ ...what, ratio: rounded(ratio, 2), ...run }))
}

async function hereWith(load: Load): Promise<Measured> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
  const engine = await createHookward({ dir, network })
  await register(engine, load)
  await delivered(engine, warmCount, load)
  const run = await delivered(engine, eventCount, load)
  await engine.stop()
  await rm(dir, { recursive: true, force: true })
  return run
}

async function onRestate({ workers: workerCount, isEmpty }: Cluster, load: Load): Promise<Measured> {
  const server = await startRestate()
  const workers = await Promise.all(Array.from({ length: workerCount }, () => startWorker(isEmpty)))
  const balancer = await startBalancer(workers.map(({ port }) => port))
  await registerWorker(server.admin, balancer.url)
  const hookward = await createHookward({ runtime: restate({ ingress: server.ingress, key }) })
  await register(hookward, load)
  await delivered(hookward, warmCount, load, isEmpty)
  await hookward.idle()
  await Promise.all(workers.map(({ child }) => countsOf(child)))
  const before = cpuMsOf(server)
  const run = await delivered(hookward, eventCount, load, isEmpty)
  await hookward.idle()
  const counts = (await Promise.all(workers.map(({ child }) => countsOf(child)))).reduce(added, nothing)
  const served = cpuMsOf(server) - before
  await hookward.stop()
  for (const { child } of workers) child.kill('SIGTERM')
  balancer.close()
  await server.stop()
  return {
    ...run,
    batch: rounded(counts.deliveries / counts.turns, 1),
    turnMs: rounded(counts.turnMs / counts.turns, 1),
    cpuMs: {
      ...run.cpuMs,
      workers: rounded(counts.cpuMs / eventCount, 2),
      server: rounded(served / eventCount, 2),
    },
  }
}

async function startWorker(isEmpty: boolean): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = fork(join(import.meta.dirname, 'restate-worker.ts'), [key, isEmpty ? 'empty' : 'whole'], {
    execArgv: [...process.execArgv, ...(process.env['WORKER_FLAGS']?.split(' ') ?? [])],
  })
  const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }]
  return { child, port }
}

async function countsOf(child: ChildProcess): Promise<WorkerCounts> {
  child.send('counts')
  const [counts] = (await once(child, 'message')) as [WorkerCounts]
  return counts
}

function added(sum: WorkerCounts, one: WorkerCounts): WorkerCounts {
  return {
    turns: sum.turns + one.turns,
    deliveries: sum.deliveries + one.deliveries,
    turnMs: sum.turnMs + one.turnMs,
    cpuMs: sum.cpuMs + one.cpuMs,
  }
}

/** In ticks of 10 ms; the server has a binary for Linux alone. */
function cpuMsOf({ pid }: RestateServer): number {
  const [, rest = ''] = readFileSync(`/proc/${pid()}/stat`, 'utf8').split(') ')
  const fields = rest.split(' ')
  return 10 * (Number(fields[11]) + Number(fields[12]))
}

async function register(hookward: Hookward, { integrations }: Load): Promise<void> {
  for (let n = 0; n < integrations; n += 1) {
    const [slug, organization] = [`bot-${n}`, `org-${n}`]
    const input = { slug, name: slug, organization, url, secret: 'a-secret-of-the-benchmark', topics: ['load'] }
    await hookward.integrations.put({ ...input, owners: [] })
    await hookward.installations.install({ integration: slug, organization }, { announce: false })
  }
}

/** Nothing comes from workers that do nothing: they are asked when they are done. */
async function delivered(
  hookward: Hookward,
  count: number,
  { integrations, callers }: Load,
  isEmpty = false,
): Promise<Measured> {
  came = 0
  const latencies: number[] = []
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  let next = 0
  const call = async () => {
    while (next < count) {
      const n = next++
      const asked = performance.now()
      const data = { n, padding: 'x'.repeat(400) }
      await hookward.emit({ topic: 'load.made', organization: `org-${n % integrations}`, data })
      latencies.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  if (isEmpty) await hookward.idle()
  while (!isEmpty && came < count) await new Promise((resolve) => setTimeout(resolve, 2))
  const perSecond = Math.round((count * 1_000) / (performance.now() - began))
  const { user, system } = process.cpuUsage(cpu)
  latencies.sort((a, b) => a - b)
  const at = (share: number) => rounded(latencies[Math.floor(latencies.length * share)] ?? 0, 1)
  const host = rounded((user + system) / 1_000 / count, 2)
  return { perSecond, acceptMsP50: at(0.5), acceptMsP99: at(0.99), cpuMs: { host } }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
