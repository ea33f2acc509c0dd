import { undiciTransport } from '../src/adapters/undici/transport.ts'
import { createNetwork } from '../src/policy/network.ts'
import type { Outcome } from '../src/domain/outcome.ts'
import { heldMb } from '../scripts/lib/heap.ts'
import { startServers } from '../scripts/lib/hostile-servers.ts'

/**
 * `npm run bench:sender [attempts]`: floods and hangs, 100,000 unless told otherwise, through one transport. Prints what
 * is held in memory along the way, and how that grew over the last half: exit 1 for 1 MB per 10,000 attempts or more.
 */
const total = Number(process.argv[2] ?? 100_000)
const kinds = [
  'an endless header',
  'endless 1xx',
  'endless headers',
  'a body of 1 TiB',
  'an endless body',
  'endless chunk extensions',
  'endless trailers',
  'resets on the request',
  'closes on the request',
  'reads and says nothing',
  'a body that never comes',
  'a head in drips',
]
const inFlight = 128
const deadlineMs = 150
const slopeMbMax = 1

const servers = await startServers()
const places = await Promise.all(sequential(kinds))
const transport = undiciTransport({ network: createNetwork({ allow: ['127.0.0.1'] }) })
const samples: { readonly done: number; readonly mb: number }[] = []
const seen = new Map<Outcome['kind'], number>()
const body = Buffer.from('{"a":1}')
const startedAt = performance.now()
const step = Math.max(Math.floor(total / 20), 1)
let begun = 0
for (let until = step; until <= total; until += step) {
  await Promise.all(Array.from({ length: inFlight }, () => work(until)))
  samples.push({ done: until, mb: await heldMb() })
  console.error(JSON.stringify({ done: until, heldMb: round(samples.at(-1)?.mb ?? 0) }))
}
await transport.close()
servers.stop()
const slope = slopeOf(samples.slice(samples.length / 2)) * 10_000
const ok = slope < slopeMbMax
const seconds = Math.round((performance.now() - startedAt) / 1_000)
const outcomes = Object.fromEntries(seen)
console.log(JSON.stringify({ attempts: begun, seconds, outcomes, slopeMbPer10000: round(slope), slopeMbMax, ok }))
process.exitCode = ok ? 0 : 1

async function work(until: number): Promise<void> {
  while (begun < until) {
    begun += 1
    const url = places[begun % places.length]?.url ?? ''
    const { kind } = await transport.attempt({ url, headers: {}, body, deadlineMs })
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
  }
}

/** The servers' process obeys one order at a time. */
function sequential(names: readonly string[]) {
  let before: Promise<unknown> = Promise.resolve()
  return names.map((name) => {
    const opened = before.then(() => servers.open(name))
    before = opened
    return opened
  })
}

/** The line through the samples by least squares: megabytes per attempt. */
function slopeOf(points: typeof samples): number {
  const mean = (of: (point: (typeof samples)[number]) => number) =>
    points.reduce((sum, p) => sum + of(p), 0) / points.length
  const [x, y] = [mean(({ done }) => done), mean(({ mb }) => mb)]
  return mean(({ done, mb }) => (done - x) * (mb - y)) / mean(({ done }) => (done - x) ** 2)
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
