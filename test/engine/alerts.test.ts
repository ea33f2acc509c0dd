import { describe, expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { startWorld } from '../support/world.ts'

/** The first error, and the first timeout, of any other topic disables. */
const policy = sentry({ windowDays: 1, timeoutsPerDay: 1, retriesMs: [] })
const topics = ['event_alert', 'metric_alert', 'activity_alert', 'error']

describe.each([
  ['an error', 404],
  ['a timeout', 'reset'],
] as const)('for health, %s', (_, answer) => {
  it.each(['event_alert.triggered', 'metric_alert.critical', 'metric_alert.resolved', 'activity_alert.triggered'])(
    'of %s never counts, though it is sent and logged like any other',
    async (topic) => {
      const { hookward, receiver, register, smtp } = await startWorld({ policy })
      await register({ topics })
      receiver.answer(answer)
      for (let n = 0; n < 3; n += 1) {
        await hookward.emit({ topic, organization: 'acme', data: {} })
        await hookward.idle()
      }
      expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', evidence: { facts: { days: [] } } })
      expect((await hookward.log('bot')).map(({ became }) => became)).toEqual(['dead', 'dead', 'dead'])
      expect(smtp.mails).toEqual([])
    },
  )

  it('of any other topic does', async () => {
    const { hookward, receiver, register } = await startWorld({ policy })
    await register({ topics })
    receiver.answer(answer)
    await hookward.emit({ topic: 'error.created', organization: 'acme', data: {} })
    await hookward.idle()
    expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled' })
  })
})
