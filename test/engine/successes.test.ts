import { expect, it } from 'vitest'
import type { Policy } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { aComment, oneDayMs, startWorld } from '../support/world.ts'
import { streak } from '../support/streak-policy.ts'
import { tapped, type Tap } from './tap.ts'
import { aWire } from './wire.ts'

it('counts successes in bulk, and explain shows all of them', async () => {
  const { hookward, store, register } = await world()
  await register()
  await many(3, () => hookward.notifyComment(aComment()))
  await hookward.idle()
  expect(recordsOf(store)).toEqual([])
  expect(successesIn(await hookward.explain('bot'))).toBe(3)
  expect(recordsOf(store)).toHaveLength(1)
})

it('writes what was counted together with the failure that follows', async () => {
  const { hookward, store, receiver, register, comment } = await world()
  await register()
  await many(3, () => hookward.notifyComment(aComment()))
  await hookward.idle()
  receiver.answer(404)
  await comment()
  expect(recordsOf(store)).toHaveLength(1)
  expect(days(await hookward.explain('bot'))).toMatchObject([{ success: 3, error: 1 }])
})

it('never counts two buckets in one signal', async () => {
  const { hookward, store, clock, register, comment } = await world()
  await register()
  await comment()
  clock.advanceBy(oneDayMs)
  await comment()
  expect(recordsOf(store)).toHaveLength(1)
  expect(days(await hookward.explain('bot')).map(({ success }) => success)).toEqual([1, 1])
})

it('never counts successes of two statuses in one signal', async () => {
  const { hookward, register, comment } = await world()
  await register()
  await comment()
  await register({ status: 'published' })
  await comment()
  await comment()
  // The documents' rule judges internal integrations only.
  expect(successesIn(await hookward.explain('bot'))).toBe(1)
})

it('tells each success by itself while it could change the verdict', async () => {
  const { hookward, receiver, store, register, comment } = await world({ policy: streak({ retriesMs: [] }) })
  await register()
  receiver.answer(500, 200)
  await comment()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'degraded' })
  await comment()
  expect(recordsOf(store)).toHaveLength(2)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', incident: null })
})

it('keeps what was counted when the engine is stopped', async () => {
  const { hookward, again, register, comment } = await world()
  await register()
  await comment()
  await comment()
  await hookward.stop()
  expect(successesIn(await (await again()).explain('bot'))).toBe(2)
})

it('keeps what was counted when the engine dies, and counts on', async () => {
  const { store, again, register, comment } = await world()
  await register()
  await comment()
  await comment()
  const next = await again({ store: await store.crash() })
  await next.notifyComment(aComment())
  await next.idle()
  expect(successesIn(await next.explain('bot'))).toBe(3)
})

it('counts what a dead engine had counted before anything else', async () => {
  const { receiver, store, again, register, comment } = await world()
  await register()
  await comment()
  const copy = await store.crash()
  const next = await again({ store: copy })
  receiver.answer(404)
  await next.notifyComment(aComment())
  await next.idle()
  expect(copy.commits()[0]?.record?.context.verdict).toMatchObject({ level: 'healthy' })
  expect(days(await next.explain('bot'))).toMatchObject([{ success: 1, error: 1 }])
})

it('writes what was counted once a thousand have been', async () => {
  const transport = aWire()
  transport.answer(200)
  const { hookward, store, register } = await world({ transport })
  await register()
  await many(1_001, () => hookward.notifyComment(aComment()))
  await hookward.idle()
  expect(recordsOf(store)).toHaveLength(1)
  expect(successesIn(await hookward.explain('bot'))).toBe(1_001)
})

it('keeps what was counted when the rule throws over the signal that follows', async () => {
  const rule = sentry({ windowDays: 2, retriesMs: [] }) as Policy
  let isBroken = false
  const observe: Policy['observe'] = (memory, signal) => {
    if (isBroken && signal.type === 'delivery.failed') throw new Error('a defect of the rule')
    return rule.observe(memory, signal)
  }
  const { hookward, receiver, register, comment } = await world({ policy: { ...rule, observe } })
  await register()
  await comment()
  isBroken = true
  receiver.answer(404)
  await comment()
  isBroken = false
  expect(days(await hookward.explain('bot'))).toMatchObject([{ success: 1, error: 0 }])
})

async function world(options: Parameters<typeof startWorld>[0] = {}) {
  const store = tapped()
  return { store, ...(await startWorld({ store, ...options })) }
}

function many<T>(n: number, call: () => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: n }, call))
}

function recordsOf(store: Tap) {
  return store.commits().flatMap(({ record }) => record ?? [])
}

type Explained = Awaited<ReturnType<Awaited<ReturnType<typeof startWorld>>['hookward']['explain']>>

function days({ evidence }: Explained): readonly { success: number; error: number }[] {
  return evidence.facts.days as unknown as readonly { success: number; error: number }[]
}

function successesIn(explained: Explained): number {
  return days(explained).reduce((sum, { success }) => sum + success, 0)
}
