import { expect, it } from 'vitest'
import { sentry, type Policy } from '../../src/policy/index.ts'
import { streak } from '../support/streak-policy.ts'
import { startWorld } from '../support/world.ts'
import { aWire } from './wire.ts'

const rule = streak({ retriesMs: [1_000] })
const policy = {
  ...rule,
  outcomes: {
    kinds: { ...rule.outcomes.kinds, server: { settles: 'delivered', counts: 'ok' } },
    statuses: { 404: { settles: 'dead', counts: 'none' }, 502: { settles: 'dead', counts: 'failed' } },
  },
} as Policy

it.each([
  ['by its kind', 500, 'delivered', 'healthy'],
  ['by a status that is left to its kind', 403, 'waiting', 'degraded'],
  ['by a status of its own', 404, 'dead', 'healthy'],
  ['by a status, though its kind says otherwise', 502, 'dead', 'degraded'],
] as const)("reads an answer from the policy's own table: %s", async (_, status, became, state) => {
  const { hookward, receiver, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(status)
  await comment()
  expect(await hookward.log('bot')).toMatchObject([{ responseCode: status, became }])
  expect(await hookward.explain('bot')).toMatchObject({ state })
})

it('is given to an attempt: the deadline of its integration where it has one, and else that of the policy', async () => {
  const transport = aWire()
  const { hookward, register, comment, again } = await startWorld({ transport, policy: sentry() })
  await register()
  await register({ slug: 'slow', url: 'http://127.0.0.1:49152/slow', deadlineMs: 15_000 })
  transport.answer(200)
  await comment()
  const given = transport.started.map(({ url, deadlineMs }) => [new URL(url).pathname, deadlineMs])
  expect(given.sort()).toEqual([
    ['/hook', 1_000],
    ['/slow', 15_000],
  ])
  await hookward.stop()
  expect((await again()).integrations.get('slow')).toMatchObject({ deadlineMs: 15_000 })
})
