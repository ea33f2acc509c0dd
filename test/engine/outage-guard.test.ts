import { expect, it } from 'vitest'
import { OutageGuard } from '../../src/engine/outage-guard.ts'
import { standard } from '../../src/policy/index.ts'
import { manualClock } from '../../src/testing.ts'

const [minuteMs, dayMs] = [60_000, 86_400_000]
const ok = { kind: 'ok', status: 200, code: 'HTTP_200' } as const
const refused = { kind: 'unreachable', status: 0, code: 'ECONNREFUSED' } as const

it.each([
  [30, true],
  [31, false],
])('counts a host that was reached %i days ago: %s', (days, isCounted) => {
  const clock = manualClock()
  const guard = new OutageGuard({ rule: standard().ownOutage, clock, onFrozen: () => 0, onThawed: () => 0 })
  guard.heard('old', ok)
  clock.advanceBy(days * dayMs)
  guard.heard('young', ok)
  clock.advanceBy(1)
  for (const host of ['old', 'young']) guard.heard(host, refused)
  clock.advanceBy(minuteMs)
  guard.heard('young', refused)
  expect(guard.outage !== undefined).toBe(isCounted)
})
