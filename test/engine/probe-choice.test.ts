import { expect, it } from 'vitest'
import { streak } from '../support/streak-policy.ts'
import { aComment, startWorld, turns, until, type World, type WorldOptions } from '../support/world.ts'
import { recordIn, tapped } from './tap.ts'

const minuteMs = 60_000
const policy = streak({ retriesMs: [100_000] })

it('makes the next accepted delivery the probe when nothing is held', async () => {
  const { hookward, receiver, clock } = await broken()
  await giveUpWhatIsHeld(hookward)
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.probing', held: {} })
  receiver.answer('hang')
  await Promise.all([hookward.notifyComment(aComment('probe')), hookward.notifyComment(aComment('held'))])
  await receiver.received(3)
  expect((await hookward.explain('bot')).held).toEqual({ broken: 1 })
  receiver.release()
  await hookward.idle()
  expect(receiver.requests).toHaveLength(3)
})

it('probes with the next one when the probe was given up before its turn came', async () => {
  const { hookward, receiver, store, clock } = await broken()
  await hookward.installations.install({ integration: 'bot', organization: 'other' }, { announce: false })
  await hookward.notifyComment({ ...aComment('from the other'), organization: 'other' })
  const probing = store.holdFrom(recordIn('broken.probing'))
  clock.advanceBy(minuteMs)
  await probing
  const uninstalled = hookward.installations.uninstall(
    { integration: 'bot', organization: 'acme' },
    { announce: false },
  )
  store.release()
  await uninstalled
  await hookward.idle()
  expect(receiver.requests.slice(2).map(textOf)).toEqual(['from the other'])
})

it('probes with what was under way when the lane closed, once that has failed', async () => {
  const { hookward, receiver, store, clock, events, register } = await aWorld()
  await register()
  await hookward.installations.install({ integration: 'bot', organization: 'other' }, { announce: false })
  receiver.answer('hang', 500)
  await hookward.notifyComment({ ...aComment('under way'), organization: 'other' })
  await receiver.received(1)
  await Promise.all([hookward.notifyComment(aComment()), hookward.notifyComment(aComment())])
  await until(() => events.some(({ type }) => type === 'broken'))
  await hookward.installations.uninstall({ integration: 'bot', organization: 'acme' }, { announce: false })
  const probing = store.until(recordIn('broken.probing'))
  clock.advanceBy(minuteMs)
  await probing
  receiver.release(500)
  await hookward.idle()
  expect(receiver.requests.slice(3).map(textOf)).toEqual(['under way'])
})

it('probes with the next one when the probe was given up while it stood in line', async () => {
  const { hookward, receiver, store, clock, events, register } = await aWorld()
  await register()
  for (const organization of ['slow', 'other'])
    await hookward.installations.install({ integration: 'bot', organization }, { announce: false })
  receiver.answer('hang', 500)
  await hookward.notifyComment({ ...aComment('slow'), organization: 'slow' })
  await receiver.received(1)
  await Promise.all([hookward.notifyComment(aComment()), hookward.notifyComment(aComment())])
  await until(() => events.some(({ type }) => type === 'broken'))
  await hookward.notifyComment({ ...aComment('from the other'), organization: 'other' })
  const probing = store.until(recordIn('broken.probing'))
  clock.advanceBy(minuteMs)
  await probing
  await turns()
  await hookward.installations.uninstall({ integration: 'bot', organization: 'acme' }, { announce: false })
  receiver.release(200)
  await hookward.idle()
  expect(receiver.requests.slice(3).map(textOf)).toEqual(['from the other'])
})

it('counts a probe whatever its topic, also when the receiver asks for no more', async () => {
  const { hookward, receiver, clock, register } = await aWorld({ policy: { ...policy, ignoreTopics: ['comment'] } })
  await register()
  receiver.answer(500)
  await hookward.installations.install({ integration: 'bot', organization: 'other' }, { announce: false })
  for (let n = 0; n < 2; n += 1)
    await hookward.emit({ topic: 'issue.created', organization: 'other', data: {} }).then(() => hookward.idle())
  await hookward.installations.uninstall({ integration: 'bot', organization: 'other' }, { announce: false })
  await hookward.notifyComment(aComment())
  receiver.answer(410)
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled', evidence: { rule: 'receiver.disable' } })
})

/** Two deliveries failed, and both wait in the ledger. */
async function broken() {
  const world = await aWorld()
  await world.register()
  world.receiver.answer(500)
  await world.comment('first')
  await world.comment('second')
  return world
}

async function aWorld(options: WorldOptions = {}) {
  const store = tapped()
  return { store, ...(await startWorld({ policy, store, ...options })) }
}

async function giveUpWhatIsHeld({ installations }: World['hookward']): Promise<void> {
  await installations.uninstall({ integration: 'bot', organization: 'acme' }, { announce: false })
  await installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
}

function textOf({ body }: { readonly body: Buffer }): string {
  return (JSON.parse(body.toString()) as { readonly data: { readonly comment: string } }).data.comment
}
