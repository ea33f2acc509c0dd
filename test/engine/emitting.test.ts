import { describe, expect, it } from 'vitest'
import { aComment, anIntegration, oneDayMs, startWorld } from '../support/world.ts'
import { tapped } from './tap.ts'

const invoice = { topic: 'invoice.paid', organization: 'acme', data: { amount: 42 } }

describe('emit', () => {
  it('answers how many installations an event goes to', async () => {
    const { hookward, register, receiver } = await world()
    await register({ topics: ['invoice'] })
    await register({ slug: 'second', topics: ['invoice.paid'], url: `${receiver.url}/second` })
    await register({ slug: 'third', topics: ['issue'], url: `${receiver.url}/third` })
    const result = await hookward.emit(invoice)
    expect(result).toEqual({
      eventId: expect.stringMatching(/^evt_[0-9a-f]{32}$/) as string,
      deliveries: 2,
      filtered: 1,
      duplicate: false,
    })
    await hookward.idle()
    expect(receiver.requests.map(({ path }) => path).sort()).toEqual(['/hook', '/second'])
  })

  it('writes nothing for an event that nobody hears', async () => {
    const { hookward, store } = await world()
    expect(await hookward.emit(invoice)).toMatchObject({ deliveries: 0, duplicate: false })
    expect(store.asked).toEqual([])
  })

  it('freezes the body: what the host changes afterwards is not sent', async () => {
    const { hookward, receiver, register } = await world()
    await register({ topics: ['invoice'] })
    const data = { amount: 42 }
    const emitted = hookward.emit({ ...invoice, data })
    data.amount = 0
    await emitted
    await hookward.idle()
    expect(JSON.parse(receiver.requests[0]?.body.toString() ?? '')).toMatchObject({ data: { amount: 42 } })
  })

  it('names the integration that acts for itself, and refuses one nobody knows', async () => {
    const { hookward, receiver, register } = await world()
    await register({ topics: ['invoice'] })
    await hookward.emit({ ...invoice, actor: { type: 'integration', integration: 'bot' } })
    await hookward.idle()
    const { uuid } = hookward.integrations.get('bot')
    expect(JSON.parse(receiver.requests[0]?.body.toString() ?? '')).toMatchObject({
      actor: { type: 'application', id: uuid },
    })
    const unknown = hookward.emit({ ...invoice, actor: { type: 'integration', integration: 'nobody' } })
    await expect(unknown).rejects.toMatchObject({ code: 'INTEGRATION_UNKNOWN' })
  })
})

describe('a key', () => {
  it('is accepted once within a day, with the answer of the first call', async () => {
    const { hookward, receiver, clock, register } = await world()
    await register({ topics: ['invoice'] })
    const first = await hookward.emit(invoice, { key: 'invoice-42' })
    clock.advanceBy(oneDayMs - 1)
    expect(await hookward.emit(invoice, { key: 'invoice-42' })).toEqual({ ...first, duplicate: true })
    await hookward.idle()
    expect(receiver.requests).toHaveLength(1)
    clock.advanceBy(1)
    expect(await hookward.emit(invoice, { key: 'invoice-42' })).toMatchObject({ deliveries: 1, duplicate: false })
  })

  it('is known after a restart, and when two calls are made at once', async () => {
    const { hookward, receiver, again, register } = await world()
    await register({ topics: ['invoice'] })
    const both = await Promise.all([hookward.emit(invoice, { key: 'k' }), hookward.emit(invoice, { key: 'k' })])
    expect(both.map(({ duplicate }) => duplicate)).toEqual([false, true])
    await hookward.stop()
    const next = await again()
    expect(await next.emit(invoice, { key: 'k' })).toEqual(both[1])
    await next.idle()
    expect(receiver.requests).toHaveLength(1)
  })

  it('is refused for another event', async () => {
    const { hookward, register } = await world()
    await register({ topics: ['invoice'] })
    await hookward.emit(invoice, { key: 'k' })
    const other = hookward.emit({ ...invoice, data: { amount: 43 } }, { key: 'k' })
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
    expect(await hookward.emit(invoice, { key: 'k' })).toMatchObject({ duplicate: true })
  })

  it('works for both flows of the documents', async () => {
    const { hookward, register } = await world()
    await register()
    await hookward.notifyComment(aComment(), { key: 'k' })
    expect(await hookward.notifyComment(aComment(), { key: 'k' })).toMatchObject({ deliveries: 1, duplicate: true })
  })
})

describe('what cannot be sent', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic

  it.each<[string, object, string]>([
    ['a malformed topic', { topic: 'invoice' }, 'TOPIC_INVALID'],
    ['an unknown action', { topic: 'issue.exploded' }, 'TOPIC_UNKNOWN'],
    ['a lifecycle topic', { topic: 'installation.created' }, 'TOPIC_RESERVED'],
    ['no organisation', { organization: undefined }, 'ORGANIZATION_INVALID'],
    ['data that is a list', { data: [] }, 'EVENT_INVALID'],
    ['data with a function', { data: { fn: () => 1 } }, 'EVENT_NOT_JSON'],
    ['data with a bigint', { data: { n: 1n } }, 'EVENT_NOT_JSON'],
    ['cyclic data', { data: cyclic }, 'EVENT_NOT_JSON'],
    ['more than 256 KiB', { data: { text: 'x'.repeat(262_144) } }, 'EVENT_TOO_LARGE'],
    ['an unknown field', { when: 'now' }, 'EVENT_INVALID'],
    ['a malformed actor', { actor: { type: 'robot' } }, 'EVENT_INVALID'],
    ['a malformed subject', { subject: { type: 'invoice' } }, 'EVENT_INVALID'],
  ])('is refused before anything is written or sent: %s', async (_, wrong, code) => {
    const { hookward, store, receiver, register } = await world()
    await register({ topics: ['invoice'] })
    const written = store.asked.length
    for (const options of [{}, { key: 'k' }])
      await expect(hookward.emit({ ...invoice, ...wrong }, options)).rejects.toMatchObject({ code })
    await hookward.idle()
    expect([store.asked.length, receiver.requests]).toEqual([written, []])
  })

  it.each(['EVENT_NOT_JSON', 'EVENT_TOO_LARGE'])('is refused with %s even when nobody hears it', async (code) => {
    const { hookward } = await world()
    const data = code === 'EVENT_TOO_LARGE' ? { text: 'x'.repeat(262_144) } : { fn: () => 1 }
    await expect(hookward.emit({ ...invoice, data } as never)).rejects.toMatchObject({ code })
  })

  it.each<[string, unknown]>([
    ['an empty key', { key: '' }],
    ['a key that is too long', { key: 'x'.repeat(257) }],
    ['a key that is no text', { key: 42 }],
    ['an unknown option', { id: 'k' }],
    ['options that are null', null],
  ])('is refused with %s', async (_, options) => {
    const { hookward } = await world()
    await expect(hookward.emit(invoice, options as never)).rejects.toMatchObject({ code: 'EVENT_INVALID' })
  })

  it.each([undefined, null, 42, 'invoice.paid'])('is refused when it is no event at all: %j', async (input) => {
    const { hookward } = await world()
    for (const call of ['emit', 'notifyComment', 'notifyWorkflow'] as const)
      await expect(hookward[call](input as never)).rejects.toMatchObject({ code: 'EVENT_INVALID' })
  })

  it('leaves what was accepted before alone', async () => {
    const { hookward, receiver, register } = await world()
    await register({ topics: ['invoice'] })
    receiver.answer('hang')
    await hookward.emit(invoice)
    await receiver.received(1)
    await expect(hookward.emit({ ...invoice, data: { fn: () => 1 } as never })).rejects.toThrow()
    receiver.release()
    await hookward.idle()
    expect(await hookward.log('bot')).toMatchObject([{ became: 'delivered' }])
  })
})

it('keeps e-mail addresses out of bodies where the organisation asks for that', async () => {
  const { hookward, receiver, register } = await startWorld({
    enhancedPrivacy: (organization) => organization === 'acme',
  })
  await register()
  await hookward.installations.install({ integration: 'bot', organization: 'open' }, { announce: false })
  for (const organization of ['acme', 'open'])
    await hookward.notifyWorkflow({
      ...{ organization, action: 'assigned', issue: { id: '1', project: { slug: 'web' } } },
      data: { assignee: { type: 'user', name: 'Ada', id: 42, email: 'ada@acme.example' } },
    })
  await hookward.idle()
  expect(receiver.requests.map(({ body }) => body.toString().includes('ada@acme.example')).sort()).toEqual([
    false,
    true,
  ])
})

it('is told where an integration is not installed', async () => {
  const { hookward, receiver } = await world()
  await hookward.integrations.put(anIntegration(receiver.url))
  expect(await hookward.notifyComment(aComment())).toMatchObject({ deliveries: 0 })
})

async function world() {
  const store = tapped()
  return { store, ...(await startWorld({ store })) }
}
