import { expect, it } from 'vitest'
import { manualClock } from '../../src/testing.ts'
import { streak } from '../support/streak-policy.ts'
import { aComment, startWorld } from '../support/world.ts'
import { aWire } from './wire.ts'

it('costs the same to judge a failure, however many deliveries wait', async () => {
  const clock = manualClock()
  let looks = 0
  const counting = { ...clock, now: () => ((looks += 1), clock.now()) }
  const transport = aWire()
  const policy = { ...streak({ retriesMs: [100_000] }), judge: alwaysDegraded }
  const { hookward, register } = await startWorld({ clock: counting, transport, policy })
  await register()
  transport.answer(500)
  const looksFor = async (n: number) => {
    looks = 0
    await Promise.all(Array.from({ length: n }, () => hookward.notifyComment(aComment())))
    await hookward.idle()
    return looks / n
  }
  const first = await looksFor(50)
  await looksFor(500)
  expect(await looksFor(50)).toBeLessThan(2 * first)
})

function alwaysDegraded({ streak: n }: { readonly streak: number }) {
  const evidence = { rule: 'streak', summary: `${n} in a row`, facts: {} }
  return { level: n === 0 ? 'healthy' : 'degraded', evidence, wouldChange: 'one success' } as const
}
