import { expect, it } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { readOptions } from '../../src/engine/options.ts'
import { memoryStore } from '../../src/index.ts'
import { manualClock } from '../../src/testing.ts'
import { streak } from '../support/streak-policy.ts'
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
    [false, true].map(async (sleeps) => {
      const { engine, clock, emit } = await anEngine({ probesMs: [2 * minuteMs] })
      for (const answer of [200, 500, 200, 500, 500, 200, 200, 500, 500, 500]) {
        await emit(answer)
        for (let minutes = 0; minutes < 4; minutes += 1) {
          if (sleeps) await engine.registry.hibernate(Infinity)
          clock.advanceBy(minuteMs)
          await engine.idle()
        }
      }
      return [await engine.steering.explain('bot'), await engine.parts.store.transitions('bot')]
    }),
  )
  const [awake, asleep] = JSON.parse(JSON.stringify(stories).replace(/(inc|dlv)_[^"]*/g, '$1')) as unknown[]
  expect(asleep).toEqual(awake)
  expect(JSON.stringify(awake)).toContain('broken.probing')
})

async function anEngine(schedule: Parameters<typeof streak>[0] = { probesMs: [60 * minuteMs] }) {
  const clock = manualClock()
  const transport = aWire()
  const parts = readOptions({ policy: streak({ retriesMs: [], ...schedule }), store: memoryStore(), clock, transport })
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
