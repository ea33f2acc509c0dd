import { expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { aComment, startWorld, type World } from '../support/world.ts'

const policy = sentry({ windowDays: 1 })

it.each(['paused', 'disabled'] as const)(
  'holds what comes while an integration is %s, with the reason',
  async (how) => {
    const { hookward, receiver, register, comment } = await startWorld({ policy })
    await register()
    await stopIt(hookward, how)
    await comment()
    await comment()
    expect(receiver.requests).toEqual([])
    expect(await hookward.explain('bot')).toMatchObject({ state: how, held: { [how]: 2 } })
  },
)

it('holds what was waiting for its retry when the lane is closed', async () => {
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(500)
  await comment()
  await hookward.integrations.pause('bot')
  clock.advanceBy(300_000)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  expect((await hookward.explain('bot')).held).toEqual({ paused: 1 })
})

it('keeps what is held, and why, over a restart', async () => {
  const { hookward, receiver, again, register, comment } = await startWorld({ policy })
  await register()
  await hookward.integrations.pause('bot')
  await comment()
  await hookward.stop()
  const next = await again()
  await next.idle()
  expect(await next.explain('bot')).toMatchObject({ state: 'paused', held: { paused: 1 } })
  await next.integrations.resume('bot')
  await next.idle()
  expect(receiver.requests).toHaveLength(1)
})

it('sends what was missed when it is enabled, oldest first', async () => {
  const { hookward, receiver, register, comment } = await startWorld({ policy: sentry({ inFlightMax: 1 }) })
  await register()
  await hookward.integrations.disable('bot')
  for (const text of ['first', 'second', 'third']) await comment(text)
  await hookward.integrations.enable('bot')
  await hookward.idle()
  expect(receiver.requests.map(textOf)).toEqual(['first', 'second', 'third'])
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', held: {} })
})

it('leaves in the ledger what was missed when it is enabled without replay', async () => {
  const { hookward, receiver, register, comment } = await startWorld({ policy })
  await register()
  await hookward.integrations.disable('bot')
  await comment()
  await hookward.integrations.enable('bot', { replay: 'none' })
  await hookward.idle()
  expect(receiver.requests).toEqual([])
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', held: { left: 1 } })
  await hookward.integrations.pause('bot')
  await hookward.integrations.resume('bot')
  await comment('after')
  expect(receiver.requests.map(textOf)).toEqual(['after'])
})

it('keeps due dates over a pause', async () => {
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(500)
  await comment()
  await hookward.integrations.pause('bot')
  clock.advanceBy(100_000)
  await hookward.integrations.resume('bot')
  await hookward.idle()
  clock.advanceBy(199_999)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  clock.advanceBy(1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(2)
})

it('keeps the due date of an attempt that failed during the pause', async () => {
  const { hookward, receiver, clock, again, register } = await startWorld({ policy })
  await register()
  receiver.answer('hang')
  await hookward.notifyComment(aComment())
  await receiver.received(1)
  await hookward.integrations.pause('bot')
  receiver.answer(500)
  receiver.release(500)
  await hookward.idle()
  expect((await hookward.explain('bot')).held).toEqual({ paused: 1 })
  await hookward.stop()
  const next = await again()
  await next.integrations.resume('bot')
  await next.idle()
  clock.advanceBy(299_999)
  await next.idle()
  expect(receiver.requests).toHaveLength(1)
  clock.advanceBy(1)
  await next.idle()
  expect(receiver.requests).toHaveLength(2)
  expect((await next.log('bot'))[0]).toMatchObject({ attempt: 2 })
})

it('sends at once what fell due during a pause', async () => {
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(500, 200)
  await comment()
  await hookward.integrations.pause('bot')
  clock.advanceBy(1_000_000)
  await hookward.integrations.resume('bot')
  await hookward.idle()
  expect(receiver.requests).toHaveLength(2)
})

it('lets an attempt under way arrive, whatever closes its lane', async () => {
  const { hookward, receiver, events, register } = await startWorld({ policy })
  await register()
  receiver.answer('hang')
  await hookward.notifyComment(aComment())
  await receiver.received(1)
  await hookward.integrations.disable('bot')
  receiver.release()
  await hookward.idle()
  expect(events.map(({ type }) => type)).toContain('delivered')
  expect((await hookward.explain('bot')).held).toEqual({})
})

it('goes back into disabled from a pause, with what is held', async () => {
  const { hookward, receiver, register, comment } = await startWorld({ policy })
  await register()
  await hookward.integrations.disable('bot')
  await hookward.integrations.pause('bot')
  await comment()
  expect(await hookward.integrations.resume('bot')).toMatchObject({ state: 'disabled', held: { disabled: 1 } })
  await hookward.idle()
  expect(receiver.requests).toEqual([])
})

it('does not enable what is paused', async () => {
  const { hookward, register } = await startWorld({ policy })
  await register()
  await hookward.integrations.pause('bot')
  await expect(hookward.integrations.enable('bot')).rejects.toMatchObject({ code: 'INTEGRATION_PAUSED' })
})

async function stopIt({ integrations }: World['hookward'], how: 'paused' | 'disabled'): Promise<void> {
  await (how === 'paused' ? integrations.pause('bot') : integrations.disable('bot'))
}

function textOf({ body }: { readonly body: Buffer }): string {
  return (JSON.parse(body.toString()) as { readonly data: { readonly comment: string } }).data.comment
}
