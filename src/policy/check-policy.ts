import type { OutcomeKind } from '../domain/outcome.ts'
import { HookwardError } from '../domain/errors.ts'
import { checkFields, checkList, checkObject, checkText, checkWord, refuse, type Field } from './check.ts'
import type { Policy } from './health/policy.ts'

/** Checks a host's own policy at the door: throws `POLICY_INVALID` naming the first part that cannot work. */
export function checkPolicy(value: unknown): Policy {
  const given = checkObject(value, policyField('policy'))
  checkText(given.name, policyField('policy.name'), 64)
  checkNumber(given.version, 'policy.version', 0, 1_000_000)
  checkOutcomes(given.outcomes)
  checkSchedule(given.schedule)
  checkNumber(checkObject(given.lane, policyField('policy.lane')).inFlightMax, 'policy.lane.inFlightMax', 1, 512)
  checkNumber(given.deadlineMs, 'policy.deadlineMs', 1, 60_000)
  checkList(given.ignoreTopics, policyField('policy.ignoreTopics'), 256)
  for (const name of functions)
    if (typeof given[name] !== 'function') refuse(policyField(`policy.${name}`), 'must be a function')
  const policy = value as Policy
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
  const given = checkFields(value, policyField('policy.outcomes'), ['kinds', 'statuses'])
  const table = checkFields(given.kinds, policyField('policy.outcomes.kinds'), kinds)
  for (const kind of kinds) checkOutcomeRule(table[kind], `policy.outcomes.kinds.${kind}`)
  if (given.statuses === undefined) return
  const statuses = checkObject(given.statuses, policyField('policy.outcomes.statuses'))
  for (const status of Object.keys(statuses)) checkOutcomeRule(statuses[status], `policy.outcomes.statuses.${status}`)
}

function checkOutcomeRule(value: unknown, name: string): void {
  const given = checkFields(value, policyField(name), ['settles', 'counts'])
  checkWord(given.settles, policyField(`${name}.settles`), ['delivered', 'retry', 'dead', 'later'])
  checkWord(given.counts, policyField(`${name}.counts`), ['ok', 'failed', 'disable', 'none'])
}

function checkSchedule(value: unknown): void {
  const name = 'policy.schedule'
  const given = checkFields(value, policyField(name), scheduleFields)
  checkDelays(given.retriesMs, `${name}.retriesMs`)
  if (checkDelays(given.probesMs, `${name}.probesMs`).length === 0)
    refuse(policyField(`${name}.probesMs`), 'must have at least one delay')
  checkNumber(given.jitter, `${name}.jitter`, 0, 1)
  checkNumber(given.probesToRecover, `${name}.probesToRecover`, 1, 100)
  checkNumber(given.probationMs, `${name}.probationMs`, 0, monthMs)
}

const scheduleFields = ['retriesMs', 'jitter', 'probesMs', 'probesToRecover', 'probationMs'] as const
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

/** The functions are tried once with an integration never heard of: a rule that throws there never works. */
function checkRule(policy: Policy): void {
  try {
    const memory = policy.empty()
    const { level } = policy.judge(memory, 0)
    policy.foldable(memory)
    policy.bucketOf(0)
    if (level === 'healthy') return
  } catch (cause) {
    throw new HookwardError('POLICY_INVALID', `policy ${policy.name} throws for its own empty memory`, { cause })
  }
  throw new HookwardError('POLICY_INVALID', `policy ${policy.name} does not judge its own empty memory healthy`)
}

function policyField(name: string): Field {
  return { code: 'POLICY_INVALID', name }
}
