import { describe, expect, it } from 'vitest'
import { aHost, ended, refused, topicsOf } from '../support/host.ts'

const program = 'examples/express/server.ts'
/** Long enough to ask twice. */
const waitingMs = 2_000

describe('The Express example', { timeout: 60_000 }, () => {
  it('sends what a request caused, and says that it is up', async () => {
    const { receiver, start } = await aHost(program)
    const server = await start()
    expect(await server.get('/health')).toEqual({ status: 200, body: { up: true } })
    expect(await server.post('/invoices/42/paid')).toMatchObject({ status: 202, body: { deliveries: 1 } })
    await receiver.received(2)
    expect(topicsOf(receiver)).toEqual(['installation', 'invoice 42'])
    expect(await server.post('/invoices/42/paid')).toMatchObject({ status: 202, body: { duplicate: true } })
    const refusal = await server.post(`/invoices/${'4'.repeat(300)}/paid`)
    expect(refusal).toEqual({ status: 400, body: { code: 'EVENT_INVALID' } })
    const { code, errors } = await server.stop()
    expect([code, errors.match(/^\w+Error: \w+/gm)]).toEqual([0, ['HookwardError: EVENT_INVALID']])
  })

  it('lets a delivery in flight arrive on SIGTERM, and repeats nothing', async () => {
    const { receiver, start } = await aHost(program)
    const first = await start()
    await receiver.received(1)
    receiver.answer('hang')
    await first.post('/invoices/43/paid')
    await receiver.received(2)
    const stopped = first.stop()
    await refused(first)
    receiver.answer(200)
    receiver.release()
    expect(await stopped).toEqual(ended)

    const second = await start()
    expect(await second.post('/invoices/43/paid')).toMatchObject({ body: { duplicate: true } })
    await second.post('/invoices/44/paid')
    await receiver.received(3)
    expect(await second.stop()).toEqual(ended)
    expect(topicsOf(receiver)).toEqual(['installation', 'invoice 43', 'invoice 44'])
  })

  it('says that it is leaving, and serves on until the balancer has looked', async () => {
    const { receiver, start } = await aHost(program)
    const server = await start({ DRAIN_MS: String(waitingMs) })
    const stopped = server.stop()
    while ((await server.get('/health')).status === 200) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await server.get('/health')).toEqual({ status: 503, body: { up: false } })
    expect(await server.post('/invoices/46/paid')).toMatchObject({ status: 202 })
    expect(await stopped).toEqual(ended)
    expect(topicsOf(receiver)).toEqual(['installation', 'invoice 46'])
  })

  it('cuts off what hangs when the grace is over, and sends it again after a restart', async () => {
    const { receiver, start } = await aHost(program)
    const first = await start({ GRACE_MS: '100' })
    await receiver.received(1)
    receiver.answer('hang')
    await first.post('/invoices/45/paid')
    await receiver.received(2)
    expect(await first.stop()).toEqual(ended)

    receiver.answer(200)
    const second = await start()
    await receiver.received(3)
    expect(await second.stop()).toEqual(ended)
    const [, cut, repeated] = receiver.requests
    expect(repeated?.body).toEqual(cut?.body)
    expect(repeated?.headers['idempotency-key']).toBe(cut?.headers['idempotency-key'])
  })

  it('says at boot what is wrong, and exits with 1 before it listens', async () => {
    const { launch } = await aHost(program)
    const second = launch({ RECEIVER_SECRET: 'short' })
    expect(await second.exit).toBe(1)
    expect(second.output()).toContain('SECRET_INVALID')
    expect(second.output()).not.toContain('listening')
  })

  it('is ready at once in a rolling deploy, hands its events over, and takes the folder over from the old process', async () => {
    const { receiver, start } = await aHost(program)
    const first = await start()
    const second = await start()
    expect(await second.get('/health')).toEqual({ status: 200, body: { up: true } })
    expect(await second.post('/invoices/47/paid')).toMatchObject({ status: 202, body: { handedOver: true } })
    await receiver.received(2)
    expect(await first.stop()).toEqual(ended)
    const emitted = async (n: number): Promise<number> => {
      const { body } = await second.post(`/invoices/${n}/paid`)
      return 'handedOver' in (body as object) ? emitted(n + 1) : n
    }
    const last = await emitted(48)
    await receiver.received(last - 45)
    expect(await second.stop()).toEqual(ended)
    const invoices = Array.from({ length: last - 46 }, (_, n) => `invoice ${n + 47}`)
    expect(topicsOf(receiver)).toEqual(['installation', ...invoices])
  })
})
