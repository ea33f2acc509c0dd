import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { aComment, startWorld, until } from '../support/world.ts'

it('gives each installation a delivery of its own, with idempotency keys made from the one seed of the event', async () => {
  const { hookward, receiver, register } = await startWorld()
  await register()
  await register({ slug: 'twin', url: `${receiver.url}/twin` })
  const { eventId, deliveries } = await hookward.notifyComment(aComment())
  await hookward.idle()
  expect(deliveries).toBe(2)
  const keys = receiver.requests.map(({ headers }) => headers['idempotency-key'])
  const uuids = receiver.requests.map(({ body }) => uuidOf(body))
  expect(keys).toEqual(uuids.map((uuid) => keyOf(eventId.replace('evt_', ''), uuid)))
  expect(new Set(uuids)).toEqual(new Set(hookward.installations.list().map(({ uuid }) => uuid)))
  const [ofBot, ofTwin] = [await hookward.log('bot'), await hookward.log('twin')]
  expect([...ofBot, ...ofTwin].map((entry) => entry.eventId)).toEqual([eventId, eventId])
  expect(ofBot[0]?.deliveryId).not.toBe(ofTwin[0]?.deliveryId)
})

it('settles each installation by itself: one that hangs or fails delays no other', async () => {
  const policy = sentry({ deadlineMs: 60_000, retriesMs: [] })
  const { hookward, receiver, register, events } = await startWorld({ policy })
  for (const slug of ['hangs', 'fails', 'works']) await register({ slug, url: `${receiver.url}/${slug}` })
  receiver.answer(({ path }) => (path === '/hangs' ? 'hang' : path === '/fails' ? 404 : 200))
  await hookward.notifyComment(aComment())
  const isTold = (name: string, slug: string) =>
    events.some((event) => event.type === name && 'integration' in event && event.integration === slug)
  await until(() => isTold('delivered', 'works') && isTold('delivery.dead', 'fails'))
  expect(await hookward.log('hangs')).toEqual([])
  receiver.release()
  await hookward.idle()
  expect(await hookward.log('hangs')).toMatchObject([{ became: 'delivered' }])
})

function uuidOf(body: Buffer): string {
  return (JSON.parse(body.toString()) as { readonly installation: { readonly uuid: string } }).installation.uuid
}

/** Spec 5.10, written down once more. */
function keyOf(seed: string, uuid: string): string {
  return createHash('sha256').update(`${seed}:installation:${uuid}`).digest('hex').slice(0, 32)
}
