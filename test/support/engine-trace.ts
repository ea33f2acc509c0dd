import { onTestFinished } from 'vitest'
import type { LogEntry } from '../../src/domain/delivery.ts'
import type { Transition } from '../../src/domain/health.ts'
import { createHookward, memoryStore, type Clock, type Notice, type Outcome, type Policy } from '../../src/index.ts'
import { Answers, answered } from '../../src/testing/trace/answers.ts'
import { seedOf } from '../../src/testing/trace/random.ts'
import type { Trace } from '../../src/testing/trace/trace.ts'

/** What the engine itself made of the one integration of a trace. */
export interface EngineRun {
  readonly transitions: readonly Transition[]
  readonly notices: readonly Notice[]
  /** All of it, oldest first: the store's own log would be cut. */
  readonly log: readonly LogEntry[]
  readonly held: number
  readonly dead: number
}

/** Runs a trace on a real engine: its store in memory, its clock moved from timer to timer, its receiver the trace's. */
export async function runOnEngine(trace: Trace, policy: Policy, seed: number): Promise<EngineRun> {
  const [traced] = trace.integrations
  if (traced === undefined) throw new Error('a trace of one integration is needed')
  const clock = steppedClock(trace.from)
  const answers = new Answers(traced.spells, seedOf(seed, 0))
  const log: LogEntry[] = []
  const store = memoryStore()
  const commit = store.commit.bind(store)
  store.commit = (change) => {
    log.push(...(change.log ?? []))
    return commit(change)
  }
  const hookward = await createHookward({
    store,
    policy,
    clock,
    random: { uuid: () => crypto.randomUUID(), fraction: () => 0 },
    transport: {
      attempt: ({ body, deadlineMs }) => {
        const { index } = (JSON.parse(Buffer.from(body).toString()) as { data: { index: number } }).data
        const answer = answers.at(clock.now(), traced.events[index] ?? { at: 0 }, index)
        const { outcome, durationMs } = answered(answer, deadlineMs)
        return Promise.resolve({ ...outcome, durationMs, ...unread } as Outcome)
      },
      close: () => Promise.resolve(),
    },
    mailer: { send: () => Promise.resolve({ kind: 'sent' }), close: () => Promise.resolve() },
  })
  onTestFinished(() => hookward.stop({ graceMs: 0 }))
  await hookward.integrations.put({
    slug: traced.integration,
    organization: 'acme',
    url: 'https://acme.example/hook',
    secret: 'a secret that both sides know',
    topics: ['trace'],
    owners: [{ email: 'ops@acme.example' }],
    status: traced.status ?? 'internal',
  })
  await hookward.installations.install({ integration: traced.integration, organization: 'acme' }, { announce: false })
  for (const [index, { at }] of traced.events.entries()) {
    await clock.walkTo(at, () => hookward.idle())
    await hookward.emit({ topic: 'trace.event', organization: 'acme', data: { index } })
    await hookward.idle()
  }
  await clock.walkTo(trace.until, () => hookward.idle())
  const transitions = (await hookward.transitions(traced.integration)).toReversed()
  const notices = (await hookward.notices(traced.integration)).map(({ notice }) => notice)
  const [held, dead] = await Promise.all([hookward.held(traced.integration), hookward.dead(traced.integration)])
  return { transitions, notices, log, held: held.count, dead: dead.count }
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
