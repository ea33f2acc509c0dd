import { describe, expect, it } from 'vitest'
import { world, type World } from '../../src/testing.ts'

/** Two integrations are switched off, one of them with two owners. */
async function aWorld(): Promise<World> {
  const w = await world({ policy: 'sentry' })
  await w.register('ann', { owners: [{ email: 'ada@acme.dev' }, { email: 'ops@acme.dev' }] })
  await w.register('bob')
  for (const slug of ['ann', 'bob']) await w.hookward.integrations.disable(slug)
  await w.run('1s')
  return w
}

describe('a mailbox', () => {
  it('has each mail with its kind, its step and its integration, and finds them by all of these', async () => {
    const { mailbox } = await aWorld()
    expect(mailbox.count).toBe(3)
    expect(mailbox.last).toMatchObject({ to: 'ops@acme.dev', kind: 'disabled', step: 'disabled', integration: 'bob' })
    expect(mailbox.to('ops@acme.dev').count).toBe(2)
    expect(
      mailbox
        .about('ann')
        .to('ops@acme.dev')
        .all.map(({ subject }) => subject),
    ).toEqual(['Action required: operator switched off your ann integration (no reason given)'])
    expect(mailbox.subject(/^Action/).subject('bob').count).toBe(1)
    expect(mailbox.kind('recovered').last).toBeUndefined()
  })

  it('says what is there instead of what is expected, by an error that any runner shows', async () => {
    const { mailbox } = await aWorld()
    mailbox.expect().expect(3).about('bob').expectInOrder('disabled').expect(1)
    const list = '\n  2024-06-01T12:00:00.000Z disabled about bob to ops@acme.dev'
    expect(() => mailbox.about('bob').expect(2)).toThrow(
      new Error(`expected 2 mails about bob, and there is 1:${list}`),
    )
    expect(() => mailbox.about('bob').expectInOrder('warning', 'disabled')).toThrow(
      new Error(`expected mails about bob in the order warning, disabled, and there is 1:${list}`),
    )
    expect(() => mailbox.to('nobody@acme.dev').expect()).toThrow(
      'expected some mails to nobody@acme.dev, and there are 0:',
    )
    expect(() => mailbox.expectInOrder('disabled', 'disabled', 'disabled', 'disabled')).toThrow('and there are 3')
  })

  it('takes nothing while its server is down, and gets it later', async () => {
    const w = await world({ policy: 'sentry' })
    await w.register('bot')
    w.mailbox.server('down')
    await w.hookward.integrations.disable('bot')
    await w.run('10m')
    w.mailbox.expect(0)
    w.mailbox.server('up')
    await w.run('1h')
    w.mailbox.expect(1)
    w.expectWell()
  })

  it('gets none that its server refuses', async () => {
    const w = await world({ policy: 'sentry' })
    await w.register('bot')
    w.mailbox.server('refusing')
    await w.hookward.integrations.disable('bot')
    await w.run('3d')
    w.mailbox.expect(0)
    expect(w.events).toContainEqual(expect.objectContaining({ type: 'notice.failed', error: '550 no such user' }))
  })

  it('gets one again, with the same id, whose server took it and did not say so', async () => {
    const w = await world({ policy: 'sentry' })
    await w.register('bot')
    w.mailbox.server('mute')
    await w.hookward.integrations.disable('bot')
    await w.run('10s')
    w.mailbox.server('up')
    await w.run('2m')
    w.mailbox.expect(2)
    expect(new Set(w.mailbox.all.map(({ messageId }) => messageId)).size).toBe(1)
    w.expectWell()
  })
})
