import type { OutcomeKind } from '../domain/outcome.ts'
import { HookwardError } from '../domain/errors.ts'
import { checkFields, checkList, checkObject, checkText, checkWord, refuse } from './check.ts'
import type { Policy } from './health/policy.ts'
import { checkNumber, checkStored, monthMs, optionalFunctions, policyField, watched } from './policy-answers.ts'

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
  if (given.ownOutage !== undefined) checkOutage(given.ownOutage)
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
function checkDelays(value: unknown, name: string): readonly unknown[] {
  const delays = checkList(value, policyField(name), 100)
  delays.forEach((delayMs, index) => checkNumber(delayMs, `${name}[${index}]`, 0, monthMs))
  return delays
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

function checkOutage(value: unknown): void {
  const name = 'policy.ownOutage'
  const given = checkFields(value, policyField(name), [...outageCounts, ...outageSpans, 'share'])
  for (const field of outageCounts) checkWhole(given[field], `${name}.${field}`, 2, 1_000_000)
  for (const field of outageSpans) checkNumber(given[field], `${name}.${field}`, 0, spanMsMax)
  checkNumber(given.share, `${name}.share`, 0.01, 1)
}

const outageCounts = ['hosts', 'aliveHosts'] as const
const outageSpans = ['slackMs', 'aliveMs', 'togetherMs', 'releaseMs'] as const

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
