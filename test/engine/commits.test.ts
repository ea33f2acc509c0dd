import { expect, it } from 'vitest'
import type { Change } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { aComment, startWorld } from '../support/world.ts'
import { recordIn, stateOf, tapped, type Tap } from './tap.ts'

/** The first 4xx disables. */
const policy = sentry({ windowDays: 1, retriesMs: [] })

it('writes everything the fatal outcome changed in one commit', async () => {
  const { store, receiver, register, comment } = await world()
  await register()
  receiver.answer(404)
  await comment()
  const [fatal] = commitsIn(store, 'broken.condemned')
  const id = acceptedIds(store)[0]
  expect(fatal?.settled).toMatchObject([{ id, next: { dead: 'refused', attempts: 1 } }])
  expect(fatal?.log).toMatchObject([{ deliveryId: id, attempt: 1, responseCode: 404, became: 'dead' }])
  expect(fatal?.notices).toMatchObject([{ step: 'disabled', status: 'pending', explanation: { state: 'disabled' } }])
  expect(fatal?.audit).toMatchObject([
    { by: 'system', action: 'integration.disabled', evidence: { rule: 'failing-days' } },
  ])
  const incidentId = fatal?.record?.context.incident?.id
  expect(fatal?.transitions).toMatchObject([
    { from: 'healthy.steady', to: 'degraded', signal: 'delivery.failed', incidentId },
    { from: 'degraded', to: 'broken.holding', signal: 'delivery.failed', incidentId },
    { from: 'broken.holding', to: 'broken.condemned', signal: 'delivery.failed', incidentId },
  ])
})

it('enters disabled in a commit of its own, and then expands and settles the letters', async () => {
  const { store, receiver, register, comment } = await world()
  await register()
  receiver.answer(404)
  await comment()
  const [, disabled, expanded, ...settled] = store.commits()
  expect(disabled).toMatchObject({ settled: [], log: [], notices: [], audit: [] })
  expect(disabled?.transitions).toMatchObject([
    { from: 'broken.condemned', to: 'disabled', signal: 'disable.committed' },
  ])
  expect(expanded).toMatchObject({ notices: [{ status: 'expanded' }], letters: [{ tries: 0 }, { tries: 0 }] })
  expect(settled).toMatchObject([
    { notices: [], letters: [{ status: 'sent', tries: 1 }] },
    { notices: [{ status: 'done' }], letters: [{ status: 'sent', tries: 1 }] },
  ])
})

it('writes records in the order of their signals, each one revision further', async () => {
  const { hookward, store, receiver, register } = await world({ policy: sentry({ retriesMs: [] }) })
  await register()
  receiver.answer(404)
  await Promise.all(Array.from({ length: 30 }, () => hookward.notifyComment(aComment())))
  await hookward.idle()
  const records = store.commits().flatMap(({ record }) => record ?? [])
  expect(records.map(({ rev }) => rev)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
  const errorsIn = ({ days }: { days?: unknown }) => (days as { error: number }[])[0]?.error
  expect(records.map(({ context }) => errorsIn(context.verdict.evidence.facts))).toEqual(records.map(({ rev }) => rev))
})

it('writes a success that changes nothing without a record', async () => {
  const { store, clock, register, comment } = await world()
  await register()
  await comment()
  const at = clock.now()
  const folded = { n: 1, firstAt: at, lastAt: at, status: 'internal' }
  expect(store.commits()).toEqual([
    {
      at,
      integrationId: 'bot',
      folded,
      settled: [{ id: acceptedIds(store)[0], next: 'delivered' }],
      log: [expect.objectContaining({ became: 'delivered', responseCode: 200 })],
    },
  ])
})

it('settles and logs what counts for nothing without a word to the chart', async () => {
  const { hookward, store, receiver, register } = await world()
  await register({ topics: ['event_alert'] })
  receiver.answer(404)
  await hookward.emit({ topic: 'event_alert.triggered', organization: 'acme', data: {} })
  await hookward.idle()
  expect(store.commits()).toMatchObject([{ settled: [{ next: { dead: 'refused' } }], log: [{ responseCode: 404 }] }])
  expect(store.commits()[0]).not.toHaveProperty('record')
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
})

it('settles an outcome of before the lane was closed and opened, and never moves the chart with it', async () => {
  const { hookward, store, receiver, register } = await world()
  await register()
  receiver.answer('hang', 404)
  await hookward.notifyComment(aComment('first'))
  await receiver.received(1)
  await hookward.notifyComment(aComment('second'))
  await store.until(recordIn('disabled'))
  await hookward.integrations.enable('bot')
  const records = store.commits().filter(({ record }) => record !== undefined).length
  receiver.release(404)
  await hookward.idle()
  expect(store.commits().at(-1)).toMatchObject({
    settled: [{ next: { dead: 'refused' } }],
    log: [{ responseCode: 404 }],
  })
  expect(store.commits().filter(({ record }) => record !== undefined)).toHaveLength(records)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', incident: null })
})

async function world(options: Parameters<typeof startWorld>[0] = {}) {
  const store = tapped()
  return { store, ...(await startWorld({ policy, store, ...options })) }
}

function commitsIn(store: Tap, state: string): readonly Change[] {
  return store.commits().filter((change) => stateOf(change) === state)
}

function acceptedIds(store: Tap): readonly string[] {
  return store.durable.flatMap((write) =>
    write.kind === 'append' ? write.batch.deliveries.map(({ delivery }) => delivery.id) : [],
  )
}
