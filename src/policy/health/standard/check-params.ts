import { HookwardError } from '../../../domain/errors.ts'
import type { Json } from '../../../domain/json.ts'
import { parseSubscription } from '../../../domain/topic.ts'
import { defaults, type Numbers, type StandardParams } from './params.ts'

type Name = keyof Numbers
type NumberName = { [N in Name]: Numbers[N] extends number ? N : never }[Name]

const dayMs = 86_400_000
const countMax = 1_000_000
const spanMsMax = 400 * dayMs
/** What differs from the defaults stands in every record, so all of it is bounded, in characters of JSON. */
const paramsCharsMax = 1_500

/** Fills the defaults in and throws `POLICY_INVALID` for what is impossible or contradicts itself. */
export function checked(params: StandardParams): Numbers {
  const unknown = Object.keys(params).find((name) => !Object.hasOwn(defaults, name))
  if (unknown !== undefined) throw invalid(`standard has no parameter ${unknown}`)
  const given = Object.entries(params).filter(([, value]) => (value as unknown) !== undefined)
  const numbers: Numbers = { ...defaults, ...(Object.fromEntries(given) as StandardParams) }
  for (const [name, [least, most, kind]] of Object.entries(ranges) as [NumberName, Range][])
    number(name, numbers[name], least, most, kind)
  if (typeof (numbers.brokenByDead as unknown) !== 'boolean') throw invalid('brokenByDead is neither true nor false')
  delays('retriesMs', numbers.retriesMs, 0)
  delays('probesMs', numbers.probesMs, 1)
  spans('noticeWarningsMs', numbers.noticeWarningsMs, 5, (before, after) => before > after)
  spans('noticeRemindersMs', numbers.noticeRemindersMs, 10, (before, after) => before < after)
  list('refusedStatuses', numbers.refusedStatuses, 0, 8)
  numbers.refusedStatuses.forEach((status, i) => number(`refusedStatuses[${i}]`, status, 400, 499))
  const own = numbers.refusedStatuses.find((status) => status === 410 || status === 429)
  if (own !== undefined) throw invalid(`refusedStatuses holds ${own}, which has a rule of its own: leave it out`)
  list('ignoreTopics', numbers.ignoreTopics, 0, 32)
  numbers.ignoreTopics.forEach((topic, i) => wellFormed(`ignoreTopics[${i}]`, topic))
  consistent(numbers)
  const chars = JSON.stringify(differing(numbers)).length
  if (chars > paramsCharsMax) throw invalid(`the parameters take ${chars} characters, more than ${paramsCharsMax}`)
  return numbers
}

/** The parameters that are not the defaults, as they are stored. */
export function differing(numbers: Numbers): { readonly [name: string]: Json } {
  const isOther = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(defaults[name as keyof Numbers])
  return Object.fromEntries(Object.entries(numbers).filter(isOther))
}

type Range = readonly [least: number, most: number, kind?: 'share']
const count: Range = [1, countMax]
const span: Range = [0, spanMsMax]
/** They are kept by name, so they are few. */
const named: Range = [1, 10]

const ranges: Readonly<Record<NumberName, Range>> = {
  jitter: [0, 1, 'share'],
  deadlineMs: [1_000, 30_000],
  inFlightMax: [1, 16],
  refusedAttempts: [1, 100],
  refusedDeliveries: named,
  gatewayWaitMs: [0, dayMs],
  throttledWaitMs: [0, dayMs],
  throttledWaitMsMax: [0, dayMs],
  throttledPatienceMs: span,
  windowMs: [1_000, 7 * dayMs],
  degradedFailures: count,
  degradedSpanMs: span,
  degradedShare: [0.01, 1, 'share'],
  degradedOf: count,
  healthyShare: [0.01, 1, 'share'],
  healthySuccesses: count,
  brokenFailures: count,
  brokenSpanMs: span,
  brokenShare: [0.01, 1, 'share'],
  brokenOf: count,
  brokenShareSpanMs: span,
  quietAttempts: count,
  quietSpanMs: span,
  quietServerDeliveries: named,
  quietServerSpanMs: span,
  probesToRecover: [1, 100],
  rampPerSecond: [1, 1_000],
  rampDoublesMs: [1, dayMs],
  probationMs: [0, 30 * dayMs],
  probationMsMax: [0, 30 * dayMs],
  incidentsMs: span,
  probationFactor: [0.01, 1, 'share'],
  disabledMs: span,
  disabledAttempts: count,
  disabledDays: [1, 400],
  disabledDeliveries: named,
  enableCooldownMs: [0, dayMs],
  noticeBrokenMs: span,
  noticeBrokenFactor: [0, 100, 'share'],
  noticeBrokenMsMax: span,
  noticeHealedMs: span,
  outageHosts: [2, countMax],
  outageSlackMs: span,
  outageShare: [0.01, 1, 'share'],
  outageAliveHosts: [2, countMax],
  outageAliveMs: span,
  outageTogetherMs: span,
  outageReleaseMs: span,
}

/** What each number must not be above; a rule that could never hold, or never be left, is no rule. */
const orders: readonly (readonly [lower: NumberName, upper: NumberName])[] = [
  ['degradedFailures', 'brokenFailures'],
  ['degradedSpanMs', 'brokenSpanMs'],
  ['degradedShare', 'brokenShare'],
  ['degradedOf', 'brokenOf'],
  ['healthySuccesses', 'degradedOf'],
  ['brokenShareSpanMs', 'windowMs'],
  ['quietSpanMs', 'quietServerSpanMs'],
  ['throttledWaitMs', 'throttledWaitMsMax'],
  ['probationMs', 'probationMsMax'],
  ['brokenSpanMs', 'disabledMs'],
  ['quietSpanMs', 'disabledMs'],
  ['disabledDeliveries', 'disabledAttempts'],
  ['disabledDays', 'disabledAttempts'],
  ['noticeBrokenMs', 'noticeBrokenMsMax'],
  ['outageTogetherMs', 'outageAliveMs'],
]

function consistent(numbers: Numbers): void {
  for (const [lower, upper] of orders)
    if (numbers[lower] > numbers[upper])
      throw invalid(
        `${upper} is ${numbers[upper]}, below ${lower} ${numbers[lower]}: set ${upper} to ${numbers[lower]} or more`,
      )
  const { healthyShare, degradedShare, retriesMs, refusedAttempts, brokenByDead, quietSpanMs } = numbers
  if (healthyShare >= degradedShare)
    throw invalid(
      `healthyShare is ${healthyShare}, not below degradedShare ${degradedShare}: it would be left as it is entered`,
    )
  if (refusedAttempts > retriesMs.length + 1)
    throw invalid(
      `refusedAttempts is ${refusedAttempts}, but retriesMs allows ${retriesMs.length + 1}: set it to that or less`,
    )
  const retriedMs = retriesMs.reduce((sum, delayMs) => sum + delayMs, 0)
  if (brokenByDead && retriedMs < quietSpanMs)
    throw invalid(
      `retriesMs give a delivery up after ${retriedMs} ms, before quietSpanMs ${quietSpanMs}, and one alone would break its integration: set brokenByDead to false`,
    )
}

function number(name: string, value: number, least: number, most: number, kind?: 'share'): void {
  const isWhole = kind === 'share' ? typeof value === 'number' : Number.isInteger(value)
  if (isWhole && value >= least && value <= most) return
  throw invalid(`${name} is ${String(value)}, not a ${kind === 'share' ? '' : 'whole '}number from ${least} to ${most}`)
}

function delays(name: string, value: readonly number[], least: number): void {
  list(name, value, least, 20)
  value.forEach((delayMs, i) => number(`${name}[${i}]`, delayMs, 0, 30 * dayMs))
}

/** Each once, in the order in which their moments come. */
function spans(name: string, value: readonly number[], most: number, comesBefore: (a: number, b: number) => boolean) {
  list(name, value, 0, most)
  value.forEach((spanMs, i) => number(`${name}[${i}]`, spanMs, 0, spanMsMax))
  const odd = value.find((spanMs, i) => i > 0 && !comesBefore(value[i - 1] as number, spanMs))
  if (odd !== undefined) throw invalid(`${name} holds ${odd} out of order: list them in the order they come due`)
}

function list(name: string, value: unknown, least: number, most: number): void {
  if (Array.isArray(value) && value.length >= least && value.length <= most) return
  throw invalid(`${name} is not a list of ${least} to ${most} entries`)
}

function wellFormed(name: string, topic: unknown): void {
  try {
    parseSubscription(topic)
  } catch (cause) {
    throw new HookwardError('POLICY_INVALID', `${name} is neither a topic nor a resource`, { cause })
  }
}

function invalid(fact: string): HookwardError {
  return new HookwardError('POLICY_INVALID', fact)
}
