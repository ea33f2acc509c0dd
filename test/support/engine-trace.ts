import { onTestFinished } from 'vitest'
import type { LogEntry } from '../../src/domain/delivery.ts'
import type { Transition } from '../../src/domain/health.ts'
import {
  createHookward,
  memoryStore,
  type Clock,
  type Hookward,
  type Notice,
  type Outcome,
  type Policy,
  type Store,
  type Transport,
} from '../../src/index.ts'
import { Answers, answered } from '../../src/testing/trace/answers.ts'
import { seedOf } from '../../src/testing/trace/random.ts'
import type { Trace } from '../../src/testing/trace/trace.ts'

/** What the engine itself made of one integration of a trace. */
export interface EngineRun {
  readonly transitions: readonly Transition[]
  readonly notices: readonly Notice[]
  /** All of it, oldest first: the store's own log would be cut. */
  readonly log: readonly LogEntry[]
  readonly held: number
  readonly dead: number
}

/** Runs a trace on a real engine: its store in memory, its clock moved from timer to timer, its receivers the trace's. */
export async function runOnEngine(trace: Trace, policy: Policy, seed: number): Promise<readonly EngineRun[]> {
  const clock = steppedClock(trace.from)
  const log: LogEntry[] = []
  const hookward = await createHookward({
    store: loggedStore(log),
    policy,
    clock,
    random: { uuid: () => crypto.randomUUID(), fraction: () => 0 },
    transport: receiversOf(trace, seed, clock),
    mailer: { send: () => Promise.resolve({ kind: 'sent' }), close: () => Promise.resolve() },
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  onTestFinished(() => hookward.stop({ graceMs: 0 }))
  for (const { integration: slug, status = 'internal' } of trace.integrations) {
    const facts = { slug, organization: slug, status, topics: ['trace'], owners: [{ email: 'ops@acme.example' }] }
    const url = `https://${slug}.example/hook`
    await hookward.integrations.put({ ...facts, url, secret: 'a secret that both sides know' })
    await hookward.installations.install({ integration: slug, organization: slug }, { announce: false })
  }
  for (const { at, organization, index } of emittedIn(trace)) {
    await clock.walkTo(at, () => hookward.idle())
    await hookward.emit({ topic: 'trace.event', organization, data: { index } })
    await hookward.idle()
  }
  await clock.walkTo(trace.until, () => hookward.idle())
  return Promise.all(trace.integrations.map(({ integration }) => whatBecame(hookward, integration, log)))
}

async function whatBecame(hookward: Hookward, slug: string, log: readonly LogEntry[]): Promise<EngineRun> {
  const notices = (await hookward.notices(slug)).map(({ notice }) => notice)
  const [held, dead] = await Promise.all([hookward.held(slug), hookward.dead(slug)])
  return {
    transitions: (await hookward.transitions(slug)).toReversed(),
    notices,
    log: log.filter(({ integrationId }) => integrationId === slug),
    held: held.count,
    dead: dead.count,
  }
}

/** The store's own log would be cut. */
function loggedStore(log: LogEntry[]): Store {
  const store = memoryStore()
  const commitAll = store.commitAll?.bind(store)
  store.commitAll = async (changes) => {
    for (const change of changes) log.push(...(change.log ?? []))
    await commitAll?.(changes)
  }
  store.commit = (change) => store.commitAll?.([change]) ?? Promise.resolve()
  return store
}

function receiversOf({ integrations }: Trace, seed: number, clock: Clock): Transport {
  const receivers = integrations.map((traced, i) => {
    return [traced.integration, { traced, answers: new Answers(traced.spells, seedOf(seed, i)) }] as const
  })
  const known = new Map(receivers)
  return {
    attempt: ({ url, body, deadlineMs }) => {
      const { index } = (JSON.parse(Buffer.from(body).toString()) as { data: { index: number } }).data
      const receiver = known.get(new URL(url).hostname.split('.')[0] ?? '')
      const answer = receiver?.answers.at(clock.now(), receiver.traced.events[index] ?? { at: 0 }, index) ?? {}
      const { outcome, durationMs } = answered(answer, deadlineMs)
      return Promise.resolve({ ...outcome, durationMs, ...unread } as Outcome)
    },
    close: () => Promise.resolve(),
  }
}

function emittedIn({ integrations }: Trace) {
  const emitted = integrations.flatMap(({ integration: organization, events }) =>
    events.map(({ at }, index) => ({ at, organization, index })),
  )
  return emitted.sort((a, b) => a.at - b.at)
}

const unread = { phase: 'body', body: '', bodyBytes: 0, truncated: false } as const

/** A clock that stands still but for a walk from timer to timer, and at each lets everything settle. */
function steppedClock(start: number): Clock & { walkTo(atMs: number, settle: () => Promise<void>): Promise<void> } {
  let now = start
  const timers = new Set<{ readonly atMs: number; readonly fn: () => void }>()
  const earliest = () => [...timers].sort((a, b) => a.atMs - b.atMs)[0]
  return {
    now: () => now,
    at: (atMs, fn) => {
      const timer = { atMs, fn }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    walkTo: async (atMs, settle) => {
      for (let next = earliest(); next !== undefined && next.atMs <= atMs; next = earliest()) {
        timers.delete(next)
        now = Math.max(now, next.atMs)
        next.fn()
        await settle()
      }
      now = Math.max(now, atMs)
    },
  }
}
