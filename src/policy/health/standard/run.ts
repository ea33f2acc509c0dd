import type { CountedSignal } from '../policy.ts'
import type { OutcomeFacts } from '../../../domain/outcome.ts'
import type { Numbers } from './params.ts'

/** A signal of an attempt or a probe that failed. */
export type Failure = Extract<CountedSignal, { type: 'delivery.failed' | 'probe.failed' }>

/** Every attempt and probe since the last success, retries too. */
export type Run = {
  readonly firstAt: number
  readonly lastAt: number
  readonly attempts: number
  /** UTC days on which there were any, and the last of them since 1970. */
  readonly days: number
  readonly day: number
  /** The first few different deliveries, each as a short name. */
  readonly ids: readonly string[]
  /** Unreachable, TLS, 401, 403 and 404. */
  readonly absent: number
  readonly timeouts: number
  /** 5xx: how many, the first and the last of them, and on which of the first few deliveries. */
  readonly server: number
  readonly serverAt: number
  readonly serverLastAt: number
  readonly serverIds: readonly string[]
  readonly throttled: number
  /** Anything else. */
  readonly other: number
}

type Counter = 'absent' | 'timeouts' | 'server' | 'throttled' | 'other'

const dayMs = 86_400_000
const countMax = 1_000_000_000

/** The names of a few deliveries with one more in it, each once. */
export function named(names: readonly string[], deliveryId: string, most: number): readonly string[] {
  const name = nameOf(deliveryId)
  return names.length >= most || names.includes(name) ? names : [...names, name]
}

/** The run with one more failure in it. */
export function joined(run: Run | null, signal: Failure, numbers: Numbers): Run {
  const { at, deliveryId, outcome } = signal
  const before = run ?? begun(at)
  const day = Math.floor(at / dayMs)
  const counter = counterOf(outcome)
  const isServer = counter === 'server'
  return {
    ...before,
    lastAt: Math.max(before.lastAt, at),
    attempts: more(before.attempts),
    days: day > before.day ? more(before.days) : before.days,
    day: Math.max(day, before.day),
    ids: named(before.ids, deliveryId, numbers.disabledDeliveries),
    [counter]: more(before[counter]),
    serverAt: isServer && before.server === 0 ? at : before.serverAt,
    serverLastAt: isServer ? Math.max(before.serverLastAt, at) : before.serverLastAt,
    serverIds: isServer ? named(before.serverIds, deliveryId, numbers.quietServerDeliveries) : before.serverIds,
  }
}

/** The run after time that does not count. */
export function laterRun(run: Run, ms: number): Run {
  const { firstAt, lastAt, serverAt, serverLastAt } = run
  const server = run.server === 0 ? {} : { serverAt: serverAt + ms, serverLastAt: serverLastAt + ms }
  return { ...run, firstAt: firstAt + ms, lastAt: lastAt + ms, ...server }
}

/** Throttled for so long without a success that it counts like any other failure. */
export function isOutOfPatience(run: Run | null, at: number, { throttledPatienceMs }: Numbers): boolean {
  return run !== null && at - run.firstAt >= throttledPatienceMs
}

/** What is still missing for disabling beside the time, in words; empty when only time is. */
export function missing(run: Run, numbers: Numbers): readonly string[] {
  const attempts = numbers.disabledAttempts - run.attempts
  const days = numbers.disabledDays - run.days
  const isAbsent = run.absent === run.attempts
  const deliveries = isAbsent ? 0 : numbers.disabledDeliveries - run.ids.length
  return [
    ...(attempts > 0 ? [`${attempts} more ${attempts === 1 ? 'attempt or probe' : 'attempts or probes'}`] : []),
    ...(days > 0 ? [`failures on ${days} more UTC ${days === 1 ? 'day' : 'days'}`] : []),
    ...(deliveries > 0 ? [`failures of ${deliveries} more ${deliveries === 1 ? 'delivery' : 'deliveries'}`] : []),
  ]
}

function begun(at: number): Run {
  return {
    firstAt: at,
    lastAt: at,
    attempts: 0,
    days: 0,
    day: -1,
    ids: [],
    absent: 0,
    timeouts: 0,
    server: 0,
    serverAt: 0,
    serverLastAt: 0,
    serverIds: [],
    throttled: 0,
    other: 0,
  }
}

const absentStatuses: readonly number[] = [401, 403, 404]

function counterOf({ kind, status }: OutcomeFacts): Counter {
  if (kind === 'unreachable' || (kind === 'rejected' && absentStatuses.includes(status))) return 'absent'
  if (kind === 'timeout') return 'timeouts'
  return kind === 'server' || kind === 'throttled' ? kind : 'other'
}

function more(count: number): number {
  return Math.min(count + 1, countMax)
}

/** At most seven characters for an id of any length (FNV-1a, 32 bits): enough to tell a few deliveries apart. */
function nameOf(deliveryId: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < deliveryId.length; i++) hash = Math.imul(hash ^ deliveryId.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(36)
}
