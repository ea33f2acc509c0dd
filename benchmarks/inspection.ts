import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import type { Hookward } from '../src/index.ts'
import { inspect } from '../src/inspector.ts'
import { sentry } from '../src/policy/index.ts'
import { anEngine, cost } from './fleet.ts'

/**
 * What `hookward.inspect` costs: CPU for each delivery of engines that differ in nothing else, taken in turn, against
 * one that was never watched. `neverAgain` is another such one: what it differs by is noise. One line of JSON.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '9' }, deliveries: { type: 'string', default: '2000' } },
})
const [rounds, deliveries] = [Number(values.rounds), Number(values.deliveries)]
const integrations = 100

/** Watches an inspector from a process of its own, and says so. */
async function view(server: string): Promise<void> {
  process.on('disconnect', () => process.exit())
  await once(new WebSocket(server), 'message')
  process.send?.('watching')
}

const answer = { kind: 'rejected', status: 429, code: 'HTTP_429' } as const
const engine = (count = integrations) => anEngine(count, answer, { policy: sentry({ retriesMs: [] }) })

async function main(): Promise<void> {
  const engines = {
    never: await engine(),
    neverAgain: await engine(),
    left: await engine(),
    listener: await engine(),
    inspector: await engine(),
  }
  let told = 0
  engines.listener.inspect(() => void (told += 1))
  const inspector = await inspect(engines.inspector)
  const viewer: ChildProcess = fork(process.argv[1] ?? '', [inspector.server])
  await once(viewer, 'message')
  const all = Object.entries(engines)
  const costs = new Map<string, number[]>(all.map(([name]) => [name, []]))
  for (let round = -2; round < rounds; round += 1)
    for (const [name, hookward] of all) {
      // Watched for a while before each round, and left again.
      if (name === 'left') await watchedAndLeft(hookward)
      const us = await cost(hookward, { count: integrations, deliveries })
      if (round >= 0) costs.get(name)?.push(us)
    }
  viewer.disconnect()
  await inspector.close()
  await Promise.all(all.map(([, hookward]) => hookward.stop()))
  const base = median(costs.get('never') ?? [])
  const facts = [...costs].map(([name, list]) => {
    const us = median(list)
    return [name, { cpuUsPerDelivery: round1(us), timesNever: Math.round((us / base) * 1_000) / 1_000 }] as const
  })
  console.log(JSON.stringify({ rounds, deliveries, told, ...Object.fromEntries(facts) }))
}

async function watchedAndLeft(hookward: Hookward): Promise<void> {
  const leave = hookward.inspect(() => undefined)
  await hookward.emit({ topic: 'invoice.paid', organization: 'org-0', data: {} })
  await hookward.idle()
  leave()
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}

function round1(n: number): number {
  return Math.round(n * 10) / 10
}

await (positionals[0] === undefined ? main() : view(positionals[0]))
