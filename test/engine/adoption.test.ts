import { expect, it } from 'vitest'
import type { Policy } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { streak } from '../support/streak-policy.ts'
import { aboutHealth, startWorld } from '../support/world.ts'
import { tapped } from './tap.ts'

const first = streak({ retriesMs: [] }) as Policy

it('changes nothing when the rule is the same', async () => {
  const { restarted } = await degraded()
  const { next, store } = await restarted(first)
  expect(store.asked).toEqual([])
  expect(await next.explain('bot')).toMatchObject({ state: 'degraded', policy: { name: 'streak', version: 1 } })
})

it('keeps the memory for other numbers, and says so in the books', async () => {
  const { restarted } = await degraded()
  const { next } = await restarted({ ...first, params: { broken: 3 } })
  expect(aboutHealth(await next.audit('bot'))).toMatchObject([
    { by: 'system', action: 'policy.changed', reason: 'streak has other numbers' },
  ])
  await failOnce(next)
  expect(await next.explain('bot')).toMatchObject({ state: 'broken', evidence: { summary: '2 in a row' } })
})

it('asks the rule to take over the memory of another version', async () => {
  const { restarted } = await degraded()
  const migrate: Policy['migrate'] = (old) => ({ ...(old.memory as object), streak: 3 })
  const { next } = await restarted({ ...first, version: 2, migrate })
  expect(aboutHealth(await next.audit('bot'))).toMatchObject([{ reason: 'streak 1 became streak 2' }])
  await failOnce(next)
  expect(await next.explain('bot')).toMatchObject({ policy: { version: 2 }, evidence: { summary: '4 in a row' } })
})

it.each<[string, Partial<Policy>]>([
  ['does not know', {}],
  ['cannot store what it made of', { migrate: () => ({ n: 1n }) as never }],
  [
    'throws over',
    {
      migrate: () => {
        throw new Error('a defect')
      },
    },
  ],
])('counts anew when the rule %s the old memory; state and incident stay', async (_, wrong) => {
  const { hookward, restarted } = await degraded()
  const { incident, since } = await hookward.explain('bot')
  const { next } = await restarted({ ...first, version: 2, ...wrong })
  expect(await next.explain('bot')).toMatchObject({ state: 'degraded', since, incident })
  expect(aboutHealth(await next.audit('bot'))).toMatchObject([
    { reason: 'streak 1 became streak 2; counting began anew' },
  ])
  await failOnce(next)
  expect(await next.explain('bot')).toMatchObject({ state: 'degraded', evidence: { summary: '1 in a row' } })
})

it('leaves a disabled integration disabled under another rule, and its owners in peace', async () => {
  const { hookward, smtp, store, register, again } = await world()
  await register()
  await hookward.integrations.disable('bot')
  await hookward.idle()
  const next = await again({ store: await store.crash(), policy: sentry() })
  await next.idle()
  expect(await next.explain('bot')).toMatchObject({ state: 'disabled', policy: { name: 'sentry' } })
  expect(smtp.mails).toHaveLength(2)
})

it('tells the new rule of the successes that the old record does not hold, in the same commit', async () => {
  const { restarted, receiver, hookward, comment } = await degraded()
  receiver.answer(200)
  await comment()
  await comment()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
  await comment()
  const { store } = await restarted({ ...first, params: { broken: 3 } })
  expect(store.commits()).toHaveLength(1)
  expect(store.commits()[0]).toMatchObject({ record: { context: { policy: { params: { broken: 3 } } } }, audit: [{}] })
})

it('writes the change once', async () => {
  const { restarted } = await degraded()
  const { next, store } = await restarted({ ...first, version: 2 })
  await next.stop()
  const asked = store.asked.length
  expect(asked).toBe(1)
  const { store: later } = await restarted({ ...first, version: 2 }, store)
  expect(later.asked).toEqual([])
})

async function degraded() {
  const all = await world()
  await all.register()
  all.receiver.answer(500)
  await all.comment()
  const restarted = async (policy: Policy, from = all.store) => {
    const store = await from.crash()
    const next = await all.again({ store, policy })
    await next.idle()
    return { next, store }
  }
  return { ...all, restarted }
}

async function world() {
  const store = tapped()
  return { store, ...(await startWorld({ store, policy: first })) }
}

async function failOnce(hookward: Awaited<ReturnType<typeof startWorld>>['hookward']): Promise<void> {
  await hookward.emit({ topic: 'issue.created', organization: 'acme', data: {} })
  await hookward.idle()
}
