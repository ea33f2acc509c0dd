import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { chromiumPath } from '../scripts/lib/chromium.ts'
import { writePanel } from '../scripts/lib/panel.ts'
import { dashboard, nodeHandler } from '../src/dashboard.ts'
import type { Hookward } from '../src/index.ts'
import { anEngine, cost } from './fleet.ts'

/**
 * What the dashboard costs: CPU for each delivery of engines that differ in nothing else, taken in turn, against one that
 * has none. `noneAgain` is another such one: what it differs by is noise. Then the first paint and the first rows of
 * the list in chromium, where there is one. One line of JSON.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '9' },
    deliveries: { type: 'string', default: '2000' },
    many: { type: 'string', default: '10000' },
  },
})
const [rounds, deliveries, many] = [Number(values.rounds), Number(values.deliveries), Number(values.many)]
const integrations = 100

/** Watches from a process of its own, and says so. */
async function view(url: string): Promise<void> {
  process.on('disconnect', () => process.exit())
  const [stream] = (await once(get(url), 'response')) as [IncomingMessage]
  stream.once('data', () => process.send?.('watching')).resume()
}

const answer = { kind: 'ok', status: 200, code: 'HTTP_200' } as const
const engine = (count = integrations) => anEngine(count, answer)

async function served(hookward: Hookward): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(nodeHandler(dashboard(hookward))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

async function ratios(): Promise<object> {
  const engines = {
    none: await engine(),
    noneAgain: await engine(),
    mounted: await engine(),
    viewerOfAll: await engine(),
    viewerOfOne: await engine(),
  }
  const panels = await Promise.all([engines.mounted, engines.viewerOfAll, engines.viewerOfOne].map(served))
  const streams = ['', 'api/stream', 'api/stream?slug=app-1'].map((part, i) => `${panels[i]?.url ?? ''}${part}`)
  const viewers = streams.slice(1).map((url) => fork(process.argv[1] ?? '', [url]))
  await Promise.all(viewers.map((viewer) => once(viewer, 'message')))
  const all = Object.entries(engines)
  const costs = new Map<string, number[]>(all.map(([name]) => [name, []]))
  for (let round = -2; round < rounds; round += 1)
    // Each in its turn is the first: what came before leaves its mark.
    for (const [name, hookward] of [...all.slice(round % all.length), ...all.slice(0, round % all.length)]) {
      const us = await cost(hookward, { count: integrations, deliveries })
      if (round >= 0) costs.get(name)?.push(us)
    }
  for (const viewer of viewers) viewer.disconnect()
  for (const { server } of panels) server.close()
  await Promise.all(all.map(([, hookward]) => hookward.stop()))
  const base = median(costs.get('none') ?? [])
  return Object.fromEntries([...costs].map(([name, list]) => [name, rounded(median(list) / base, 1_000)]))
}

/** Milliseconds from the click until something, and until the first row, can be seen. */
async function paint(): Promise<object> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) return { paint: 'no chromium here' }
  const hookward = await engine(many)
  const { server, url } = await served(hookward)
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const [first, rows]: [number[], number[]] = [[], []]
  for (let round = 0; round < 5; round += 1) {
    const page = await browser.newPage()
    await page.goto(url)
    await page.waitForSelector('.list tbody tr')
    rows.push(Number(await page.evaluate('performance.now()')))
    first.push(
      Number(await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN`)),
    )
    await page.close()
  }
  await browser.close()
  server.closeAllConnections()
  server.close()
  await hookward.stop()
  return { integrations: many, firstPaintMs: Math.round(median(first)), firstRowsMs: Math.round(median(rows)) }
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}

function rounded(n: number, by: number): number {
  return Math.round(n * by) / by
}

async function main(): Promise<void> {
  await writePanel(process.cwd())
  console.log(JSON.stringify({ rounds, deliveries, timesNone: await ratios(), ...(await paint()) }))
}

await (positionals[0] === undefined ? main() : view(positionals[0]))
