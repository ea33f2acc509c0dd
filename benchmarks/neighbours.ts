import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createHookward, memoryStore } from '../src/index.ts'
import { sentry } from '../src/policy/index.ts'

/**
 * What a hundred integrations cost each other when 1, 10 or 50 of them hang, drip or flood: the time from `emit` to
 * `delivered` of the healthy ones, at the 99th percentile, as a ratio to a run of the same rounds in which none does.
 * One line of JSON for each number of bad ones; exit 1 when a goal is missed. `--rounds` (@default 9), `--seconds`,
 * `--bad 10,50`.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '4' },
    bad: { type: 'string', default: '1,10,50' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const integrations = 100
const eventsPerSecond = 300
const everyMs = 10
const goals: Readonly<Record<number, number>> = { 1: 1.3, 10: 1.3, 50: 2 }
const kinds = ['hang', 'drip', 'flood']

const sink = fork(join(import.meta.dirname, 'sink.ts'))
const [[port]] = (await once(sink, 'message')) as [[number]]

/** The 99th percentile of one run, in milliseconds. */
async function run(bad: number): Promise<number> {
  const hookward = await createHookward({
    policy: sentry({ timeoutsPerDay: 1_000_000, retriesMs: [] }),
    store: memoryStore(),
    network: { allow: ['127.0.0.0/8'] },
  })
  for (let n = 0; n < integrations; n += 1) {
    const path = n < bad ? (kinds[n % kinds.length] ?? '') : 'ok'
    await hookward.integrations.put({
      slug: `app-${n}`,
      organization: 'acme',
      url: `http://127.0.1.${n + 1}:${port}/${path}`,
      secret: 'a secret of many characters',
      topics: ['load'],
    })
    const installation = { integration: `app-${n}`, organization: `org-${n}` }
    await hookward.installations.install(installation, { announce: false })
  }
  const began = new Map<string, number>()
  const spans: number[] = []
  hookward.on('delivered', ({ delivery: { eventId } }) => {
    const at = began.get(eventId)
    if (at !== undefined) spans.push(performance.now() - at)
  })
  const perTick = (eventsPerSecond * everyMs) / 1_000
  // The hanging ones have filled what they may fill before anything is measured.
  for (let tick = 0; tick < ((seconds + 2) * 1_000) / everyMs; tick += 1) {
    for (let k = 0; k < perTick; k += 1) {
      const n = (tick * perTick + k) % integrations
      const at = performance.now()
      const isMeasured = n >= 50 && tick * everyMs >= 2_000
      void hookward.emit({ topic: 'load.made', organization: `org-${n}`, data: { n } }).then(({ eventId }) => {
        if (isMeasured) began.set(eventId, at)
      })
    }
    await sleep(everyMs)
  }
  await sleep(500)
  await hookward.stop({ graceMs: 0 })
  return spans.toSorted((a, b) => a - b)[Math.floor(spans.length * 0.99)] ?? NaN
}

const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN

let isMet = true
for (const bad of values.bad.split(',').map(Number)) {
  const [none, some]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round += 1) {
    none.push(await run(0))
    some.push(await run(bad))
  }
  const ratio = median(some) / median(none)
  const goal = goals[bad] ?? NaN
  isMet &&= ratio <= goal
  console.log(
    JSON.stringify({
      name: 'neighbours.p99',
      bad,
      ratio: Number(ratio.toFixed(2)),
      goal,
      met: ratio <= goal,
      p99Ms: Number(median(some).toFixed(2)),
      p99MsAlone: Number(median(none).toFixed(2)),
      rounds,
    }),
  )
}
sink.disconnect()
process.exitCode = isMet ? 0 : 1
