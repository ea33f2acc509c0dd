import { expect, it } from 'vitest'
import { startReceiver } from '../support/receiver.ts'
import { aComment, startWorld, type World } from '../support/world.ts'

const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000]

it.each([
  ['429 and seconds', 429, () => '900'],
  ['503 and seconds', 503, () => '900'],
  ['429 and a date', 429, (now: number) => new Date(now + 900 * secondMs).toUTCString()],
])('rests the whole lane until the moment asked for, and costs no attempt: %s', async (_, status, header) => {
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy: 'standard' })
  await register()
  receiver.answer({ status, headers: { 'retry-after': header(clock.now()) } }, 200)
  await comment('first')
  await comment('second')
  expect(receiver.requests).toHaveLength(1)
  clock.advanceBy(15 * minuteMs - 1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  clock.advanceBy(1)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(3)
  expect((await hookward.log('bot')).map(({ attempt, became }) => [attempt, became])).toEqual(
    expect.arrayContaining([
      [2, 'delivered'],
      [1, 'delivered'],
      [1, 'waiting'],
    ]),
  )
})

it('rests on over a restart', async () => {
  const { hookward, receiver, clock, again, register, comment } = await startWorld({ policy: 'standard' })
  await register()
  receiver.answer({ status: 429, headers: { 'retry-after': '900' } }, 200)
  await comment('first')
  await hookward.stop()
  const next = await again()
  await next.notifyComment(aComment('second'))
  clock.advanceBy(15 * minuteMs - 1)
  await next.idle()
  expect(receiver.requests).toHaveLength(1)
  clock.advanceBy(1)
  await next.idle()
  expect(receiver.requests).toHaveLength(3)
})

it('lets every other integration go on meanwhile', async () => {
  const { hookward, receiver, register, comment } = await startWorld({ policy: 'standard' })
  const other = await startReceiver()
  await register()
  await register({ slug: 'other', url: `${other.url}/hook` })
  receiver.answer({ status: 429, headers: { 'retry-after': '900' } })
  for (let n = 0; n < 3; n += 1) await comment()
  expect([receiver.requests.length, other.requests.length]).toEqual([1, 3])
  await hookward.stop()
  await other.close()
})

it('waits longer each time while nothing succeeds, whatever is asked for', async () => {
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy: 'standard' })
  await register()
  receiver.answer({ status: 429, headers: { 'retry-after': '1' } })
  await comment()
  for (const [n, minutes] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
    clock.advanceBy(minutes * minuteMs - 1)
    await hookward.idle()
    expect(receiver.requests).toHaveLength(n + 1)
    clock.advanceBy(1)
    await hookward.idle()
    expect(receiver.requests).toHaveLength(n + 2)
  }
  expect((await hookward.log('bot')).map(({ attempt }) => attempt)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1])
})

it('does not have another receiver wait for what the one before asked', async () => {
  const { hookward, receiver, register } = await startWorld({ policy: 'standard' })
  await register()
  receiver.answer({ status: 429, headers: { 'retry-after': '86400' } }, 200)
  await hookward.notifyComment(aComment('first'))
  await hookward.idle()
  await register({ url: `${receiver.url}/moved` })
  await hookward.notifyComment(aComment('second'))
  await hookward.idle()
  expect(receiver.requests.map(({ path }) => path)).toEqual(['/hook', '/moved'])
})

it('counts being throttled for ever as failing: it ends broken', async () => {
  const world = await startWorld({ policy: 'standard' })
  await world.register()
  world.receiver.answer({ status: 503, headers: { 'retry-after': '600' } })
  await world.comment()
  await pass(world, 23 * hourMs, 10 * minuteMs)
  expect((await world.hookward.explain('bot')).state).not.toBe('broken')
  await pass(world, 49 * hourMs, 10 * minuteMs)
  expect((await world.hookward.explain('bot')).state).toBe('broken')
})

/** Moves the clock on in steps, so that everything that falls due in between is done in its turn. */
async function pass({ hookward, clock }: World, spanMs: number, stepMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < spanMs; passedMs += stepMs) {
    clock.advanceBy(stepMs)
    await hookward.idle()
  }
}
