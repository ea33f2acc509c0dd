import { describe, expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { secret, startWorld, turns, type World } from '../support/world.ts'

const policy = sentry({ windowDays: 2, retriesMs: [60_000, 60_000] })

describe('an integration that wants its events in order', () => {
  it('gets each one after the one before it, also while that waits for its next attempt', async () => {
    const world = await anOrderedWorld({ by: 'integration' })
    world.receiver.answer(503, 200)
    for (const n of [1, 2, 3]) await world.emit(n)
    await world.hookward.idle()
    expect(world.received()).toEqual([1])
    world.clock.advanceBy(60_000)
    await world.hookward.idle()
    expect(world.received()).toEqual([1, 1, 2, 3])
  })

  it('gets the next one when the one before it is given up', async () => {
    const world = await anOrderedWorld({ by: 'integration' })
    world.receiver.answer(({ body }) => (body.includes('"n":1') ? 503 : 200))
    for (const n of [1, 2]) await world.emit(n)
    await world.hookward.idle()
    for (let n = 0; n < 2; n += 1) {
      world.clock.advanceBy(60_000)
      await world.hookward.idle()
    }
    expect(world.received()).toEqual([1, 1, 1, 2])
  })

  it('is held up by one of them for no longer than it allows', async () => {
    const world = await anOrderedWorld({ by: 'integration', blockingMaxMs: 30_000 })
    world.receiver.answer(({ body }) => (body.includes('"n":1') ? 503 : 200))
    for (const n of [1, 2, 3]) await world.emit(n)
    await world.hookward.idle()
    world.clock.advanceBy(29_999)
    await world.hookward.idle()
    expect(world.received()).toEqual([1])
    world.clock.advanceBy(1)
    await world.hookward.idle()
    expect(world.received()).toEqual([1, 2, 3])
    world.clock.advanceBy(60_000)
    await world.hookward.idle()
    expect(world.received()).toEqual([1, 2, 3, 1])
  })

  it('waits anew behind the next one that is held up', async () => {
    const world = await anOrderedWorld({ by: 'integration', blockingMaxMs: 25_000 })
    world.receiver.answer(({ body }) => (body.includes('"n":3') ? 200 : 503))
    for (const n of [1, 2, 3]) await world.emit(n)
    await world.hookward.idle()
    world.clock.advanceBy(25_000)
    await world.hookward.idle()
    expect(world.received()).toEqual([1, 2])
    world.clock.advanceBy(24_999)
    await world.hookward.idle()
    expect(world.received()).toEqual([1, 2])
    world.clock.advanceBy(1)
    await world.hookward.idle()
    expect(world.received()).toEqual([1, 2, 3])
  })

  it('keeps the order over a restart', async () => {
    const world = await anOrderedWorld({ by: 'integration' })
    world.receiver.answer(() => 503)
    for (const n of [1, 2, 3]) await world.emit(n)
    await world.hookward.idle()
    await world.hookward.stop()
    world.receiver.answer(() => 200)
    const again = await world.again()
    await again.idle()
    expect(world.received()).toEqual([1])
    world.clock.advanceBy(60_000)
    await again.idle()
    expect(world.received()).toEqual([1, 1, 2, 3])
  })

  it('is probed with the oldest one, and gets the others after it', async () => {
    const world = await anOrderedWorld({ by: 'integration' })
    await world.hookward.integrations.disable('bot', { reason: 'by hand' })
    for (const n of [1, 2, 3]) await world.emit(n)
    await world.hookward.integrations.enable('bot', { reason: 'again' })
    await world.hookward.idle()
    expect(world.received()).toEqual([1, 2, 3])
  })

  it('is not held up across keys, nor across subjects when no key was given', async () => {
    const world = await anOrderedWorld({ by: 'key' })
    world.receiver.answer(({ body }) => (/"n":(1|3)\b/.test(body.toString()) ? 503 : 200))
    await world.emit(1, { orderKey: 'a' })
    await world.emit(2, { orderKey: 'b' })
    await world.emit(3, {}, 'issue-1')
    await world.emit(4, {}, 'issue-2')
    await world.emit(5)
    await world.emit(6, { orderKey: 'a' })
    await world.emit(7, {}, 'issue-1')
    await world.hookward.idle()
    expect(world.received().toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5])
  })

  it('never has two of one key in flight, and several of different keys', async () => {
    const world = await anOrderedWorld({ by: 'key' })
    world.receiver.answer('hang')
    for (const n of [1, 2, 3, 4]) await world.emit(n, { orderKey: n % 2 === 0 ? 'even' : 'odd' })
    await world.receiver.received(2)
    await turns()
    expect(world.received()).toEqual([1, 2])
    world.receiver.answer(200)
    world.receiver.release()
    await world.hookward.idle()
    expect(world.received()).toEqual([1, 2, 3, 4])
  })

  it('may take the wish back', async () => {
    const world = await anOrderedWorld({ by: 'integration' })
    expect(world.hookward.integrations.get('bot').ordered).toEqual({ by: 'integration', blockingMaxMs: 3_600_000 })
    await world.put(null)
    expect(world.hookward.integrations.get('bot').ordered).toBeUndefined()
    world.receiver.answer(() => 503)
    for (const n of [1, 2]) await world.emit(n)
    await world.hookward.idle()
    expect(world.received()).toEqual([1, 2])
  })
})

type Wish = { readonly by: 'integration' | 'key'; readonly blockingMaxMs?: number } | null

async function anOrderedWorld(ordered: Wish) {
  const world: World = await startWorld({ policy })
  const { hookward, receiver } = world
  const put = (wish: Wish) =>
    hookward.integrations.put({
      slug: 'bot',
      organization: 'acme',
      url: `${receiver.url}/hook`,
      secret,
      topics: ['load'],
      ordered: wish,
    })
  await put(ordered)
  await hookward.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
  const emit = (n: number, options = {}, issue?: string) => {
    const subject = issue === undefined ? {} : { subject: { type: 'issue', id: issue } }
    return hookward.emit({ topic: 'load.made', organization: 'acme', data: { n }, ...subject }, options)
  }
  const received = () =>
    receiver.requests.map(({ body }) => (JSON.parse(body.toString()) as { data: { n: number } }).data.n)
  return { ...world, put, emit, received }
}
