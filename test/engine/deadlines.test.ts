import { expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { startWorld } from '../support/world.ts'
import { aWire } from './wire.ts'

it('gives an attempt the time its integration asks for, or else the policy', async () => {
  const transport = aWire()
  const { register, comment } = await startWorld({ transport, policy: sentry({ deadlineMs: 2_000 }) })
  transport.answer(200)
  await register()
  await comment()
  await register({ deadlineMs: 30_000 })
  await comment()
  expect(transport.started.map(({ deadlineMs }) => deadlineMs)).toEqual([2_000, 30_000])
})
