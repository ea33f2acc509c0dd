import { describe, expect, it } from 'vitest'
import { LargeEvents } from '../../src/engine/large-events.ts'
import type { Hookward, LogFields } from '../../src/index.ts'
import { manualClock } from '../../src/testing.ts'
import { oneDayMs, startWorld } from '../support/world.ts'
import { aWire } from './wire.ts'

describe('an event', () => {
  it('is sent without a word up to 20,000 bytes of body, and above it with a warning', async () => {
    const { hookward, receiver, warnings, emptyBytes } = await worldThatWarns()
    await emit(hookward, 20_000 - emptyBytes)
    expect(warnings).toEqual([])
    await emit(hookward, 20_001 - emptyBytes)
    expect(warnings).toEqual([{ integration: 'bot', topic: 'invoice.paid', bytes: 20_001 }])
    expect(receiver.requests.map(({ body }) => body.length)).toEqual([emptyBytes, 20_000, 20_001])
  })

  it('is warned of once a day for each integration and topic', async () => {
    const { hookward, clock, register, warnings } = await worldThatWarns()
    await register({ slug: 'other', topics: ['invoice'] })
    await emit(hookward, 30_000)
    await emit(hookward, 30_000)
    await emit(hookward, 30_000, 'invoice.sent')
    const names = () => warnings.map(({ integration, topic }) => `${integration} ${topic}`)
    expect(names()).toEqual(['bot invoice.paid', 'other invoice.paid', 'bot invoice.sent', 'other invoice.sent'])
    clock.advanceBy(oneDayMs)
    await emit(hookward, 30_000)
    expect(names().slice(4)).toEqual(['bot invoice.paid', 'other invoice.paid'])
  })

  it('is not warned of when its key was given before', async () => {
    const { hookward, clock, warnings } = await worldThatWarns()
    await emit(hookward, 30_000, 'invoice.paid', 'a')
    clock.advanceBy(oneDayMs - 1)
    await emit(hookward, 30_000, 'invoice.paid', 'a')
    expect(warnings).toHaveLength(1)
  })

  it('is warned of 1,000 times a day at most, whatever the topics', () => {
    const clock = manualClock()
    let warned = 0
    const silent = () => undefined
    const large = new LargeEvents({ clock, logger: { info: silent, warn: () => (warned += 1), error: silent } })
    const see = (n: number) => large.look({ ...aDelivery, topic: `invoice.n${n}` }, Buffer.alloc(20_001))
    for (let n = 0; n < 1_000; n += 1) see(n)
    expect(warned).toBe(1_000)
    see(1_000)
    expect(warned).toBe(1_000)
    clock.advanceBy(oneDayMs)
    see(1_000)
    expect(warned).toBe(1_001)
  })
})

describe('the bodies of a failed attempt', () => {
  it.each([
    [0, ''],
    [16_384, 'y'.repeat(16_384)],
  ])('are cut at %i characters where that is asked for', async (logBodyCharsMax, kept) => {
    const { hookward, receiver, register, comment } = await startWorld({ logBodyCharsMax })
    await register({ headers: { 'x-token': 'a-secret-value' } })
    receiver.answer({ status: 500, body: 'y'.repeat(16_385) })
    await comment('x'.repeat(20_000))
    const [entry] = await hookward.log('bot')
    expect(entry?.responseBody).toBe(kept)
    expect(entry?.requestBody).toBe(receiver.requests[0]?.body.toString().slice(0, logBodyCharsMax))
    expect(entry?.requestHeaders?.['x-token']).toBe('*'.repeat(64))
  })

  it('are whole up to that many characters', async () => {
    const { hookward, receiver, register, comment } = await startWorld({ logBodyCharsMax: 16_384 })
    await register()
    receiver.answer({ status: 500, body: '東'.repeat(16_384) })
    await comment('x'.repeat(2_000))
    const [entry] = await hookward.log('bot')
    expect(entry?.responseBody).toBe('東'.repeat(16_384))
    expect(entry?.requestBody).toBe(receiver.requests[0]?.body.toString())
  })

  it.each([-1, 1.5, 16_385])('cannot be asked to have %d characters', async (logBodyCharsMax) => {
    const refusal = { code: 'OPTION_INVALID', message: expect.stringContaining('logBodyCharsMax') as string }
    await expect(startWorld({ logBodyCharsMax })).rejects.toMatchObject(refusal)
  })

  it('are cut whatever a transport of the host gives', async () => {
    const wire = aWire()
    wire.answer(500)
    const attempt: typeof wire.attempt = async (request) => ({ ...(await wire.attempt(request)), body: 'y'.repeat(9) })
    const { hookward, register, comment } = await startWorld({ transport: { ...wire, attempt }, logBodyCharsMax: 8 })
    await register()
    await comment()
    expect(await hookward.log('bot')).toMatchObject([{ responseBody: 'y'.repeat(8), requestBody: '{"action' }])
  })
})

/** With everything the logger was warned of, and the length of a body that holds no text. */
async function worldThatWarns() {
  const warnings: LogFields[] = []
  const silent = () => undefined
  const logger = { info: silent, error: silent, warn: (fields: LogFields) => warnings.push(fields) }
  const world = await startWorld({ logger })
  await world.register({ topics: ['invoice'] })
  await emit(world.hookward, 0)
  return { ...world, warnings, emptyBytes: world.receiver.requests[0]?.body.length ?? 0 }
}

async function emit(hookward: Hookward, chars: number, topic = 'invoice.paid', key?: string) {
  const event = { topic, organization: 'acme', data: { text: 'x'.repeat(chars) } }
  await hookward.emit(event, key === undefined ? {} : { key })
  await hookward.idle()
}

const aDelivery = {
  id: 'dlv_1',
  eventId: 'evt_1',
  integrationId: 'bot',
  installationId: 'inst-1',
  topic: 'invoice.paid',
  organization: 'acme',
  acceptedAt: 0,
}
