import { sentry, standard, type Policy } from '../../src/policy/index.ts'
import { breaker } from '../support/breaker-policy.ts'

const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000]

/** The rules that are simulated, with numbers small enough that every state is reached in a day or two. */
export const rules: Readonly<Record<string, () => Policy>> = {
  sentry: () => sentry({ windowDays: 1, timeoutsPerDay: 4, retriesMs: [minuteMs, 5 * minuteMs], deadlineMs: 2_000 }),
  'sentry of two days': () => sentry({ windowDays: 2, retriesMs: [minuteMs], deadlineMs: 5_000, inFlightMax: 8 }),
  breaker,
  standard: () =>
    standard({
      retriesMs: [5 * secondMs, minuteMs, 10 * minuteMs, hourMs],
      deadlineMs: 5_000,
      degradedFailures: 2,
      degradedSpanMs: secondMs,
      brokenFailures: 3,
      brokenSpanMs: 30 * secondMs,
      quietSpanMs: 20 * minuteMs,
      quietServerSpanMs: hourMs,
      probesMs: [minuteMs, 5 * minuteMs, 20 * minuteMs],
      probationMs: hourMs,
      probationMsMax: 4 * hourMs,
      disabledMs: 6 * hourMs,
      disabledAttempts: 5,
      disabledDays: 1,
      disabledDeliveries: 1,
      enableCooldownMs: minuteMs,
      noticeBrokenMs: 20 * minuteMs,
      noticeBrokenMsMax: hourMs,
      noticeWarningsMs: [3 * hourMs, hourMs],
      noticeRemindersMs: [dayMs],
    }),
  'standard as it is': () => standard(),
}
