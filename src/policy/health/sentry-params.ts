import { HookwardError } from '../../domain/errors.ts'
import { parseSubscription, type Topic } from '../../domain/topic.ts'
import { isTimeZone } from './calendar.ts'

/** The numbers of the documents' rule; each default is the documents' own (spec 6.12, 8 and 12). */
export interface SentryParams {
  /** This many timeouts on one calendar day disable; 1 to 1,000,000,000. @default 1000 */
  readonly timeoutsPerDay?: number
  /** Days in the window, 1 to 14; a failing day on each of them disables. @default 7 */
  readonly windowDays?: number
  /** Whose calendar days: an IANA name. @default 'UTC' */
  readonly timeZone?: string
  /** Delays between attempts, at most 20 of up to 30 days each. @default [300_000, 300_000, 300_000] */
  readonly retriesMs?: readonly number[]
  /** One deadline over a whole attempt, 1 to 60,000. @default 1_000 */
  readonly deadlineMs?: number
  /** Attempts in flight at once for one integration, 1 to 16. @default 4 */
  readonly inFlightMax?: number
  /** Topics and resources that never count, at most 32. @default ['event_alert', 'metric_alert', 'activity_alert'] */
  readonly ignoreTopics?: readonly Topic[]
}

/** Every number explicit. */
export type Numbers = Required<SentryParams>

const dayMs = 86_400_000
/** The numbers stand in every record, so all of them together are bounded, in characters of JSON. */
const paramsCharsMax = 400

/** Fills the defaults in and throws `POLICY_INVALID` for what is impossible. */
export function checked(params: SentryParams): Numbers {
  const numbers = withDefaults(params)
  const unknown = Object.keys(params).find((name) => !Object.hasOwn(numbers, name))
  if (unknown !== undefined) throw invalid(`sentry has no parameter ${unknown}`)
  wholeNumber('timeoutsPerDay', numbers.timeoutsPerDay, 1, 1_000_000_000)
  wholeNumber('windowDays', numbers.windowDays, 1, 14)
  wholeNumber('deadlineMs', numbers.deadlineMs, 1, 60_000)
  wholeNumber('inFlightMax', numbers.inFlightMax, 1, 16)
  list('retriesMs', numbers.retriesMs, 20)
  numbers.retriesMs.forEach((delayMs, i) => wholeNumber(`retriesMs[${i}]`, delayMs, 0, 30 * dayMs))
  list('ignoreTopics', numbers.ignoreTopics, 32)
  numbers.ignoreTopics.forEach((topic, i) => wellFormed(`ignoreTopics[${i}]`, topic))
  if (!isTimeZone(numbers.timeZone)) throw invalid(`timeZone ${numbers.timeZone} is not known here`)
  const chars = JSON.stringify(numbers).length
  if (chars > paramsCharsMax) throw invalid(`the parameters take ${chars} characters, more than ${paramsCharsMax}`)
  return numbers
}

function withDefaults(params: SentryParams): Numbers {
  return {
    timeoutsPerDay: params.timeoutsPerDay ?? 1_000,
    windowDays: params.windowDays ?? 7,
    timeZone: params.timeZone ?? 'UTC',
    retriesMs: params.retriesMs ?? [300_000, 300_000, 300_000],
    deadlineMs: params.deadlineMs ?? 1_000,
    inFlightMax: params.inFlightMax ?? 4,
    ignoreTopics: params.ignoreTopics ?? ['event_alert', 'metric_alert', 'activity_alert'],
  }
}

function wholeNumber(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw invalid(`${name} is ${String(value)}, not a whole number from ${least} to ${most}`)
}

function list(name: string, value: unknown, most: number): void {
  if (Array.isArray(value) && value.length <= most) return
  throw invalid(`${name} is not a list of at most ${most} entries`)
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
