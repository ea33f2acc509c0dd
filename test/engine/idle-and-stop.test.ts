import { describe, expect, it } from 'vitest'
import { createHookward } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { aComment, anIntegration, startWorld } from '../support/world.ts'
import { tapped } from './tap.ts'
import { aWire } from './wire.ts'

describe('idle', () => {
  it('waits for attempts, writes and letters that are due', async () => {
    const { hookward, receiver, smtp, register } = await startWorld({
      policy: sentry({ windowDays: 1, retriesMs: [] }),
    })
    await register()
    receiver.answer(404)
    await hookward.notifyComment(aComment())
    await hookward.idle()
    expect(smtp.mails).toHaveLength(2)
  })

  it('does not wait for retries of later and for what is held', async () => {
    const { hookward, receiver, register, comment } = await startWorld({ policy: sentry() })
    await register()
    receiver.answer(500)
    await comment()
    await hookward.integrations.pause('bot')
    await hookward.idle({ timeoutMs: 5_000 })
    expect((await hookward.explain('bot')).held).toEqual({ paused: 1 })
  })

  it('gives up after timeoutMs, naming it', async () => {
    const { hookward, receiver, register } = await startWorld({ policy: sentry({ deadlineMs: 60_000 }) })
    await register()
    receiver.answer('hang')
    await hookward.notifyComment(aComment())
    const idle = hookward.idle({ timeoutMs: 10 })
    await expect(idle).rejects.toMatchObject({
      code: 'IDLE_TIMEOUT',
      message: expect.stringContaining('10 ms') as string,
    })
    receiver.release()
    await hookward.idle()
  })

  it.each([{ timeoutMs: -1 }, { timeoutMs: NaN }, { timeoutMs: '5' }, { timeout: 5 }, null])(
    'refuses %j',
    async (options) => {
      const { hookward } = await startWorld()
      await expect(hookward.idle(options as never)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    },
  )
})

describe('stop', () => {
  it('lets what is under way end, and writes it', async () => {
    const { hookward, receiver, again, register } = await startWorld()
    await register()
    receiver.answer('hang')
    await hookward.notifyComment(aComment())
    await receiver.received(1)
    const stopped = hookward.stop()
    receiver.release()
    await stopped
    const next = await again()
    expect(await next.log('bot')).toMatchObject([{ became: 'delivered' }])
    await next.idle()
    expect(receiver.requests).toHaveLength(1)
  })

  it('starts nothing that stands in line', async () => {
    const { hookward, receiver, again, register } = await startWorld()
    await register()
    receiver.answer('hang')
    await Promise.all(Array.from({ length: 9 }, () => hookward.notifyComment(aComment())))
    await receiver.received(4)
    const stopped = hookward.stop()
    receiver.answer(200)
    receiver.release()
    await stopped
    expect(receiver.requests).toHaveLength(4)
    await (await again()).idle()
    expect(receiver.requests).toHaveLength(9)
  })

  it('cuts off what hangs; the next engine repeats it, the same, and no attempt is spent', async () => {
    const { hookward, receiver, clock, again, register } = await startWorld()
    await register()
    receiver.answer('hang', 200)
    await hookward.notifyComment(aComment())
    await receiver.received(1)
    await hookward.stop({ graceMs: 0 })
    const next = await again()
    clock.advanceBy(1_000)
    await next.idle()
    const [first, repeated] = receiver.requests
    expect(repeated?.body).toEqual(first?.body)
    expect(repeated?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
    expect((await next.log('bot')).map(({ attempt, became }) => [attempt, became])).toEqual([
      [1, 'delivered'],
      [1, 'waiting'],
    ])
  })

  it('may be called twice, and while it is under way', async () => {
    const { hookward, register, comment } = await startWorld()
    await register()
    await comment()
    await Promise.all([hookward.stop(), hookward.stop()])
    await hookward.stop({ graceMs: 0 })
  })

  it('refuses every later call', async () => {
    const { hookward, receiver, register } = await startWorld()
    await register()
    await hookward.stop()
    const { integrations, installations } = hookward
    const calls = [
      hookward.notifyComment(aComment()),
      hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: {} }),
      hookward.explain('bot'),
      hookward.log('bot'),
      hookward.audit('bot'),
      integrations.put(anIntegration(receiver.url)),
      integrations.remove('bot'),
      integrations.enable('bot'),
      integrations.disable('bot'),
      integrations.pause('bot'),
      integrations.resume('bot'),
      installations.install({ integration: 'bot', organization: 'acme' }, { announce: false }),
      installations.uninstall({ integration: 'bot', organization: 'acme' }),
    ]
    for (const result of await Promise.allSettled(calls))
      expect(result).toMatchObject({ reason: { code: 'ENGINE_STOPPED' } })
  })

  it('closes every connection, and lets the folder go', async () => {
    const { hookward, receiver, smtp, again, register, comment } = await startWorld({
      policy: sentry({ windowDays: 1, retriesMs: [] }),
    })
    await register()
    receiver.answer(404)
    await comment()
    await hookward.stop()
    await receiver.until(() => receiver.open() === 0)
    expect(smtp.mails).toHaveLength(2)
    await expect(again({ lockWaitMs: 0 })).resolves.toBeDefined()
  })

  it('closes the store even when a part before it fails to close', async () => {
    const store = tapped()
    const transport = { ...aWire(), close: () => Promise.reject(new Error('a defect')) }
    const hookward = await createHookward({ policy: 'sentry', store, transport })
    await expect(hookward.stop()).rejects.toThrow('a defect')
    const next = await createHookward({ policy: 'sentry', store })
    await next.stop()
  })

  it('refuses options it does not know', async () => {
    const { hookward } = await startWorld()
    await expect(hookward.stop({ grace: 5 } as never)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })
})
