import { HookwardError } from '../domain/errors.ts'
import type { Level } from '../domain/health.ts'
import type { Json } from '../domain/json.ts'
import { checkPolicy } from '../policy/check-policy.ts'
import type { CountedSignal, Policy } from '../policy/health/policy.ts'
import { life, type Moment } from './life.ts'

/** A policy under test, and what it is held to. */
export interface Subject {
  readonly policy: Policy
  readonly seed: number
  readonly signals: number
  readonly memoryBytesMax: number
  readonly verdictBytesMax: number
}

/** Says which promise is broken. */
export function breaks(fact: string): never {
  throw new HookwardError('POLICY_INVALID', fact)
}

/** A tenth of the signals of the long life: enough to meet every level again and again. */
export function moments({ policy, seed, signals }: Subject): Iterable<Moment> {
  return life(policy, seed, Math.ceil(signals / 10))
}

/** The policy as the engine asks it: an answer of the wrong shape throws. */
export function watched({ policy }: Subject): Policy {
  return checkPolicy(policy)
}

/** Where in the life of which seed. */
export function placeOf({ seed }: Subject, { n, at, signal }: Moment): string {
  const outcome = 'outcome' in signal ? ` with ${signal.outcome.code}` : ''
  return `at signal ${n} of seed ${seed} (${signal.type}${outcome}, ${new Date(at).toISOString()})`
}

const levels: readonly Level[] = ['healthy', 'degraded', 'broken', 'disabled']

/** How bad a level is, from 0. */
export function badness(level: Level): number {
  return levels.indexOf(level)
}

/** How bad the rule finds a memory at a moment. */
export function badnessAt(policy: Policy, memory: Json, at: number): number {
  return badness(policy.judge(memory, at).level)
}

/** So many successes, in one signal. */
export function successes(
  { status }: Pick<CountedSignal, 'status'>,
  n: number,
  firstAt: number,
  lastAt: number,
): CountedSignal {
  return { type: 'delivery.ok', n, firstAt, lastAt, at: lastAt, status }
}
