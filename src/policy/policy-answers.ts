import type { Level, Verdict, WhyNot } from '../domain/health.ts'
import type { Json } from '../domain/json.ts'
import { HookwardError } from '../domain/errors.ts'
import { checkFields, checkList, checkObject, checkText, checkWord, refuse, type Field } from './check.ts'
import type { Forgiven, Patience, Policy } from './health/policy.ts'
import { encodeJson } from './json.ts'

/** The functions that a policy may leave out. */
export const optionalFunctions = ['forgive', 'patience', 'skip', 'whyNot'] as const

/** The policy, with each of its answers checked: one that is no memory or no verdict throws where it is given. */
export function watched(policy: Policy): Policy {
  const { name, version, params, outcomes, schedule, lane, deadlineMs, ignoreTopics, notices, guard, ownOutage } =
    policy
  return {
    ...{ name, version, params, outcomes, schedule, lane, deadlineMs, ignoreTopics },
    ...(notices && { notices }),
    ...(guard && { guard }),
    ...(ownOutage && { ownOutage }),
    empty: () => memoryOf(policy.empty(), 'the empty memory'),
    observe: (memory, signal) => memoryOf(policy.observe(memory, signal), 'the memory'),
    judge: (memory, at) => verdictOf(policy.judge(memory, at)),
    foldable: (memory) => ask(() => policy.foldable(memory), false),
    bucketOf: (at) => ask(() => policy.bucketOf(at), NaN),
    migrate: (old, at) => takenOver(policy.migrate(old, at)),
    ...watchedOptions(policy),
  }
}

function watchedOptions(policy: Policy): Pick<Policy, (typeof optionalFunctions)[number]> {
  return {
    ...(policy.forgive && { forgive: (memory, at) => forgivenOf(policy.forgive?.(memory, at)) }),
    ...(policy.patience && { patience: (memory, at) => patienceOf(policy.patience?.(memory, at)) }),
    ...(policy.whyNot && { whyNot: (memory, at) => ask(() => whyNotOf(policy.whyNot?.(memory, at)), []) }),
    ...(policy.skip && { skip: (memory, ms) => memoryOf(policy.skip?.(memory, ms), 'the memory') }),
  }
}

function takenOver(memory: Json | undefined): Json | null {
  return memory === null ? null : memoryOf(memory, 'the memory taken over')
}

function forgivenOf(value: unknown): Forgiven {
  const { memory, probationMs } = checkObject(value, policyField('what forgive answers'))
  checkNumber(probationMs, 'forgive.probationMs', 0, monthMs)
  return { memory: memoryOf(memory as Json | undefined, 'the forgiven memory'), probationMs: probationMs as number }
}

function patienceOf(value: unknown): Patience {
  const { waitMs, spends } = checkObject(value, policyField('what patience answers'))
  checkNumber(waitMs, 'patience.waitMs', 0, monthMs)
  if (typeof spends !== 'boolean') refuse(policyField('patience.spends'), 'must be true or false')
  return value as Patience
}

function whyNotOf(value: unknown): readonly WhyNot[] {
  const told = checkList(value, policyField('what whyNot answers'), 3)
  return told.map((one) => {
    const { level, because } = checkFields(one, policyField('whyNot'), ['level', 'because'])
    const at = policyField('whyNot.because')
    return { level: checkWord(level, policyField('whyNot.level'), levels), because: checkText(because, at, 500) }
  })
}

/** A rule that cannot say has each success told as a signal of its own. */
function ask<T>(question: () => T, otherwise: T): T {
  try {
    return question()
  } catch {
    return otherwise
  }
}

/** What the store could not write would stop the engine for everyone, so it is refused where it comes from. */
function memoryOf(memory: Json | undefined, name: string): Json {
  if (memory === undefined) return refuse(policyField(name), 'is undefined')
  checkStored(memory, name)
  return memory
}

function verdictOf(value: unknown): Verdict {
  const { level, evidence, next, wouldChange } = checkObject(value, policyField('the verdict'))
  checkWord(level, policyField('verdict.level'), levels)
  const { rule, summary, facts } = checkObject(evidence, policyField('verdict.evidence'))
  for (const [name, text] of Object.entries({ rule, summary, wouldChange }))
    if (typeof text !== 'string') refuse(policyField(name), 'must be a text')
  checkStored(checkObject(facts, policyField('verdict.evidence.facts')), 'verdict.evidence.facts')
  if (next !== undefined) checkForecast(next)
  return value as Verdict
}

const levels: readonly Level[] = ['healthy', 'degraded', 'broken', 'disabled']

function checkForecast(value: unknown): void {
  const { to, at, unless } = checkObject(value, policyField('verdict.next'))
  checkWord(to, policyField('verdict.next.to'), levels)
  checkNumber(at, 'verdict.next.at', -momentMax, momentMax)
  if (typeof unless !== 'string') refuse(policyField('verdict.next.unless'), 'must be a text')
}

/** The last moment a date can express. */
const momentMax = 8_640_000_000_000_000

/** It stands in every record: JSON, and not long. */
export function checkStored(value: unknown, name: string): void {
  try {
    encodeJson(value, storedBytesMax)
  } catch (cause) {
    const fact = `${name} is not JSON of at most ${storedBytesMax} bytes`
    throw new HookwardError('POLICY_INVALID', fact, { cause })
  }
}

/** What a rule may have stored of each memory, verdict's facts and parameters, as JSON. */
export const storedBytesMax = 4_096

/** No longer than this are a policy's spans. */
export const monthMs = 30 * 86_400_000

/** A number within its bounds. */
export function checkNumber(value: unknown, name: string, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return
  refuse(policyField(name), `must be a number from ${least} to ${most}`)
}

/** A part of a policy, as its refusal names it. */
export function policyField(name: string): Field {
  return { code: 'POLICY_INVALID', name }
}
