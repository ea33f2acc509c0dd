import { sentry, standard, type Policy } from '../../src/policy/index.ts'

/** The rules a run can be under. */
export const policyNames = ['standard', 'sentry'] as const
export type PolicyName = (typeof policyNames)[number]

const lane = { deadlineMs: 5_000, inFlightMax: 8, retriesMs: [20, 100, 1_000] } as const

/** Either rule in haste: what takes days takes parts of a second, so that each kill finds something on its way. */
export function policyOf(name: PolicyName): Policy {
  // The first 4xx disables, at once.
  if (name === 'sentry') return sentry({ ...lane, windowDays: 1 })
  return standard({
    ...lane,
    ...{ windowMs: 1_000, degradedFailures: 2, degradedSpanMs: 0, brokenFailures: 4, brokenSpanMs: 20 },
    ...{ brokenShareSpanMs: 100, quietSpanMs: 200, probesMs: [10, 20, 40], rampPerSecond: 100, rampDoublesMs: 50 },
    ...{ probationMs: 20, probationMsMax: 100, enableCooldownMs: 50 },
    ...{ disabledMs: 500, disabledAttempts: 5, disabledDays: 1, disabledDeliveries: 1 },
    ...{ noticeBrokenMs: 50, noticeBrokenMsMax: 100, noticeWarningsMs: [300, 150], noticeRemindersMs: [100, 200, 300] },
  })
}
