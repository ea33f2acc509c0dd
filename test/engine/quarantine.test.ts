import { expect, it } from 'vitest'
import { memoryStore, type Policy, type Recovered, type Store } from '../../src/index.ts'
import { sentry } from '../../src/policy/health/sentry.ts'
import { aComment, aboutHealth, startWorld } from '../support/world.ts'

it('leaves an integration alone over which the policy fails five times within a minute, and no other', async () => {
  const rule = faulty()
  const { hookward, receiver, events, register, comment } = await startWorld({ policy: rule.policy })
  await register()
  await register({ slug: 'other', url: `${receiver.url}/other`, topics: ['issue'] })
  rule.break()
  receiver.answer(404)
  for (let n = 0; n < 6; n += 1) await comment()
  expect(receiver.requests).toHaveLength(5)
  expect(events.filter(({ type }) => type === 'quarantined')).toMatchObject([{ integration: 'bot' }])
  expect(await hookward.explain('bot')).toMatchObject({
    state: 'quarantined',
    evidence: { rule: 'quarantined', summary: 'its policy failed over it 5 times within 60 s' },
    held: { quarantined: 1 },
    wouldChange: 'enabling it by hand, or another start of the engine',
  })
  const { since, evidence } = await hookward.explain('bot')
  expect((await hookward.overview()).integrations[0]).toMatchObject({ since, summary: evidence.summary })
  await hookward.emit({ topic: 'issue.created', organization: 'acme', data: {} })
  await hookward.idle()
  expect(await hookward.explain('other')).toMatchObject({ state: 'degraded' })
})

it('restarts one that fails now and then', async () => {
  const rule = faulty()
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy: rule.policy })
  await register()
  rule.break()
  receiver.answer(404)
  for (let n = 0; n < 8; n += 1) {
    await comment()
    clock.advanceBy(20_000)
  }
  rule.mend()
  await comment()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'degraded' })
})

it('is ended by enabling, which sends what was held, and by no other call', async () => {
  const rule = faulty()
  const { hookward, receiver, register, comment } = await startWorld({ policy: rule.policy })
  await register()
  rule.break()
  receiver.answer(404)
  for (let n = 0; n < 5; n += 1) await comment()
  await comment('held')
  await expect(hookward.integrations.pause('bot')).rejects.toMatchObject({ code: 'INTEGRATION_QUARANTINED' })
  await expect(hookward.integrations.disable('bot')).rejects.toMatchObject({ code: 'INTEGRATION_QUARANTINED' })
  rule.mend()
  receiver.answer(200)
  expect(await hookward.integrations.enable('bot', { by: 'ada', reason: 'mended' })).toMatchObject({ state: 'healthy' })
  await hookward.idle()
  expect(String(receiver.requests.at(-1)?.body)).toContain('held')
  expect(aboutHealth(await hookward.audit('bot'))).toMatchObject([
    { by: 'ada', action: 'integration.released', reason: 'mended' },
    { by: 'system', action: 'integration.quarantined' },
  ])
})

it('ends with the engine, and what it held is sent by the next', async () => {
  const rule = faulty()
  const { hookward, receiver, again, register, comment } = await startWorld({ policy: rule.policy })
  await register()
  rule.break()
  receiver.answer(404)
  for (let n = 0; n < 5; n += 1) await comment()
  await comment('held')
  await hookward.stop()
  rule.mend()
  receiver.answer(200)
  const next = await again()
  await next.idle()
  expect(await next.explain('bot')).toMatchObject({ state: 'healthy', held: {} })
  expect(String(receiver.requests.at(-1)?.body)).toContain('held')
})

it('forgets an integration that is taken away: one registered anew is one never heard of', async () => {
  const rule = faulty()
  const { hookward, receiver, register, comment } = await startWorld({ policy: rule.policy })
  await register()
  rule.break()
  receiver.answer(404)
  for (let n = 0; n < 5; n += 1) await comment()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'quarantined' })
  rule.mend()
  receiver.answer(200)
  await hookward.integrations.remove('bot', { waiting: 'skip' })
  await register()
  await comment()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', held: {} })
})

it('takes in an integration whose record this version cannot read, and starts the others', async () => {
  const store = memoryStore()
  const { hookward, receiver, again, register, comment } = await startWorld({ store, policy: sentry() })
  await register()
  await register({ slug: 'other', url: `${receiver.url}/other` })
  receiver.answer(404)
  await comment()
  await hookward.stop()
  receiver.answer(200)
  const next = await again({ store: withUnknownState(store, 'bot') })
  await next.notifyComment(aComment())
  await next.idle()
  expect(await next.explain('bot')).toMatchObject({ state: 'quarantined', held: { quarantined: 1 } })
  expect(await next.explain('other')).toMatchObject({ state: 'healthy' })
})

function withUnknownState(store: Store, slug: string): Store {
  const strange = (recovered: Recovered): Recovered => ({
    ...recovered,
    records: recovered.records.map((one) => (one.context.integrationId === slug ? { ...one, value: 'asleep' } : one)),
  })
  return { ...bound(store), open: () => store.open().then(strange) }
}

/** A store's methods, free of the object they belong to. */
function bound(store: Store): Store {
  return {
    open: () => store.open(),
    configure: (entry) => store.configure(entry),
    append: (batch) => store.append(batch),
    commit: (change) => store.commit(change),
    pulse: (pulse) => store.pulse(pulse),
    body: (id) => store.body(id),
    log: (query) => store.log(query),
    hours: (id) => store.hours(id),
    transitions: (id) => store.transitions(id),
    audit: (id) => store.audit(id),
    notices: (id) => store.notices(id),
    letters: (id) => store.letters(id),
    close: () => store.close(),
  }
}

/** The documents' rule, but while it is broken it throws over comments; only one integration of these tests hears them. */
function faulty() {
  const sound = sentry({ retriesMs: [] })
  let isBroken = false
  const policy: Policy = {
    ...(sound as unknown as Policy),
    observe: (memory, signal) => {
      if (isBroken && 'topic' in signal && signal.topic.startsWith('comment.'))
        throw new Error('a defect of the policy')
      return (sound as unknown as Policy).observe(memory, signal)
    },
  }
  return { policy, break: () => (isBroken = true), mend: () => (isBroken = false) }
}
