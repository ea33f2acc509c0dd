import { expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import type { ReceivedRequest } from '../support/receiver.ts'
import { aComment, startWorld, type World, type WorldOptions } from '../support/world.ts'
import { tapped, type Write } from './tap.ts'
import { aWire } from './wire.ts'

const [secondMs, policy] = [1_000, sentry()]
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

it('sends a dead letter as a delivery of its own: another id and key, the same body and event', async () => {
  const { hookward, receiver } = await withDead(['first'])
  receiver.answer(200)
  const fresh = { which: 'dead', as: 'fresh', by: 'ada', reason: 'its data was lost' } as const
  expect(await hookward.replay('bot', fresh)).toEqual({ matched: 1, replayed: 1, skipped: 0 })
  await hookward.idle()
  const [first, second] = receiver.requests
  expect(second?.body.equals(first?.body ?? Buffer.of())).toBe(true)
  for (const name of ['webhook-id', 'idempotency-key']) {
    expect(second?.headers[name]).toMatch(/[0-9a-f]{32}$/)
    expect(second?.headers[name]).not.toBe(first?.headers[name])
  }
  expect(await hookward.dead('bot')).toEqual({ entries: [], count: 0 })
  const [sent, left, failed] = await hookward.log('bot')
  expect(sent).toMatchObject({ deliveryId: second?.headers['webhook-id'], attempt: 1, became: 'delivered' })
  expect(left).toMatchObject({ deliveryId: sent?.replays, became: 'skipped', outcome: { code: 'REPLAYED' } })
  expect(failed).toMatchObject({ deliveryId: sent?.replays, eventId: sent?.eventId, became: 'dead' })
  expect((await hookward.audit('bot'))[0]).toMatchObject({
    ...{ action: 'ledger.replayed', by: 'ada', reason: 'its data was lost' },
    evidence: { facts: { which: 'dead', as: 'fresh', matched: 1, replayed: 1 } },
  })
})

it('sends what was left in the ledger likewise, and dies like any other', async () => {
  const { hookward, receiver, register, comment } = await startWorld({ policy })
  await register({ secret })
  await hookward.integrations.disable('bot')
  await comment('missed')
  await hookward.integrations.enable('bot', { replay: 'none' })
  const [left] = (await hookward.held('bot')).entries
  receiver.answer(404)
  await hookward.replay('bot', { which: 'held', as: 'fresh' })
  await hookward.idle()
  expect((await hookward.held('bot')).count).toBe(0)
  const [dead] = (await hookward.dead('bot')).entries
  expect(dead).toMatchObject({ replays: left?.deliveryId, eventId: left?.eventId, reason: 'refused', attempts: 1 })
  expect(receiver.requests.map((request) => request.headers['webhook-id'])).toEqual([dead?.deliveryId])
})

it('counts in a dry run, and keeps to the filters, the limit and the rate, also over a restart', async () => {
  const { hookward, receiver, clock, again } = await withDead(['a', 'b', 'c', 'd'])
  receiver.answer(200)
  const fresh = { which: 'dead', as: 'fresh', topics: ['comment'], limit: 3, perSecond: 2 } as const
  expect(await hookward.replay('bot', { ...fresh, dryRun: true })).toEqual({ matched: 4, replayed: 3, skipped: 1 })
  expect(await hookward.replay('bot', { ...fresh, topics: ['issue'] })).toMatchObject({ matched: 0 })
  expect((await hookward.dead('bot')).count).toBe(4)
  expect(await hookward.replay('bot', fresh)).toEqual({ matched: 4, replayed: 3, skipped: 1 })
  await hookward.stop()
  const next = await again()
  await next.idle()
  expect(receiver.requests.slice(4).map(textOf)).toEqual(['a'])
  clock.advanceBy(secondMs)
  await next.idle()
  expect(receiver.requests.slice(4).map(textOf).toSorted()).toEqual(['a', 'b', 'c'])
  expect((await next.dead('bot')).count).toBe(1)
})

it('loses nothing to a crash before the dead letter has left: both are there, and the log says so', async () => {
  const store = tapped()
  const { hookward, receiver, again } = await withDead(['first'], { store })
  const [dead] = (await hookward.dead('bot')).entries
  const leaving = store.holdFrom(isReplay)
  const replayed = hookward.replay('bot', { which: 'dead', as: 'fresh' }).catch(() => undefined)
  await leaving
  const second = await store.crash()
  await replayed
  receiver.answer(200)
  const next = await again({ store: second })
  await next.idle()
  expect((await next.dead('bot')).entries).toEqual([dead])
  expect(receiver.requests.map(textOf)).toEqual(['first', 'first'])
  expect((await next.log('bot'))[0]).toMatchObject({ replays: dead?.deliveryId, became: 'delivered' })
})

it('sends once what is replayed twice at the same time', async () => {
  const { hookward, receiver } = await withDead(['first'])
  receiver.answer(200)
  const fresh = { which: 'dead', as: 'fresh' } as const
  const results = await Promise.all([hookward.replay('bot', fresh), hookward.replay('bot', fresh)])
  expect(results.map(({ replayed }) => replayed)).toEqual([1, 0])
  await hookward.idle()
  expect(receiver.requests).toHaveLength(2)
  expect((await hookward.log('bot')).map(({ outcome }) => outcome.code).toSorted()).toEqual([
    'HTTP_200',
    'HTTP_404',
    'NOT_REPLAYED',
    'REPLAYED',
  ])
})

it('copies a thousand at a time, with a line in the audit for each part', async () => {
  const wire = aWire()
  const { hookward } = await withDead([], { store: memoryStore(), transport: wire })
  wire.answer(404)
  await Promise.all(Array.from({ length: 1_001 }, (_, n) => hookward.notifyComment(aComment(String(n)))))
  await hookward.idle()
  wire.answer(200)
  const fresh = { which: 'dead', as: 'fresh', limit: 2_000, perSecond: 1_000 } as const
  expect(await hookward.replay('bot', fresh)).toEqual({ matched: 1_001, replayed: 1_001, skipped: 0 })
  const summaries = (await hookward.audit('bot')).flatMap(({ evidence }) => evidence?.summary ?? [])
  expect(summaries.slice(0, 2).map((text) => text.split(' ').slice(0, 3).join(' '))).toEqual([
    '1 of 1001',
    '1000 of 1001',
  ])
  expect((await hookward.dead('bot')).count).toBe(0)
})

it('gives the copy up when its installation goes while it is written', async () => {
  const store = tapped()
  const { hookward, receiver } = await withDead(['first'], { store })
  const copying = store.holdFrom((write) => write.kind === 'append')
  const replayed = hookward.replay('bot', { which: 'dead', as: 'fresh' })
  await copying
  const gone = hookward.installations.uninstall({ integration: 'bot', organization: 'acme' }, { announce: false })
  store.release()
  expect(await replayed).toEqual({ matched: 1, replayed: 0, skipped: 1 })
  await gone
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  expect((await hookward.dead('bot')).count).toBe(1)
})

it('holds the copy when its lane closes while it is written', async () => {
  const store = tapped()
  const { hookward, receiver } = await withDead(['first'], { store })
  const copying = store.holdFrom((write) => write.kind === 'append')
  const replayed = hookward.replay('bot', { which: 'dead', as: 'fresh' })
  await copying
  const paused = hookward.integrations.pause('bot')
  store.release()
  await Promise.all([replayed, paused])
  expect((await hookward.held('bot')).entries).toMatchObject([{ reason: 'paused' }])
  receiver.answer(200)
  await hookward.integrations.resume('bot')
  await hookward.idle()
  expect(receiver.requests.map(textOf)).toEqual(['first', 'first'])
})

it('leaves in the ledger what the store has no room for', async () => {
  const store = memoryStore({ backlogBytesMax: 40_000 })
  const { hookward, receiver, register } = await withDead(['first'], { store })
  await register({ slug: 'slow', url: `${receiver.url}/slow`, topics: ['invoice'] })
  receiver.answer('hang')
  const fill = () => hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: { text: 'x'.repeat(200) } })
  while (await fill().catch(() => undefined));
  await expect(hookward.replay('bot', { which: 'dead', as: 'fresh' })).rejects.toMatchObject({
    code: 'STORE_BACKLOG_FULL',
  })
  expect((await hookward.dead('bot')).count).toBe(1)
  expect((await hookward.audit('bot'))[0]?.action).not.toBe('ledger.replayed')
})

it('takes no idempotency key of an event away: the same event is a duplicate as before', async () => {
  const { hookward, receiver } = await withDead([])
  const emit = () => hookward.notifyComment(aComment('keyed'), { key: 'comment-1' })
  const { eventId } = await emit()
  await hookward.idle()
  receiver.answer(200)
  await hookward.replay('bot', { which: 'dead', as: 'fresh' })
  expect(await emit()).toMatchObject({ eventId, duplicate: true })
})

function isReplay(write: Write): boolean {
  return write.kind === 'commit' && write.change.audit?.[0]?.action === 'ledger.replayed'
}

/** Comments that died, each of its first attempt. */
async function withDead(texts: readonly string[], options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ policy, ...options })
  await world.register({ secret })
  world.receiver.answer(404)
  for (const text of texts) await world.comment(text)
  return world
}

function textOf({ body }: ReceivedRequest): string {
  return (JSON.parse(body.toString()) as { readonly data: { readonly comment: string } }).data.comment
}
