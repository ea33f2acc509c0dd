import { createHookward, memoryStore } from '../../src/index.ts'
import type { ChartState, HookwardOptions, Outcome, Random, Store } from '../../src/index.ts'
import { chances } from '../../src/testing/chances.ts'
import { manualClock } from '../../src/testing.ts'

/** One integration whose receiver fails so often, by chance. */
export interface FlapCase {
  readonly policy: 'sentry' | 'standard'
  readonly failure: 'timeout' | 'server'
  /** From 0 to 1, of all attempts. */
  readonly share: number
  readonly deliveries: number
  /** A delivery is accepted every so often. */
  readonly paceMs: number
  readonly seed: number
}

/** How it fared. */
export interface FlapCount {
  /** Steps of the chart. */
  readonly transitions: number
  readonly attempts: number
  readonly dead: number
  /** Where it stands at the end, and how many deliveries had been accepted when it got there. */
  readonly ended: ChartState
  readonly endedAfter: number
}

/** Leads one integration through all of it under the engine; time is moved by hand, and nothing goes over a network. */
export async function countFlaps({ policy, failure, share, deliveries, paceMs, seed }: FlapCase): Promise<FlapCount> {
  const [chance, clock] = [chances(seed), manualClock()]
  const random: Random = { uuid: () => crypto.randomUUID(), fraction: chances(seed + 1) }
  let [attempts, dead, transitions, accepted, endedAfter] = [0, 0, 0, 0, 0]
  let ended: ChartState = 'healthy.steady'
  const attempt = () => {
    attempts += 1
    return Promise.resolve(chance() < share ? outcomes[failure] : outcomes.ok)
  }
  const store = watched((steps) => {
    transitions += steps.length
    ended = steps.at(-1) ?? ended
    endedAfter = accepted
  })
  const transport: HookwardOptions['transport'] = { attempt, close: () => Promise.resolve() }
  const hookward = await createHookward({ policy, store, clock, transport, random })
  const [slug, organization, url] = ['bot', 'acme', 'https://bot.example/hook']
  await hookward.integrations.put({ slug, organization, url, secret: 'sixteen and more', topics: ['load'] })
  await hookward.installations.install({ integration: slug, organization }, { announce: false })
  hookward.on('delivery.dead', () => (dead += 1))
  while (accepted < deliveries) {
    accepted += 1
    await hookward.emit({ topic: 'load.made', organization, data: { n: accepted } })
    await hookward.idle()
    clock.advanceBy(paceMs)
    await hookward.idle()
  }
  await hookward.stop({ graceMs: 0 })
  return { transitions, attempts, dead, ended, endedAfter }
}

/** A store that tells of each step of the chart that is committed. */
function watched(onSteps: (to: readonly ChartState[]) => void): Store {
  const store = memoryStore()
  const commit: Store['commit'] = (change) => {
    if ((change.transitions?.length ?? 0) > 0) onSteps((change.transitions ?? []).map(({ to }) => to))
    return store.commit(change)
  }
  return new Proxy(store, {
    get: (target, key) => {
      if (key === 'commit') return commit
      // Then each is committed by itself.
      if (key === 'commitAll') return undefined
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

const said = { durationMs: 1, body: '', bodyBytes: 0, truncated: false, headers: {} } as const
const outcomes: Readonly<Record<'ok' | FlapCase['failure'], Outcome>> = {
  ok: { kind: 'ok', status: 200, code: 'HTTP_200', phase: 'body', ...said },
  server: { kind: 'server', status: 500, code: 'HTTP_500', phase: 'body', ...said },
  timeout: { kind: 'timeout', status: 0, code: 'DEADLINE', phase: 'head', ...said },
}
