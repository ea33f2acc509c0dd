import { expect, it } from 'vitest'
import { startWorld } from '../support/world.ts'

const hand = { by: 'ada', reason: 'does it work?' } as const

it('sends an event to one integration alone, whatever it hears, and writes down who asked for it', async () => {
  const { hookward, receiver, register } = await startWorld()
  await register({ topics: ['issue'] })
  await register({ slug: 'other', url: `${receiver.url}/other`, topics: ['invoice'] })
  const sent = await hookward.integrations.send('bot', { topic: 'invoice.paid', data: { total: 42 } }, hand)
  await hookward.idle()
  expect(receiver.requests.map(({ path }) => path)).toEqual(['/hook'])
  expect(JSON.parse(String(receiver.requests[0]?.body))).toMatchObject({ action: 'paid', data: { total: 42 } })
  expect(await hookward.log('bot')).toMatchObject([{ ...sent, topic: 'invoice.paid', became: 'delivered' }])
  expect((await hookward.audit('bot'))[0]).toMatchObject({
    ...hand,
    action: 'event.sent',
    evidence: { rule: 'send', facts: { topic: 'invoice.paid', organization: 'acme', ...sent } },
  })
})

it('is held where others are, and counts where others do', async () => {
  const { hookward, receiver, register } = await startWorld()
  await register()
  await hookward.integrations.pause('bot')
  const { deliveryId } = await hookward.integrations.send('bot', { topic: 'invoice.paid', data: {} })
  expect((await hookward.held('bot')).entries).toMatchObject([{ deliveryId, reason: 'paused' }])
  receiver.answer(404)
  await hookward.integrations.resume('bot')
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'degraded' })
})

it.each([
  ['an integration nobody knows', 'nobody', { topic: 'a.b', data: {} }, 'INTEGRATION_UNKNOWN'],
  ['where it is not installed', 'bot', { topic: 'a.b', data: {}, organization: 'umbrella' }, 'INSTALLATION_UNKNOWN'],
  ["a topic that is the engine's own", 'bot', { topic: 'installation.created', data: {} }, 'TOPIC_RESERVED'],
  ['a field it does not know', 'bot', { topic: 'a.b', data: {}, key: '1' }, 'EVENT_INVALID'],
  ['no data', 'bot', { topic: 'a.b' }, 'EVENT_INVALID'],
  ['no event', 'bot', 'a.b', 'EVENT_INVALID'],
])('refuses %s, and sends nothing', async (_, slug, event, code) => {
  const { hookward, receiver, register } = await startWorld()
  await register()
  await expect(hookward.integrations.send(slug, event as never)).rejects.toMatchObject({ code })
  await hookward.idle()
  expect(receiver.requests).toEqual([])
  expect((await hookward.audit('bot')).map(({ action }) => action)).not.toContain('event.sent')
})

it('asks where, of an integration that is installed in several organisations or in none', async () => {
  const { hookward, receiver, register } = await startWorld()
  await register()
  const event = { topic: 'a.b', data: {} } as const
  await hookward.installations.install({ integration: 'bot', organization: 'umbrella' }, { announce: false })
  await expect(hookward.integrations.send('bot', event)).rejects.toThrow('bot is installed in 2 organisations')
  await hookward.integrations.send('bot', { ...event, organization: 'umbrella' })
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  for (const organization of ['acme', 'umbrella'])
    await hookward.installations.uninstall({ integration: 'bot', organization }, { announce: false })
  await expect(hookward.integrations.send('bot', event)).rejects.toThrow('bot is installed nowhere')
})

it('refuses an installation that is not approved yet', async () => {
  const { hookward, register } = await startWorld()
  await register()
  await hookward.installations.install({ integration: 'bot', organization: 'umbrella', status: 'pending' })
  await expect(
    hookward.integrations.send('bot', { topic: 'a.b', data: {}, organization: 'umbrella' }),
  ).rejects.toMatchObject({ code: 'INSTALLATION_UNKNOWN' })
})
