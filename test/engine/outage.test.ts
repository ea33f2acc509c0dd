import { expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { startWorld } from '../support/world.ts'
import { aWire } from './wire.ts'

const secondMs = 1_000
/** A fifth of the case on paper, which is 100 a second: `OUTAGE_PER_SECOND=100` runs all of it, in some ten seconds. */
const perSecond = Number(process.env.OUTAGE_PER_SECOND ?? 20)
const events = 300 * perSecond

it.each([perSecond])(
  'loses nothing in five minutes of outage at %d events a second: all that was accepted arrives, each once',
  { timeout: 120_000 },
  async () => {
    const wire = aWire()
    const world = await startWorld({ policy: 'standard', transport: wire, store: memoryStore() })
    const { hookward, clock, register } = world
    await register({ topics: ['load'] })
    const arrived: string[] = []
    let dead = 0
    hookward.on('delivered', ({ delivery }) => arrived.push(delivery.id))
    hookward.on('delivery.dead', () => (dead += 1))
    wire.answer(500)
    for (let second = 0; second < 300; second += 1) {
      const accepted: Promise<unknown>[] = []
      for (let n = 0; n < perSecond; n += 1) {
        accepted.push(hookward.emit({ topic: 'load.made', organization: 'acme', data: { second, n } }))
        clock.advanceBy(secondMs / perSecond)
      }
      await Promise.all(accepted)
      await hookward.idle()
    }
    expect(await hookward.explain('bot')).toMatchObject({ state: 'broken' })
    const attempts = wire.started.length
    wire.answer(200)
    let passed = 0
    for (; arrived.length < events && passed < 7_200; passed += 1) {
      clock.advanceBy(secondMs)
      await hookward.idle()
    }
    console.log(
      JSON.stringify({
        events,
        attempts,
        arrived: arrived.length,
        dead,
        backAfterSeconds: passed,
      }),
    )
    expect([arrived.length, new Set(arrived).size, dead]).toEqual([events, events, 0])
    expect(await hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation', held: {} })
  },
)
