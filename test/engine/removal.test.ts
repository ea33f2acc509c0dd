import { expect, it } from 'vitest'
import type { MailOutcome } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { aComment, anIntegration, startWorld, until, type WorldOptions } from '../support/world.ts'
import { tapped } from './tap.ts'
import { aWire } from './wire.ts'

it('takes an integration away for good, over a restart too', async () => {
  const { hookward, again, register, comment } = await startWorld()
  await register()
  await comment()
  await hookward.integrations.remove('bot')
  expect([hookward.integrations.list(), hookward.installations.list()]).toEqual([[], []])
  expect(() => hookward.integrations.get('bot')).toThrow(
    expect.objectContaining({ code: 'INTEGRATION_UNKNOWN' }) as Error,
  )
  await expect(hookward.explain('bot')).rejects.toMatchObject({ code: 'INTEGRATION_UNKNOWN' })
  await hookward.stop()
  const next = await again()
  expect([next.integrations.list(), next.installations.list()]).toEqual([[], []])
})

it('refuses while deliveries wait, unless they are given up', async () => {
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy: sentry() })
  await register()
  receiver.answer(500)
  await comment()
  const { integrations } = hookward
  await expect(integrations.remove('bot')).rejects.toMatchObject({ code: 'INTEGRATION_BUSY' })
  await expect(integrations.remove('bot', { waiting: 'send' as 'skip' })).rejects.toMatchObject({
    code: 'INTEGRATION_INVALID',
  })
  await integrations.remove('bot', { waiting: 'skip' })
  clock.advanceBy(300_000)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
})

it('knows an integration registered again under the slug for a new one', async () => {
  const { hookward, receiver, register, comment } = await startWorld({
    policy: sentry({ windowDays: 1, retriesMs: [] }),
  })
  await register()
  receiver.answer(404, 200)
  await comment()
  const { uuid } = hookward.integrations.get('bot')
  await hookward.integrations.remove('bot')
  await register()
  expect(hookward.integrations.get('bot').uuid).not.toBe(uuid)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', incident: null })
  await comment()
  expect(receiver.requests).toHaveLength(2)
})

it('opens the lane again that rested when the integration was removed', async () => {
  const transport = aWire()
  const { hookward, register, comment } = await startWorld({ transport })
  await register()
  transport.answer('local')
  await comment()
  await hookward.integrations.remove('bot', { waiting: 'skip' })
  transport.answer(200)
  await register()
  await comment()
  expect(transport.started).toHaveLength(2)
})

it('keeps an old attempt under way away from the new integration of its slug', async () => {
  const { hookward, receiver, register, comment } = await startWorld({
    policy: sentry({ windowDays: 1, retriesMs: [] }),
  })
  await register()
  receiver.answer('hang', 200)
  await hookward.notifyComment(aComment('old'))
  await receiver.received(1)
  await hookward.integrations.remove('bot', { waiting: 'skip' })
  await register()
  receiver.release(404)
  await comment('new')
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
  const log = await hookward.log('bot')
  expect(log.map(({ became, outcome }) => [became, outcome.code])).toEqual([
    ['delivered', 'HTTP_200'],
    ['skipped', 'REMOVED'],
  ])
})

it('skips an event that was on its way into the store', async () => {
  const { hookward, store, receiver, register } = await world()
  await register()
  const held = store.holdFrom(({ kind }) => kind === 'append')
  const emitted = hookward.notifyComment(aComment())
  await held
  const removed = hookward.integrations.remove('bot')
  store.release()
  await Promise.all([emitted, removed])
  await hookward.idle()
  expect(receiver.requests).toEqual([])
})

it('lets calls made meanwhile wait until it is gone', async () => {
  const { hookward, store, receiver, register } = await world()
  await register()
  const held = store.holdFrom(({ kind }) => kind === 'append')
  const emitted = hookward.notifyComment(aComment())
  await held
  const removed = hookward.integrations.remove('bot')
  const twice = hookward.integrations.remove('bot')
  const put = hookward.integrations.put(anIntegration(receiver.url))
  const installed = put.then(() =>
    hookward.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false }),
  )
  store.release()
  await Promise.all([emitted, removed, twice, installed])
  expect(hookward.installations.list('bot')).toHaveLength(1)
  expect(await hookward.notifyComment(aComment())).toMatchObject({ deliveries: 1 })
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
})

it('drops the letters that were still to be sent, and writes nothing of them', async () => {
  const { hookward, store, receiver, smtp, clock, register, comment } = await world()
  await register()
  receiver.answer(404)
  smtp.refuse(451, 'try again later')
  await comment()
  await hookward.integrations.remove('bot')
  const written = store.asked.length
  smtp.accept()
  clock.advanceBy(60_000)
  await hookward.idle()
  expect([smtp.mails.length, store.asked.length]).toEqual([0, written])
})

it('writes nothing of a letter that arrives after its integration was removed', async () => {
  const sending: (() => void)[] = []
  const send = () => new Promise<MailOutcome>((resolve) => sending.push(() => resolve({ kind: 'sent' })))
  const { hookward, store, receiver, register } = await world({ mailer: { send, close: () => Promise.resolve() } })
  await register()
  receiver.answer(404)
  await hookward.notifyComment(aComment())
  await until(() => sending.length === 2)
  await hookward.integrations.remove('bot')
  const written = store.asked.length
  sending.forEach((arrive) => arrive())
  await hookward.idle()
  expect(store.asked).toHaveLength(written)
})

async function world(options: WorldOptions = {}) {
  const store = tapped()
  return { store, ...(await startWorld({ store, policy: sentry({ windowDays: 1, retriesMs: [] }), ...options })) }
}
