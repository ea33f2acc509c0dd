import type { Topic } from '../../../domain/topic.ts'

/** The numbers of the `standard` rule. Spans are in milliseconds. */
export interface StandardParams {
  /** Delays between attempts, at most 20 of up to 30 days each; jitter is added to each. @default 9 delays from 5 s to 24 h */
  readonly retriesMs?: readonly number[]
  /** Up to this share is added to a delay at random, 0 to 1. @default 0.2 */
  readonly jitter?: number
  /** One deadline over a whole attempt, 1,000 to 30,000. @default 15_000 */
  readonly deadlineMs?: number
  /** Attempts in flight at once for one integration, 1 to 16. @default 4 */
  readonly inFlightMax?: number
  /** Topics and resources that never count, at most 32. @default [] */
  readonly ignoreTopics?: readonly Topic[]
  /** The answers that say no to this one delivery, at most 8 of 400 to 499. @default [400, 413, 422] */
  readonly refusedStatuses?: readonly number[]
  /** Attempts after which a delivery answered so is dead. @default 3 */
  readonly refusedAttempts?: number
  /** So many different deliveries must have died of it since the last success before such an answer counts, 1 to 10. @default 3 */
  readonly refusedDeliveries?: number
  /** After a 502 or 504 the next attempt does not come sooner. @default 60_000 */
  readonly gatewayWaitMs?: number
  /** While nothing succeeds, the wait of a throttled lane is at least this, then doubles. @default 60_000 */
  readonly throttledWaitMs?: number
  /** Until it is this long. @default 3_600_000 */
  readonly throttledWaitMsMax?: number
  /** Throttled for so long without a success, being throttled counts like any other failure. @default 86_400_000 */
  readonly throttledPatienceMs?: number
  /** The shares are taken over this span: 20 buckets of a twentieth of it, this moment's included. @default 600_000 */
  readonly windowMs?: number
  /** Degraded: counted failures in a row. @default 5 */
  readonly degradedFailures?: number
  /** Degraded: the span from the first to the last of them. @default 30_000 */
  readonly degradedSpanMs?: number
  /** Or degraded: the share of the window that failed, above 0 to 1. @default 0.5 */
  readonly degradedShare?: number
  /** Degraded by share: of at least so many. @default 20 */
  readonly degradedOf?: number
  /** Healthy again: a success, and a smaller share of the window failed than this. @default 0.2 */
  readonly healthyShare?: number
  /** Healthy again: successes in the window, or in a row when the window holds fewer than `degradedOf`. @default 3 */
  readonly healthySuccesses?: number
  /** Broken: counted failures in a row. @default 10 */
  readonly brokenFailures?: number
  /** Broken: the span from the first to the last of them. @default 300_000 */
  readonly brokenSpanMs?: number
  /** Or broken: the share of the window that failed, above 0 to 1. @default 0.9 */
  readonly brokenShare?: number
  /** Broken by share: of at least so many. @default 50 */
  readonly brokenOf?: number
  /** Broken by share: the span from the first to the last failure in the window. @default 60_000 */
  readonly brokenShareSpanMs?: number
  /** Or broken: attempts without a success, retries too, all of them such as a receiver that is gone gives. @default 5 */
  readonly quietAttempts?: number
  /** Broken so: the span from the first to the last of them. @default 7_200_000 */
  readonly quietSpanMs?: number
  /** Broken so with a 5xx among them: on so many deliveries. @default 2 */
  readonly quietServerDeliveries?: number
  /** Or for so long. @default 43_200_000 */
  readonly quietServerSpanMs?: number
  /** Or broken: a delivery is dead, and nothing has succeeded since it was accepted. @default true */
  readonly brokenByDead?: boolean
  /** Delays before the first and each later probe, 1 to 20; the last repeats. @default 1, 2, 4 ... 60 minutes */
  readonly probesMs?: readonly number[]
  /** Good probes in a row that bring a broken integration back. @default 2 */
  readonly probesToRecover?: number
  /** After a recovery the ledger is sent at this rate a second, 1 to 1,000; a failure halves the rate again. @default 1 */
  readonly rampPerSecond?: number
  /** The rate doubles after so long without a failure, 1 to 86,400,000. @default 10_000 */
  readonly rampDoublesMs?: number
  /** Probation after a recovery; doubled for each earlier incident that is remembered. @default 86_400_000 */
  readonly probationMs?: number
  /** The longest probation. @default 604_800_000 */
  readonly probationMsMax?: number
  /** An incident is remembered for so long. @default 2_592_000_000 */
  readonly incidentsMs?: number
  /** Counts and spans of degraded and broken are multiplied by this in probation, above 0 to 1. @default 0.5 */
  readonly probationFactor?: number
  /** Disabled: so long since the first failure after the last success. @default 432_000_000 */
  readonly disabledMs?: number
  /** And so many attempts or probes since. @default 20 */
  readonly disabledAttempts?: number
  /** And on so many UTC days. @default 3 */
  readonly disabledDays?: number
  /** And on so many deliveries, unless all were unreachable, a TLS error, 401, 403 or 404. @default 3 */
  readonly disabledDeliveries?: number
  /** Enabling by hand probes first; after a probe that failed, not again for so long, up to a day. @default 300_000 */
  readonly enableCooldownMs?: number
  /** Owners are told that it is broken when it has been for so long. @default 3_600_000 */
  readonly noticeBrokenMs?: number
  /** Or for so many times the longest incident that healed of late, 0 to 100. @default 1.5 */
  readonly noticeBrokenFactor?: number
  /** But after this at the latest. @default 43_200_000 */
  readonly noticeBrokenMsMax?: number
  /** How far back it looks for incidents that healed. @default 604_800_000 */
  readonly noticeHealedMs?: number
  /** How long before it is disabled owners are warned, longest first, at most 5. @default [216_000_000, 86_400_000] */
  readonly noticeWarningsMs?: readonly number[]
  /** How long after it was disabled they are reminded, shortest first, at most 10. @default 1, 3 and 7 days */
  readonly noticeRemindersMs?: readonly number[]
  /** Our own outage: so many hosts that were reached before fail, and none is reached, 2 or more. @default 2 */
  readonly outageHosts?: number
  /** And none was for so long; a success so soon after the first failure does not count. @default 60_000 */
  readonly outageSlackMs?: number
  /** Or: this share of the hosts that are alive began to fail together, above 0 to 1. @default 0.5 */
  readonly outageShare?: number
  /** By share: of at least so many. With fewer failing it is not believed for ever, 2 or more. @default 5 */
  readonly outageAliveHosts?: number
  /** Alive: reached within this span. @default 86_400_000 */
  readonly outageAliveMs?: number
  /** Together: within this span. @default 300_000 */
  readonly outageTogetherMs?: number
  /** So long it is believed when few hosts fail, or others are reached. @default 86_400_000 */
  readonly outageReleaseMs?: number
}

/** Every number explicit. */
export type Numbers = Required<StandardParams>

const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000]

/** What holds unless it is said otherwise. Another value here is another version of the policy. */
export const defaults: Numbers = {
  retriesMs: [...[5 * secondMs, 5 * minuteMs, 30 * minuteMs], ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hourMs)],
  jitter: 0.2,
  deadlineMs: 15_000,
  inFlightMax: 4,
  ignoreTopics: [],
  refusedStatuses: [400, 413, 422],
  refusedAttempts: 3,
  refusedDeliveries: 3,
  gatewayWaitMs: minuteMs,
  throttledWaitMs: minuteMs,
  throttledWaitMsMax: hourMs,
  throttledPatienceMs: dayMs,
  windowMs: 10 * minuteMs,
  degradedFailures: 5,
  degradedSpanMs: 30 * secondMs,
  degradedShare: 0.5,
  degradedOf: 20,
  healthyShare: 0.2,
  healthySuccesses: 3,
  brokenFailures: 10,
  brokenSpanMs: 5 * minuteMs,
  brokenShare: 0.9,
  brokenOf: 50,
  brokenShareSpanMs: minuteMs,
  quietAttempts: 5,
  quietSpanMs: 2 * hourMs,
  quietServerDeliveries: 2,
  quietServerSpanMs: 12 * hourMs,
  brokenByDead: true,
  probesMs: [1, 2, 4, 8, 16, 32, 60].map((minutes) => minutes * minuteMs),
  probesToRecover: 2,
  rampPerSecond: 1,
  rampDoublesMs: 10 * secondMs,
  probationMs: dayMs,
  probationMsMax: 7 * dayMs,
  incidentsMs: 30 * dayMs,
  probationFactor: 0.5,
  disabledMs: 120 * hourMs,
  disabledAttempts: 20,
  disabledDays: 3,
  disabledDeliveries: 3,
  enableCooldownMs: 5 * minuteMs,
  noticeBrokenMs: hourMs,
  noticeBrokenFactor: 1.5,
  noticeBrokenMsMax: 12 * hourMs,
  noticeHealedMs: 7 * dayMs,
  noticeWarningsMs: [60 * hourMs, 24 * hourMs],
  noticeRemindersMs: [dayMs, 3 * dayMs, 7 * dayMs],
  outageHosts: 2,
  outageSlackMs: minuteMs,
  outageShare: 0.5,
  outageAliveHosts: 5,
  outageAliveMs: dayMs,
  outageTogetherMs: 5 * minuteMs,
  outageReleaseMs: dayMs,
}
