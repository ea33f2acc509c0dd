import { expect, it } from 'vitest'
import { countFlaps } from '../../scripts/lib/flaps.ts'

const failing = { policy: 'standard', failure: 'timeout', deliveries: 2_000, seed: 1 } as const

it.each([
  ['second', 1_000],
  ['10 seconds', 10_000],
  ['half hour', 1_800_000],
])(
  'does not flap with 30 time-outs in a hundred, sent to every %s: fewer than ten transitions per 10,000 deliveries',
  { timeout: 60_000 },
  async (every, paceMs) => {
    const count = await countFlaps({ ...failing, share: 0.3, paceMs })
    const per10k = (count.transitions * 10_000) / failing.deliveries
    console.log(JSON.stringify({ every, deliveries: failing.deliveries, ...count, transitionsPer10k: per10k }))
    expect(per10k).toBeLessThan(10)
    expect([count.dead, count.attempts > 2_600]).toEqual([0, true])
  },
)

it('says so once, and no more, when 70 time-outs in a hundred make it degraded', { timeout: 60_000 }, async () => {
  const count = await countFlaps({ ...failing, deliveries: 500, share: 0.7, paceMs: 10_000 })
  expect(count).toMatchObject({ transitions: 1, ended: 'degraded', dead: 0 })
})

it('counts every step of the chart, under the rule of the documents too', { timeout: 60_000 }, async () => {
  const count = await countFlaps({ ...failing, policy: 'sentry', deliveries: 800, share: 0.9, paceMs: 10_000 })
  expect(count).toMatchObject({ transitions: 4, ended: 'disabled' })
  expect(count.endedAfter).toBeLessThan(500)
})
