import { expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import type { ReceivedRequest } from '../support/receiver.ts'
import { streak } from '../support/streak-policy.ts'
import { aComment, oneDayMs, startWorld, type World, type WorldOptions } from '../support/world.ts'

const [secondMs, minuteMs] = [1_000, 60_000]
const policy = sentry()

it('keeps dead letters, and shows why and since when, without body and secret', async () => {
  const { hookward, clock, comment } = await withDead('first')
  clock.advanceBy(minuteMs)
  await comment('second')
  const { entries, count } = await hookward.dead('bot')
  expect(count).toBe(2)
  expect(await hookward.explain('bot')).toMatchObject({
    ...{ held: {}, dead: { refused: 2 } },
    sentence: expect.stringContaining('2 dead letters wait for a replay.') as string,
  })
  const [newest, oldest] = entries
  expect(newest).toMatchObject({
    topic: 'comment.created',
    organization: 'acme',
    reason: 'refused',
    since: clock.now(),
    expiresAt: clock.now() + 30 * oneDayMs,
    attempts: 1,
    last: { kind: 'rejected', status: 404, code: 'HTTP_404' },
  })
  expect(oldest?.since).toBe(clock.now() - minuteMs)
  expect(JSON.stringify(entries)).not.toMatch(/second|test-client-secret/)
})

it('says of a delivery that has no attempt left that they are spent', async () => {
  const { hookward } = await withDead('first', { policy: sentry({ retriesMs: [] }) }, 500)
  expect((await hookward.dead('bot')).entries).toMatchObject([{ reason: 'exhausted', attempts: 1 }])
})

it('shows what is held, oldest first, in parts', async () => {
  const { hookward, clock, register, comment } = await startWorld({ policy })
  await register()
  await hookward.integrations.pause('bot')
  for (const text of ['a', 'b', 'c']) {
    await comment(text)
    clock.advanceBy(secondMs)
  }
  const first = await hookward.held('bot', { limit: 2 })
  const second = await hookward.held('bot', { limit: 2, after: String(first.next) })
  const sinces = [...first.entries, ...second.entries].map(({ since }) => clock.now() - since)
  expect(sinces).toEqual([3, 2, 1].map((seconds) => seconds * secondMs))
  expect([first.count, second.count, second.next]).toEqual([3, 3, undefined])
  expect(first.entries[0]).toMatchObject({ reason: 'paused', attempts: 0 })
})

it('sends a dead letter once more, with the same id and body, and says so in the audit', async () => {
  const { hookward, receiver } = await withDead('first')
  receiver.answer(200)
  const result = await hookward.replay('bot', { which: 'dead', by: 'ada', reason: 'mended' })
  expect(result).toEqual({ matched: 1, replayed: 1, skipped: 0 })
  await hookward.idle()
  const [first, second] = receiver.requests
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
  expect(second?.body.equals(first?.body ?? Buffer.of())).toBe(true)
  expect(await hookward.dead('bot')).toEqual({ entries: [], count: 0 })
  expect((await hookward.audit('bot'))[0]).toMatchObject({
    action: 'ledger.replayed',
    by: 'ada',
    reason: 'mended',
    evidence: { facts: { which: 'dead', as: 'same', matched: 1, replayed: 1 } },
  })
})

it('keeps dead letters over a restart, with all they need to be sent', async () => {
  const { hookward, receiver, again } = await withDead('first')
  const before = await hookward.dead('bot')
  await hookward.stop()
  const next = await again()
  expect(await next.dead('bot')).toEqual(before)
  await next.idle()
  expect(receiver.requests).toHaveLength(1)
  receiver.answer(200)
  await next.replay('bot', { which: 'all' })
  await next.idle()
  expect(receiver.requests.map(textOf)).toEqual(['first', 'first'])
})

it('sends no more in a second than it is asked to, also after a restart', async () => {
  const { hookward, receiver, clock, again } = await withDead(['a', 'b', 'c', 'd', 'e'])
  // Those of one second go side by side.
  const sent = () => receiver.requests.slice(5).map(textOf).toSorted()
  receiver.answer(200)
  await hookward.replay('bot', { which: 'dead', perSecond: 2 })
  await hookward.idle()
  expect(sent()).toEqual(['a'])
  clock.advanceBy(secondMs)
  await hookward.idle()
  expect(sent()).toEqual(['a', 'b', 'c'])
  await hookward.stop()
  const next = await again()
  await next.idle()
  expect(receiver.requests).toHaveLength(8)
  clock.advanceBy(secondMs)
  await next.idle()
  expect(sent()).toEqual(['a', 'b', 'c', 'd', 'e'])
})

it('sends only what is asked for, and in a dry run nothing', async () => {
  const { hookward, receiver } = await withDead(['a', 'b', 'c'])
  receiver.answer(200)
  const ids = (await hookward.dead('bot')).entries.map(({ deliveryId }) => deliveryId).slice(0, 2)
  const counts = (replay: Omit<Parameters<typeof hookward.replay>[1], 'which'>) =>
    hookward.replay('bot', { which: 'dead', dryRun: true, ...replay })
  expect(await counts({ topics: ['issue'] })).toEqual({ matched: 0, replayed: 0, skipped: 0 })
  expect(await counts({ topics: ['comment'], limit: 2 })).toEqual({ matched: 3, replayed: 2, skipped: 1 })
  expect(await counts({ from: new Date(0), to: 1 })).toMatchObject({ matched: 0 })
  expect(await counts({ ids })).toMatchObject({ matched: 2 })
  expect(await hookward.replay('bot', { which: 'held' })).toMatchObject({ matched: 0 })
  await hookward.idle()
  expect(receiver.requests).toHaveLength(3)
  expect((await hookward.dead('bot')).count).toBe(3)
})

it('sends nothing to an installation that is gone, and nothing at all while its lane is closed', async () => {
  const { hookward, receiver } = await withDead('first')
  await hookward.integrations.pause('bot')
  await expect(hookward.replay('bot', { which: 'dead' })).rejects.toMatchObject({ code: 'INTEGRATION_CLOSED' })
  await hookward.integrations.resume('bot')
  await hookward.installations.uninstall({ integration: 'bot', organization: 'acme' }, { announce: false })
  expect(await hookward.replay('bot', { which: 'dead' })).toEqual({ matched: 1, replayed: 0, skipped: 1 })
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
})

it.each([
  [{ which: 'some' }],
  [{ which: 'dead', perSecond: 0 }],
  [{ which: 'dead', limit: 10_001 }],
  [{ which: 'dead', from: 2, to: 1 }],
  [{ which: 'dead', ids: [1] }],
  [{ which: 'dead', dryRun: 'no' }],
  [{ which: 'dead', as: 'new' }],
  [{ which: 'dead', when: 'now' }],
])('refuses a replay that makes no sense: %j', async (options) => {
  const { hookward } = await withDead('first')
  await expect(hookward.replay('bot', options as never)).rejects.toMatchObject({ code: 'LEDGER_QUERY_INVALID' })
})

it.each([{ limit: 0 }, { after: 'x' }, { before: 'x' }])('refuses a part that makes no sense: %j', async (options) => {
  const { hookward } = await withDead('first')
  await expect(hookward.held('bot', options as never)).rejects.toMatchObject({ code: 'LEDGER_QUERY_INVALID' })
})

it('sends what was left in the ledger when it is asked to', async () => {
  const { hookward, receiver, register, comment, again } = await startWorld({ policy })
  await register()
  await hookward.integrations.disable('bot')
  await comment('missed')
  await hookward.integrations.enable('bot', { replay: 'none' })
  await hookward.stop()
  const next = await again()
  await next.idle()
  expect((await next.held('bot')).entries).toMatchObject([{ reason: 'left' }])
  expect(await next.replay('bot', { which: 'held' })).toMatchObject({ replayed: 1 })
  await next.idle()
  expect(receiver.requests.map(textOf)).toEqual(['missed'])
})

it('lets a dead letter go after 30 days, and says so in the log and to listeners', async () => {
  const { hookward, clock, events } = await withDead('first')
  clock.advanceBy(30 * oneDayMs - 1)
  await hookward.idle()
  expect((await hookward.dead('bot')).count).toBe(1)
  clock.advanceBy(1)
  await hookward.idle()
  expect((await hookward.dead('bot')).count).toBe(0)
  expect((await hookward.log('bot'))[0]).toMatchObject({ became: 'expired', outcome: { code: 'LEDGER_AGED' } })
  expect(events.at(-1)).toMatchObject({ type: 'delivery.expired', code: 'LEDGER_AGED' })
})

it('takes a tenth of the room at most: the operator is told, and the oldest go first', async () => {
  const { hookward, events, comment } = await withDead('first', { store: memoryStore({ backlogBytesMax: 400_000 }) })
  const { bytes } = (await hookward.dead('bot')).entries[0] ?? { bytes: 0 }
  const room = Math.floor(40_000 / bytes)
  for (let n = 1; n < Math.ceil(32_000 / bytes); n += 1) {
    expect(events.map(({ type }) => type)).not.toContain('ledger.filling')
    await comment(String(n).padStart(5, '0'))
  }
  expect(events).toContainEqual(expect.objectContaining({ type: 'ledger.filling', bytesMax: 40_000 }))
  for (let n = 0; n < room + 3; n += 1) await comment(String(n).padStart(5, '0'))
  expect((await hookward.dead('bot')).count).toBe(room)
  expect(events.filter(({ type }) => type === 'ledger.filling')).toHaveLength(1)
  const expired = (await hookward.log('bot')).filter(({ became }) => became === 'expired')
  expect(expired.length).toBeGreaterThan(3)
  expect(expired[0]).toMatchObject({ outcome: { code: 'LEDGER_FULL' } })
})

it('never refuses another integration, however many ledgers are full', async () => {
  const { hookward, receiver, register } = await startWorld({
    policy,
    store: memoryStore({ backlogBytesMax: 200_000 }),
  })
  for (let n = 0; n < 12; n += 1) {
    await register({ slug: `bot-${n}` })
    await hookward.integrations.pause(`bot-${n}`)
  }
  for (let n = 0; n < 20; n += 1) await hookward.notifyComment(aComment(String(n))).then(() => hookward.idle())
  const counts = await Promise.all([...Array(12).keys()].map((n) => hookward.held(`bot-${n}`)))
  const bytes = counts.flatMap(({ entries }) => entries.map((one) => one.bytes)).reduce((sum, one) => sum + one, 0)
  expect(bytes).toBeLessThanOrEqual(100_000)
  expect(receiver.requests).toEqual([])
})

it('probes with a dead letter, newest first, when nothing is held; it stays one until it arrives', async () => {
  const dying = streak({ retriesMs: [] })
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy: dying })
  await register()
  receiver.answer(500)
  await comment('old')
  clock.advanceBy(secondMs)
  await comment('new')
  expect(await hookward.explain('bot')).toMatchObject({ state: 'broken', held: {} })
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect((await hookward.dead('bot')).entries.map(({ since }) => clock.now() - since)).toEqual([
    minuteMs,
    minuteMs + secondMs,
  ])
  receiver.answer(200)
  clock.advanceBy(2 * minuteMs)
  await hookward.idle()
  expect(receiver.requests.slice(2).map(textOf)).toEqual(['new', 'old'])
  expect((await hookward.explain('bot')).state).toBe('healthy')
  expect((await hookward.dead('bot')).count).toBe(1)
})

/** Comments that died, each of its first attempt. */
async function withDead(texts: string | readonly string[], options: WorldOptions = {}, status = 404): Promise<World> {
  const world = await startWorld({ policy, ...options })
  await world.register()
  world.receiver.answer(status)
  for (const text of [texts].flat()) await world.comment(text)
  return world
}

function textOf({ body }: ReceivedRequest): string {
  return (JSON.parse(body.toString()) as { readonly data: { readonly comment: string } }).data.comment
}
