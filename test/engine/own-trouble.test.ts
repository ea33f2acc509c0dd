import { expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { streak } from '../support/streak-policy.ts'
import { aComment, startWorld, turns } from '../support/world.ts'
import { tapped } from './tap.ts'
import { aWire } from './wire.ts'

const secondMs = 1_000

it('rests the lane for 1 s, doubling to 60 s, and spends no attempt', async () => {
  const { transport, hookward, clock, register, comment } = await world()
  await register()
  transport.answer('local')
  await comment()
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const made = transport.started.length
    clock.advanceBy(seconds * secondMs - 1)
    await hookward.idle()
    expect(transport.started).toHaveLength(made)
    clock.advanceBy(1)
    await hookward.idle()
    expect(transport.started).toHaveLength(made + 1)
  }
  transport.answer(200)
  clock.advanceBy(60 * secondMs)
  await hookward.idle()
  expect((await hookward.log('bot', { limit: 1 }))[0]).toMatchObject({ attempt: 1, became: 'delivered' })
})

it('rests all of a lane, and no other', async () => {
  const { transport, hookward, register, comment } = await world()
  await register()
  transport.answer('local')
  await comment()
  await register({ slug: 'other', url: 'http://127.0.0.1:49152/other' })
  await comment()
  expect(transport.started.map(({ url }) => new URL(url).pathname)).toEqual(['/hook', '/other'])
  await hookward.idle()
})

it('takes attempts that end during a rest for one trouble', async () => {
  const { transport, hookward, clock, register } = await world()
  await register()
  await Promise.all(Array.from({ length: 4 }, () => hookward.notifyComment(aComment())))
  await turns()
  expect(transport.started).toHaveLength(4)
  transport.answer('local')
  await hookward.idle()
  clock.advanceBy(secondMs)
  await hookward.idle()
  expect(transport.started).toHaveLength(8)
})

it('begins with 1 s again after the lane has done its work', async () => {
  const { transport, hookward, clock, register, comment } = await world()
  await register()
  transport.answer('local')
  await comment()
  clock.advanceBy(secondMs)
  await hookward.idle()
  transport.answer(200)
  clock.advanceBy(2 * secondMs)
  await hookward.idle()
  transport.answer('local')
  await comment()
  const made = transport.started.length
  clock.advanceBy(secondMs)
  await hookward.idle()
  expect(transport.started).toHaveLength(made + 1)
})

it('never counts, and tells no listener', async () => {
  const { transport, hookward, events, register, comment } = await world({ policy: sentry({ timeoutsPerDay: 1 }) })
  await register()
  transport.answer('local')
  await comment()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', evidence: { facts: { days: [] } } })
  expect(events).toEqual([])
  expect(await hookward.log('bot')).toMatchObject([{ outcome: { kind: 'local' }, became: 'waiting' }])
})

it('is what a body that cannot be read is', async () => {
  const store = tapped()
  const faulty = { ...store, body: () => Promise.reject(new Error('the disk is gone')) }
  const { receiver, hookward, clock, register, comment } = await startWorld({ store: faulty, policy: sentry() })
  await register()
  receiver.answer(500)
  await comment()
  clock.advanceBy(300_000)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  expect((await hookward.log('bot'))[0]).toMatchObject({ attempt: 2, outcome: { kind: 'local', code: 'NOT_SENT' } })
})

it('lets the same delivery probe again', async () => {
  const { transport, hookward, clock, register, comment } = await world({ policy: streak({ probesToRecover: 1 }) })
  await register()
  transport.answer(500)
  await comment('first')
  await comment('second')
  transport.answer('local')
  clock.advanceBy(60 * secondMs)
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.probing', held: { broken: 2 } })
  transport.answer(200)
  clock.advanceBy(secondMs)
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', held: {} })
})

async function world(options: Parameters<typeof startWorld>[0] = {}) {
  const transport = aWire()
  return { transport, ...(await startWorld({ transport, ...options })) }
}
