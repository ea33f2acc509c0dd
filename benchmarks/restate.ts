import '../test/support/with-resolvers.ts'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHookward, type Hookward } from '../src/index.ts'
import { restate, serveRestate } from '../src/restate.ts'
import { key, skipped, startRestate } from '../test/support/restate.ts'
import { startBalancer } from '../test/restate/torture/balancer.ts'

/**
 * `npm run -s bench:restate`: deliveries a second in process, with one worker and with two, in one run, as ratios to the
 * first, and how long `emit` takes. All of it runs on this machine: receivers, host, workers and server.
 */
if (skipped !== '') {
  console.error(skipped)
  process.exit(2)
}
const [integrationCount, eventCount, callers] = [20, 1_000, 64]
const receiver = createServer((request, response) => {
  request.resume().once('end', () => {
    came += 1
    response.end()
  })
}).listen(0, '127.0.0.1')
await once(receiver, 'listening')
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
const network = { allow: ['127.0.0.0/8'] }
let came = 0

const dir = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
const engine = await createHookward({ dir, network })
const inProcess = await measured(engine)
await engine.stop()
await rm(dir, { recursive: true, force: true })

const one = await onRestate(1)
const two = await onRestate(2)
receiver.closeAllConnections()
receiver.close()
const ratio = (run: Measured) => Number((run.perSecond / inProcess.perSecond).toFixed(2))
console.log(
  JSON.stringify({ inProcess, oneWorker: { ...one, ratio: ratio(one) }, twoWorkers: { ...two, ratio: ratio(two) } }),
)
process.exit(0)

interface Measured {
  readonly perSecond: number
  readonly acceptMsP50: number
  readonly acceptMsP99: number
}

/** Workers in this process: with more processes than cores they would measure the scheduler. */
async function onRestate(workerCount: number): Promise<Measured> {
  const server = await startRestate()
  const workers = await Promise.all(Array.from({ length: workerCount }, () => serveRestate({ key, port: 0, network })))
  const balancer = await startBalancer(workers.map((worker) => Number(new URL(worker.url).port)))
  const { registerWorker } = await import('../src/adapters/restate/admin.ts')
  await registerWorker(server.admin, balancer.url)
  const hookward = await createHookward({ runtime: restate({ ingress: server.ingress, key }) })
  const run = await measured(hookward)
  await hookward.stop()
  await Promise.all(workers.map((worker) => worker.stop()))
  balancer.close()
  await server.stop()
  return run
}

async function measured(hookward: Hookward): Promise<Measured> {
  for (let n = 0; n < integrationCount; n += 1) {
    const slug = `bot-${n}`
    const input = {
      slug,
      name: slug,
      organization: `org-${n}`,
      url,
      secret: 'a-secret-of-the-benchmark',
      topics: ['load'],
    }
    await hookward.integrations.put({ ...input, owners: [] })
    await hookward.installations.install({ integration: slug, organization: `org-${n}` }, { announce: false })
  }
  came = 0
  const latencies: number[] = []
  const began = performance.now()
  let next = 0
  const call = async () => {
    while (next < eventCount) {
      const n = next++
      const asked = performance.now()
      const data = { n, padding: 'x'.repeat(400) }
      await hookward.emit({ topic: 'load.made', organization: `org-${n % integrationCount}`, data })
      latencies.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  while (came < eventCount) await new Promise((resolve) => setTimeout(resolve, 5))
  const perSecond = Math.round((eventCount * 1_000) / (performance.now() - began))
  latencies.sort((a, b) => a - b)
  const at = (share: number) => Number((latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1))
  return { perSecond, acceptMsP50: at(0.5), acceptMsP99: at(0.99) }
}
