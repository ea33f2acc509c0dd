import { describe, expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { world, type World, type WorldAnswer } from '../../src/testing.ts'

/** A world in which each event is sent once, and no receiver is ever given up. */
async function aWorld(): Promise<World> {
  const policy = sentry({ windowDays: 14, timeoutsPerDay: 1_000, retriesMs: [], deadlineMs: 5_000 })
  const w = await world({ policy })
  await w.register('bot')
  return w
}

async function emitted(w: World, times: number): Promise<readonly string[]> {
  for (let n = 0; n < times; n += 1) {
    await w.emit()
    await w.run('10m')
  }
  const log = await w.hookward.log('bot')
  return log.map(({ outcome }) => outcome.code).reverse()
}

describe('a receiver', () => {
  it('answers 200 at once until it is told otherwise, and keeps what it got', async () => {
    const w = await aWorld()
    await w.emit({ data: { hello: 'world' } })
    const [request] = w.receiver('bot').requests
    expect(request).toMatchObject({ at: w.clock.now(), url: 'https://bot.world.example/hook', attempt: 1 })
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ data: { hello: 'world' } })
    expect(request?.headers['webhook-id']).toBe(request?.deliveryId)
  })

  it.each<[WorldAnswer, string]>([
    [204, 'HTTP_204'],
    ['hang', 'DEADLINE'],
    ['drop', 'ECONNRESET'],
    ['refuse', 'ECONNREFUSED'],
    ['tls', 'CERT_HAS_EXPIRED'],
    ['dns', 'ENOTFOUND'],
    ['blocked', 'ADDRESS_REFUSED'],
    [{ status: 200, latency: '6s' }, 'DEADLINE'],
    [{ status: 200, slowBody: '6s' }, 'HTTP_200'],
    [({ attempt }) => 500 + attempt, 'HTTP_501'],
  ])('that answers %j ends its request by %s', async (answer, code) => {
    const w = await aWorld()
    w.receiver('bot').answer(answer)
    expect(await emitted(w, 1)).toEqual([code])
  })

  it.each<[WorldAnswer, number]>([
    ['hang', 5_000],
    [{ status: 200, latency: '2s' }, 2_000],
    [{ status: 200, latency: '2s', slowBody: '1s' }, 3_000],
    [{ status: 200, slowBody: '1h' }, 5_000],
    ['refuse', 700],
    [200, 700],
  ])('that answers %j takes its time: %d ms', async (answer, durationMs) => {
    const w = await aWorld()
    w.receiver('bot').latency('700ms')
    w.receiver('bot').answer(answer)
    const at = w.clock.now()
    await w.emit()
    await w.until(() => w.events.length > 0)
    expect(w.clock.now() - at).toBe(durationMs)
    expect(await w.hookward.log('bot')).toMatchObject([{ durationMs }])
  })

  it('never sees what does not reach it', async () => {
    const w = await aWorld()
    for (const trouble of ['refuse', 'tls', 'dns', 'blocked'] as const) {
      w.receiver('bot').answer(trouble)
      await emitted(w, 1)
    }
    expect(w.receiver('bot').requests).toEqual([])
  })

  it('may ask for patience', async () => {
    const w = await world({ policy: 'standard' })
    await w.register('bot')
    w.receiver('bot').answer({ status: 429, retryAfter: '2h' }).times(1)
    const at = w.clock.now()
    await w.emit()
    await w.run('6h')
    const [first, second] = w.receiver('bot').requests
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(7_200_000)
    expect(first?.at).toBe(at)
  })

  it('may be gone', async () => {
    const w = await world({ policy: 'standard' })
    await w.register('bot')
    w.receiver('bot').answer(410)
    await w.emit()
    await w.run('1m')
    w.mailbox.kind('disabled').to('ops@acme.dev').expect(1)
  })

  it('is another one when the URL is', async () => {
    const w = await aWorld()
    await w.register('bot', { url: w.receiver('other').url })
    await emitted(w, 1)
    expect([w.receiver('bot').requests.length, w.receiver('other').requests.length]).toEqual([0, 1])
  })
})

describe('a script', () => {
  it('goes on from part to part by time and by count, and ends in 200', async () => {
    const w = await aWorld()
    w.receiver('bot').answer(500).for('25m').then(404).times(2).then(503).for('15m')
    expect(await emitted(w, 8)).toEqual([500, 500, 500, 404, 404, 503, 200, 200].map((status) => `HTTP_${status}`))
  })

  it('may begin again', async () => {
    const w = await aWorld()
    w.receiver('bot').answer(500).times(1).then(200).times(2).repeat()
    expect(await emitted(w, 5)).toEqual([500, 200, 200, 500, 200].map((status) => `HTTP_${status}`))
  })

  it('flaps', async () => {
    const w = await aWorld()
    w.receiver('bot').flap('20m', 503, 200)
    expect(await emitted(w, 6)).toEqual([503, 503, 200, 200, 503, 503].map((status) => `HTTP_${status}`))
  })

  it('gives way to the next one', async () => {
    const w = await aWorld()
    w.receiver('bot').answer(500).for('1d').then(404)
    w.receiver('bot').answer(200)
    expect(await emitted(w, 1)).toEqual(['HTTP_200'])
  })

  it.each<[string, (w: World) => unknown]>([
    ['a status that is none', (w) => w.receiver('bot').answer(42)],
    ['a trouble that is none', (w) => w.receiver('bot').answer('sulk' as never)],
    ['a part that is none', (w) => w.receiver('bot').answer({ status: 200, delay: '1s' } as never)],
    ['a span that is none', (w) => w.receiver('bot').answer(200).for('a while')],
    ['no time at all', (w) => w.receiver('bot').answer(200).for(0)],
    ['no request at all', (w) => w.receiver('bot').answer(200).times(0)],
    ['a latency that is none', (w) => w.receiver('bot').answer({ status: 200, latency: 'slow' })],
  ])('is refused at once with %s', async (_what, act) => {
    const w = await aWorld()
    expect(() => act(w)).toThrow('OPTION_INVALID')
  })

  it('says so when somebody awaits it', async () => {
    const w = await aWorld()
    const awaited = (async () => {
      await (w.receiver('bot').answer(503).for('1h') as unknown as Promise<void>)
    })()
    await expect(awaited).rejects.toThrow('a script cannot be awaited')
  })

  it('has a name that can stand in a URL', async () => {
    const w = await aWorld()
    expect(() => w.receiver('No Such Name')).toThrow('SLUG_INVALID')
  })
})
