import { expect, it } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { readOptions } from '../../src/engine/options.ts'
import { memoryStore } from '../../src/index.ts'
import { manualClock } from '../../src/testing.ts'
import { streak } from '../support/streak-policy.ts'
import { startWorld } from '../support/world.ts'
import { aWire } from './wire.ts'

const minuteMs = 60_000

it('sleeps after five minutes without a signal, and not before', async () => {
  const { engine, clock, emit } = await anEngine()
  await emit(404)
  expect(engine.registry.liveCount).toBe(1)
  clock.advanceBy(5 * minuteMs - 1)
  await engine.idle()
  expect(engine.registry.liveCount).toBe(1)
  clock.advanceBy(1)
  await engine.idle()
  expect(engine.registry.liveCount).toBe(0)
})

it('stays awake while it hears something, and sleeps afterwards', async () => {
  const { engine, clock, emit } = await anEngine()
  await emit(404)
  clock.advanceBy(4 * minuteMs)
  await emit(404)
  clock.advanceBy(minuteMs)
  await engine.idle()
  expect(engine.registry.liveCount).toBe(1)
  clock.advanceBy(5 * minuteMs)
  await engine.idle()
  expect(engine.registry.liveCount).toBe(0)
})

it('sleeps too when what woke it changed nothing', async () => {
  const { engine, clock } = await anEngine()
  await engine.registry.send('bot', { type: 'admin.resume', at: clock.now(), by: 'ada', reason: 'x' })
  expect(engine.registry.liveCount).toBe(1)
  clock.advanceBy(5 * minuteMs)
  await engine.idle()
  expect(engine.registry.liveCount).toBe(0)
})

it('writes what was counted in bulk before it sleeps', async () => {
  const { engine, clock, emit } = await anEngine()
  await emit(404)
  await emit(200)
  await emit(200)
  clock.advanceBy(10 * minuteMs)
  await engine.idle()
  expect(engine.registry.liveCount).toBe(0)
  expect(engine.registry.durable('bot').context).toEqual(engine.registry.now('bot').context)
})

it('behaves the same after waking', async () => {
  const stories = await Promise.all(
    [0, 6 * minuteMs].map(async (sleepMs) => {
      const { hookward, receiver, clock, register, comment } = await startWorld({ policy: streak({ retriesMs: [] }) })
      await register()
      for (const answer of [200, 500, 200, 500, 500, 200, 200]) {
        receiver.answer(answer)
        await comment()
        clock.advanceBy(7 * minuteMs - sleepMs)
        await hookward.idle()
        clock.advanceBy(sleepMs)
        await hookward.idle()
      }
      return [
        await hookward.explain('bot'),
        (await hookward.transitions('bot')).map(({ from, to, at }) => [from, to, at]),
      ]
    }),
  )
  const [awake, asleep] = JSON.parse(JSON.stringify(stories).replace(/inc_[^"]*/g, 'inc')) as unknown[]
  expect(asleep).toEqual(awake)
})

async function anEngine() {
  const clock = manualClock()
  const transport = aWire()
  const parts = readOptions({ policy: streak({ retriesMs: [] }), store: memoryStore(), clock, transport })
  const engine = new Engine(parts)
  engine.recover(await parts.store.open())
  const secret = 'a secret of many characters'
  await engine.registration.put({
    slug: 'bot',
    organization: 'acme',
    url: 'https://hooks.example.com/',
    secret,
    topics: ['invoice'],
  })
  await engine.installing.install({ integration: 'bot', organization: 'acme' }, { announce: false })
  const emit = async (status: number) => {
    transport.answer(status)
    await engine.intake.accept({ topic: 'invoice.paid', organization: 'acme', data: {} })
    await engine.idle()
  }
  return { engine, clock, emit }
}
