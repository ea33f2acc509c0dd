import { expect, it } from 'vitest'
import { sentry, standard } from '../../src/policy/index.ts'
import { streak } from '../support/streak-policy.ts'
import { startWorld } from '../support/world.ts'

const heeding = () => {
  const rule = streak()
  return { ...rule, outcomes: { ...rule.outcomes, heedsAsks: true } }
}
const asking = (status: number, said: string) => ({ status, headers: { 'webhook-delivery': said } })

it.each([
  [200, 'a rule that heeds it', heeding()],
  [500, 'a rule that heeds it', heeding()],
  [200, 'the standard rule', standard()],
])('switches off a receiver that asks for it with a %d, under %s', async (status, _, policy) => {
  const { hookward, receiver, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(asking(status, 'disable'))
  await comment()
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled', evidence: { rule: 'receiver.disable' } })
  expect((await hookward.log('bot')).map(({ became }) => became)).toEqual([status === 200 ? 'delivered' : 'dead'])
})

it('does not send again what a receiver does not want again', async () => {
  const { hookward, receiver, register, comment } = await startWorld({ policy: heeding() })
  await register()
  receiver.answer(asking(500, 'abort-message'), 200)
  await comment()
  await hookward.idle()
  expect(await hookward.log('bot')).toMatchObject([{ became: 'dead', responseCode: 500 }])
  expect(await hookward.explain('bot')).toMatchObject({ state: 'degraded' })
})

it('is not asked by anybody under the rule of the documents', async () => {
  const { hookward, receiver, register, comment } = await startWorld({ policy: sentry() })
  await register()
  receiver.answer(asking(500, 'disable'))
  await comment()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
  expect(await hookward.log('bot')).toMatchObject([{ became: 'waiting' }])
})
