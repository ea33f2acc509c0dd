import type { Level, Verdict, WhyNot } from '../domain/health.ts'
import type { Json } from '../domain/json.ts'
import type { OutcomeKind } from '../domain/outcome.ts'
import { HookwardError } from '../domain/errors.ts'
import { checkFields, checkList, checkObject, checkText, checkWord, refuse, type Field } from './check.ts'
import type { Forgiven, Patience, Policy } from './health/policy.ts'
import { encodeJson } from './json.ts'

/**
 * Checks a host's own policy at the door: throws `POLICY_INVALID` naming the first part that cannot work.
 * What it gives back watches over the rule: an answer that is no memory or no verdict throws where it is given,
 * so that it harms the integration it is about and nobody else.
 */
export function checkPolicy(value: unknown): Policy {
  const given = checkObject(value, policyField('policy'))
  checkText(given.name, policyField('policy.name'), 64)
  checkWhole(given.version, 'policy.version', 0, 1_000_000)
  checkStored(given.params, 'policy.params')
  checkOutcomes(given.outcomes)
  checkSchedule(given.schedule)
  checkWhole(checkObject(given.lane, policyField('policy.lane')).inFlightMax, 'policy.lane.inFlightMax', 1, 16)
  checkWhole(given.deadlineMs, 'policy.deadlineMs', 1, 60_000)
  checkTopics(given.ignoreTopics)
  if (given.notices !== undefined) checkNotices(given.notices)
  if (given.guard !== undefined) checkGuard(given.guard)
  for (const name of functions)
    if (typeof given[name] !== 'function') refuse(policyField(`policy.${name}`), 'must be a function')
  for (const name of optionalFunctions)
    if (given[name] !== undefined && typeof given[name] !== 'function')
      refuse(policyField(`policy.${name}`), 'must be a function, or left out')
  const policy = watched(value as Policy)
  checkRule(policy)
  return policy
}

const functions = ['empty', 'observe', 'judge', 'foldable', 'bucketOf', 'migrate'] as const
const optionalFunctions = ['forgive', 'patience', 'skip', 'whyNot'] as const

const kinds: readonly OutcomeKind[] = [
  'ok',
  'gone',
  'throttled',
  'rejected',
  'redirect',
  'server',
  'timeout',
  'unreachable',
  'protocol',
  'blocked',
  'local',
]

function checkOutcomes(value: unknown): void {
  const given = checkFields(value, policyField('policy.outcomes'), ['kinds', 'statuses', 'heedsAsks'])
  if (given.heedsAsks !== undefined && typeof given.heedsAsks !== 'boolean')
    refuse(policyField('policy.outcomes.heedsAsks'), 'must be true or false')
  const table = checkFields(given.kinds, policyField('policy.outcomes.kinds'), kinds)
  for (const kind of kinds) checkOutcomeRule(table[kind], `policy.outcomes.kinds.${kind}`)
  if (given.statuses === undefined) return
  const statuses = checkObject(given.statuses, policyField('policy.outcomes.statuses'))
  for (const status of Object.keys(statuses)) checkOutcomeRule(statuses[status], `policy.outcomes.statuses.${status}`)
}

function checkOutcomeRule(value: unknown, name: string): void {
  const given = checkFields(value, policyField(name), ['settles', 'counts', 'attemptsMax', 'waitMsMin'])
  checkWord(given.settles, policyField(`${name}.settles`), ['delivered', 'retry', 'wait', 'dead', 'later'])
  checkWord(given.counts, policyField(`${name}.counts`), ['ok', 'failed', 'disable', 'none'])
  if (given.attemptsMax !== undefined) checkWhole(given.attemptsMax, `${name}.attemptsMax`, 1, 100)
  if (given.waitMsMin !== undefined) checkNumber(given.waitMsMin, `${name}.waitMsMin`, 0, monthMs)
}

function checkSchedule(value: unknown): void {
  const name = 'policy.schedule'
  const given = checkFields(value, policyField(name), scheduleFields)
  checkDelays(given.retriesMs, `${name}.retriesMs`)
  if (checkDelays(given.probesMs, `${name}.probesMs`).length === 0)
    refuse(policyField(`${name}.probesMs`), 'must have at least one delay')
  checkNumber(given.jitter, `${name}.jitter`, 0, 1)
  checkWhole(given.probesToRecover, `${name}.probesToRecover`, 1, 100)
  checkNumber(given.probationMs, `${name}.probationMs`, 0, monthMs)
  if (given.ramp !== undefined) checkRamp(given.ramp, `${name}.ramp`)
}

function checkRamp(value: unknown, name: string): void {
  const { perSecond, doublesEveryMs } = checkFields(value, policyField(name), ['perSecond', 'doublesEveryMs'])
  checkNumber(perSecond, `${name}.perSecond`, 0.1, 1_000)
  checkNumber(doublesEveryMs, `${name}.doublesEveryMs`, 1, 86_400_000)
}

const scheduleFields = ['retriesMs', 'jitter', 'probesMs', 'probesToRecover', 'probationMs', 'ramp'] as const
const monthMs = 30 * 86_400_000

function checkDelays(value: unknown, name: string): readonly unknown[] {
  const delays = checkList(value, policyField(name), 100)
  delays.forEach((delayMs, index) => checkNumber(delayMs, `${name}[${index}]`, 0, monthMs))
  return delays
}

function checkNumber(value: unknown, name: string, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return
  refuse(policyField(name), `must be a number from ${least} to ${most}`)
}

function checkWhole(value: unknown, name: string, least: number, most: number): void {
  if (!Number.isInteger(value)) refuse(policyField(name), `must be a whole number from ${least} to ${most}`)
  checkNumber(value, name, least, most)
}

function checkTopics(value: unknown): void {
  const name = 'policy.ignoreTopics'
  checkList(value, policyField(name), 256).forEach((topic, i) => checkText(topic, policyField(`${name}[${i}]`), 129))
}

function checkGuard(value: unknown): void {
  const { cooldownMs } = checkFields(value, policyField('policy.guard'), ['cooldownMs'])
  checkNumber(cooldownMs, 'policy.guard.cooldownMs', 0, monthMs)
}

function checkNotices(value: unknown): void {
  const name = 'policy.notices'
  const given = checkFields(value, policyField(name), noticeFields)
  for (const field of ['brokenMs', 'brokenMsMax', 'healedMs'] as const)
    checkNumber(given[field], `${name}.${field}`, 0, spanMsMax)
  checkNumber(given.brokenFactor, `${name}.brokenFactor`, 0, 100)
  checkSpans(given.warningsMs, `${name}.warningsMs`, 5)
  checkSpans(given.remindersMs, `${name}.remindersMs`, 10)
}

const noticeFields = ['brokenMs', 'brokenFactor', 'brokenMsMax', 'healedMs', 'warningsMs', 'remindersMs'] as const
const spanMsMax = 400 * 86_400_000

function checkSpans(value: unknown, name: string, lengthMax: number): void {
  checkList(value, policyField(name), lengthMax).forEach((ms, i) => checkNumber(ms, `${name}[${i}]`, 0, spanMsMax))
}

/** It stands in every record: JSON, and not long. */
function checkStored(value: unknown, name: string): void {
  try {
    encodeJson(value, storedBytesMax)
  } catch (cause) {
    const fact = `${name} is not JSON of at most ${storedBytesMax} bytes`
    throw new HookwardError('POLICY_INVALID', fact, { cause })
  }
}

const storedBytesMax = 4_096

function watched(policy: Policy): Policy {
  const { name, version, params, outcomes, schedule, lane, deadlineMs, ignoreTopics, notices, guard } = policy
  return {
    ...{ name, version, params, outcomes, schedule, lane, deadlineMs, ignoreTopics },
    ...(notices && { notices }),
    ...(guard && { guard }),
    empty: () => memoryOf(policy.empty(), 'the empty memory'),
    observe: (memory, signal) => memoryOf(policy.observe(memory, signal), 'the memory'),
    judge: (memory, at) => verdictOf(policy.judge(memory, at)),
    foldable: (memory) => ask(() => policy.foldable(memory), false),
    bucketOf: (at) => ask(() => policy.bucketOf(at), NaN),
    migrate: (old, at) => policy.migrate(old, at),
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

/** The functions are tried once with an integration never heard of: a rule that throws there never works. */
function checkRule(policy: Policy): void {
  try {
    const memory = policy.empty()
    const { level } = policy.judge(memory, 0)
    if (level === 'healthy') return
  } catch (cause) {
    if (cause instanceof HookwardError) throw cause
    throw new HookwardError('POLICY_INVALID', `policy ${policy.name} throws for its own empty memory`, { cause })
  }
  throw new HookwardError('POLICY_INVALID', `policy ${policy.name} does not judge its own empty memory healthy`)
}

function policyField(name: string): Field {
  return { code: 'POLICY_INVALID', name }
}
