import { expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { aComment, startWorld } from '../support/world.ts'

const policy = sentry()

it.each([500, 502, 503, 504, 599] as const)(
  'retries a %s three times, five minutes apart, and then gives up',
  async (status) => {
    const { hookward, receiver, clock, events, register, comment } = await startWorld({ policy })
    await register()
    receiver.answer(status)
    await comment()
    for (const attempts of [1, 2, 3]) {
      expect(receiver.requests).toHaveLength(attempts)
      clock.advanceBy(299_999)
      await hookward.idle()
      expect(receiver.requests).toHaveLength(attempts)
      clock.advanceBy(1)
      await hookward.idle()
    }
    expect(receiver.requests).toHaveLength(4)
    expect((await hookward.log('bot')).map(({ attempt, became }) => [attempt, became])).toEqual([
      [4, 'dead'],
      [3, 'waiting'],
      [2, 'waiting'],
      [1, 'waiting'],
    ])
    expect(events.map(({ type }) => type)).toEqual([...Array<string>(4).fill('delivery.failed'), 'delivery.dead'])
    clock.advanceBy(10_000_000)
    await hookward.idle()
    expect(receiver.requests).toHaveLength(4)
  },
)

it.each([400, 401, 404, 410, 429, 499] as const)('gives up after one attempt that was answered %s', async (status) => {
  const { hookward, receiver, clock, events, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(status)
  await comment()
  clock.advanceBy(10_000_000)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  expect(events.filter(({ type }) => type === 'delivery.dead')).toHaveLength(1)
  expect(await hookward.log('bot')).toMatchObject([{ responseCode: status, became: 'dead' }])
})

it.each([200, 204, 299, 301, 302, 307] as const)('takes a %s as delivered', async (status) => {
  const { hookward, receiver, clock, events, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer({ status, headers: { location: '/elsewhere' } })
  await comment()
  clock.advanceBy(10_000_000)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  expect(events.map(({ type }) => type)).toEqual(['delivered'])
})

it('repeats a delivery with the same body and key, signed anew', async () => {
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(500, 200)
  await comment()
  clock.advanceBy(300_000)
  await hookward.idle()
  const [first, second] = receiver.requests
  expect(second?.body.equals(first?.body ?? Buffer.of())).toBe(true)
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
  expect(second?.headers['request-id']).not.toBe(first?.headers['request-id'])
  const stamps = [first, second].map((request) => Number(request?.headers['sentry-hook-timestamp']))
  expect(stamps[1]).toBe((stamps[0] ?? 0) + 300)
})

it('goes on with the schedule after a restart', async () => {
  const { hookward, receiver, clock, again, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(500)
  await comment()
  await hookward.stop()
  clock.advanceBy(299_999)
  const next = await again()
  await next.idle()
  expect(receiver.requests).toHaveLength(1)
  clock.advanceBy(1)
  await next.idle()
  expect(receiver.requests).toHaveLength(2)
  expect((await next.log('bot')).map(({ attempt }) => attempt)).toEqual([2, 1])
})

it('makes up after a restart for what fell due meanwhile', async () => {
  const { hookward, receiver, clock, again, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(500, 200)
  await comment()
  await hookward.stop()
  clock.advanceBy(10_000_000)
  const next = await again()
  await next.idle()
  expect(receiver.requests).toHaveLength(2)
})

it('sends what waits while another delivery waits for its retry', async () => {
  const { hookward, receiver, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(500, 200)
  await comment('first')
  await comment('second')
  expect(
    receiver.requests.map(({ body }) => (JSON.parse(body.toString()) as { data: { comment: string } }).data.comment),
  ).toEqual(['first', 'second'])
  expect((await hookward.log('bot')).map(({ became }) => became)).toEqual(['delivered', 'waiting'])
})

it('retries at another URL when that was changed meanwhile', async () => {
  const { hookward, receiver, clock, register } = await startWorld({ policy })
  await register()
  receiver.answer(500, 200)
  await hookward.notifyComment(aComment())
  await hookward.idle()
  await register({ url: `${receiver.url}/moved` })
  clock.advanceBy(300_000)
  await hookward.idle()
  expect(receiver.requests.map(({ path }) => path)).toEqual(['/hook', '/moved'])
})
