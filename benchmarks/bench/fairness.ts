import { setTimeout as wait } from 'node:timers/promises'
import { createHookward, memoryStore } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { withReceivers, type Receivers } from './receivers.ts'
import { median, percentile, round, type Effort, type Row } from './rows.ts'

const integrations = 100
const [eventsPerSecond, everyMs] = [300, 10]
/** So long before anything is measured: those that hang have filled by then what they may fill. */
const warmUpMs = 2_000
const kinds = ['hang', 'drip', 'flood']
const goals: readonly (readonly [number, number])[] = [
  [1, 1.3],
  [10, 1.3],
  [50, 2],
]

/**
 * What a hundred integrations cost each other when 1, 10 or 50 of them hang, drip or flood: the time from `emit` to
 * `delivered` of the healthy ones, at the 99th percentile, against the same rounds in which none does.
 */
export function fairness({ rounds, share }: Effort): Promise<readonly Row[]> {
  const measuredMs = Math.max(500, 4_000 * share)
  return withReceivers(async (at) => {
    const receivers = at(integrations, integrations)
    const rows: Row[] = []
    for (const [bad, goal] of goals) {
      const [none, some]: [number[], number[]] = [[], []]
      for (let n = 0; n < rounds; n += 1) {
        none.push(await p99(receivers, 0, measuredMs))
        some.push(await p99(receivers, bad, measuredMs))
      }
      rows.push(rowOf(bad, goal, some, none))
    }
    return rows
  })
}

function rowOf(bad: number, goal: number, some: readonly number[], none: readonly number[]): Row {
  const ratio = round(median(some) / median(none))
  const each = some.map((ms, n) => round(ms / (none[n] ?? ms)))
  const spread = [Math.min(...each), Math.max(...each)] as const
  const row = { name: 'fairness.p99', count: bad, baseline: 'the same rounds, none bad', goal, met: ratio <= goal }
  return { ...row, ratio, rounds: each.length, spread, wallMs: round(median(some)) }
}

/** Of one run, in milliseconds. */
async function p99({ url }: Receivers, bad: number, measuredMs: number): Promise<number> {
  const policy = sentry({ timeoutsPerDay: 1_000_000, retriesMs: [] })
  const hookward = await createHookward({ policy, store: memoryStore(), network: { allow: ['127.0.0.0/8'] } })
  for (let n = 0; n < integrations; n += 1) {
    const path = n < bad ? (kinds[n % kinds.length] ?? '') : 'ok'
    const integration = {
      slug: `app-${n}`,
      organization: 'acme',
      secret: 'a secret of many characters',
      topics: ['load'],
    }
    await hookward.integrations.put({ ...integration, url: new URL(path, url(n)).href })
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
  for (let tick = 0; tick * everyMs < warmUpMs + measuredMs; tick += 1) {
    for (let k = 0; k < perTick; k += 1) {
      const n = (tick * perTick + k) % integrations
      const at = performance.now()
      const isMeasured = n >= 50 && tick * everyMs >= warmUpMs
      void hookward.emit({ topic: 'load.made', organization: `org-${n}`, data: { n } }).then(({ eventId }) => {
        if (isMeasured) began.set(eventId, at)
      })
    }
    await wait(everyMs)
  }
  await wait(500)
  await hookward.stop({ graceMs: 0 })
  return percentile(spans, 0.99)
}
