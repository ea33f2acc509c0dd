import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lanes, type LaneBounds, type Started } from '../../src/machines/index.ts'
import { aJob } from './jobs.ts'

const wide: LaneBounds = {
  laneInFlightMax: 100,
  originInFlightMax: 100,
  inFlightMax: 100,
  slowInFlightMax: 100,
  slowAfterMs: 1_000,
}

function lanesOf(bounds: Partial<LaneBounds>): Lanes {
  return new Lanes({ ...wide, ...bounds })
}

/** Takes all that may start now. */
function takeAll(lanes: Lanes, at = 0): readonly Started[] {
  const started: Started[] = []
  for (let next = lanes.take(at); next !== undefined; next = lanes.take(at)) started.push(next)
  return started
}

function idsOf(started: readonly Started[]): readonly string[] {
  return started.map(({ delivery }) => delivery.id)
}

describe('the lanes', () => {
  it('take turns, whoever queued more', () => {
    const lanes = lanesOf({})
    for (const id of ['a1', 'a2', 'a3']) lanes.add(aJob(id, 'a'))
    lanes.add(aJob('b1', 'b'))
    for (const id of ['c1', 'c2']) lanes.add(aJob(id, 'c'))
    expect(idsOf(takeAll(lanes))).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
  })

  it('give every organisation its turn, however many integrations another one has', () => {
    const lanes = lanesOf({ inFlightMax: 6 })
    for (let i = 0; i < 10; i++) lanes.add(aJob(`big${i}`, `big-${i}`, undefined, 'big'))
    for (const id of ['small1', 'small2']) lanes.add(aJob(id, 'small-bot', undefined, 'small'))
    lanes.add(aJob('tiny1', 'tiny-bot', undefined, 'tiny'))
    expect(idsOf(takeAll(lanes))).toEqual(['big0', 'small1', 'tiny1', 'big1', 'small2', 'big2'])
  })

  it('keep half of all places from slow integrations, which go on within the other half', () => {
    const lanes = lanesOf({ laneInFlightMax: 2, inFlightMax: 8, slowInFlightMax: 4 })
    for (let i = 0; i < 8; i++) lanes.add(aJob(`slow${i}`, `slow-${i % 4}`, `https://slow${i % 4}.dev`))
    const hanging = takeAll(lanes)
    expect(hanging).toHaveLength(8)
    lanes.age(999)
    for (let i = 0; i < 4; i++) lanes.add(aJob(`more${i}`, `slow-${i}`, `https://slow${i}.dev`))
    lanes.age(1_000)
    for (let i = 0; i < 4; i++) lanes.add(aJob(`quick${i}`, `quick-${i}`, `https://quick${i}.dev`))
    for (const one of hanging.slice(0, 4)) lanes.release(one, 15_000)
    expect(idsOf(takeAll(lanes, 15_000))).toEqual(['quick0', 'quick1', 'quick2', 'quick3'])
    for (const one of hanging.slice(4, 6)) lanes.release(one, 15_000)
    expect(idsOf(takeAll(lanes, 15_000)).toSorted()).toEqual(['more0', 'more1'])
  })

  it('take an integration for quick again once it has answered in time', () => {
    const lanes = lanesOf({ inFlightMax: 4, slowInFlightMax: 1 })
    for (const id of ['a1', 'a2', 'a3', 'a4']) lanes.add(aJob(id, 'a'))
    const [first, second, ...others] = takeAll(lanes)
    for (const one of [second, ...others] as Started[]) lanes.release(one, 0)
    lanes.age(2_000)
    for (const id of ['a5', 'a6']) lanes.add(aJob(id, 'a'))
    expect(takeAll(lanes, 2_000)).toEqual([])
    lanes.release(first as Started, 5_000)
    const [slow] = takeAll(lanes, 5_000)
    expect(slow?.delivery.id).toBe('a5')
    lanes.release(slow as Started, 5_010)
    for (const id of ['a7', 'a8']) lanes.add(aJob(id, 'a'))
    expect(idsOf(takeAll(lanes, 5_010))).toEqual(['a6', 'a7', 'a8'])
  })

  it('keep the order of one integration', () => {
    const lanes = lanesOf({ laneInFlightMax: 1 })
    const ids = Array.from({ length: 50 }, (_, i) => `d${i}`)
    for (const id of ids) lanes.add(aJob(id))
    const taken: string[] = []
    for (let next = lanes.take(0); next !== undefined; next = lanes.take(0)) {
      taken.push(next.delivery.id)
      lanes.release(next, 0)
    }
    expect(taken).toEqual(ids)
  })

  it.each([
    ['one integration', { laneInFlightMax: 3 }, 'same', 'same', 3],
    ['one origin', { originInFlightMax: 4 }, 'each', 'same', 4],
    ['the whole engine', { inFlightMax: 5 }, 'each', 'each', 5],
  ] as const)('bound what is in flight for %s', (_, bounds, integration, origin, most) => {
    const lanes = lanesOf(bounds)
    const name = (kind: 'same' | 'each', i: number) => (kind === 'same' ? 'x' : `x${i}`)
    for (let i = 0; i < 10; i++) lanes.add(aJob(`d${i}`, name(integration, i), `https://${name(origin, i)}.dev`))
    const started = takeAll(lanes)
    expect(started).toHaveLength(most)
    lanes.release(started[0] as Started, 0)
    expect(takeAll(lanes)).toHaveLength(1)
    expect(lanes.inFlight).toBe(most)
  })

  it('let one probe through at a time', () => {
    const lanes = lanesOf({})
    lanes.set('acme-bot', 'probe', 3)
    for (const id of ['d1', 'd2']) lanes.add(aJob(id))
    const [probe, ...others] = takeAll(lanes)
    expect(probe).toMatchObject({ isProbe: true, epoch: 3 })
    expect(others).toEqual([])
    lanes.release(probe as Started, 0)
    expect(idsOf(takeAll(lanes))).toEqual(['d2'])
  })

  it('start no probe while an attempt from before is still under way', () => {
    const lanes = lanesOf({})
    lanes.add(aJob('d1'))
    const [old] = takeAll(lanes)
    lanes.set('acme-bot', 'probe', 2)
    lanes.add(aJob('d2'))
    expect(takeAll(lanes)).toEqual([])
    lanes.release(old as Started, 0)
    expect(idsOf(takeAll(lanes))).toEqual(['d2'])
  })

  it('are emptied by closing, and count only what waits for its turn', () => {
    const lanes = lanesOf({})
    for (const id of ['d1', 'd2']) lanes.add(aJob(id))
    lanes.add(aJob('e1', 'other'))
    expect(lanes.startable).toBe(3)
    lanes.set('acme-bot', 'closed', 1)
    expect(lanes.startable).toBe(1)
    lanes.set('acme-bot', 'open', 2)
    lanes.rest('other', true)
    expect(lanes.startable).toBe(0)
    expect(takeAll(lanes)).toEqual([])
  })

  it('rest with their jobs, and go on from there', () => {
    const lanes = lanesOf({})
    lanes.add(aJob('d1'))
    lanes.rest('acme-bot', true)
    expect(takeAll(lanes)).toEqual([])
    lanes.rest('acme-bot', false)
    expect(idsOf(takeAll(lanes))).toEqual(['d1'])
  })

  it('serve a waiting integration before a busy one that shares its origin', () => {
    const lanes = lanesOf({ originInFlightMax: 1 })
    for (const id of ['a1', 'a2', 'a3']) lanes.add(aJob(id, 'a'))
    const [first] = takeAll(lanes)
    lanes.add(aJob('b1', 'b'))
    expect(takeAll(lanes)).toEqual([])
    lanes.release(first as Started, 0)
    const [second] = takeAll(lanes)
    lanes.release(second as Started, 0)
    expect(idsOf([second as Started, ...takeAll(lanes)])).toEqual(['a2', 'b1'])
  })

  it('pass a free place on when the lane that was called for it has closed or rests', () => {
    const lanes = lanesOf({ originInFlightMax: 1 })
    for (const name of ['a', 'b', 'c', 'd']) lanes.add(aJob(`${name}1`, name))
    const [first] = takeAll(lanes)
    lanes.release(first as Started, 0)
    lanes.set('b', 'closed', 1)
    lanes.rest('c', true)
    const [second] = takeAll(lanes)
    expect(second?.delivery.id).toBe('d1')
    lanes.release(second as Started, 0)
    lanes.rest('c', false)
    expect(idsOf(takeAll(lanes))).toEqual(['c1'])
  })

  it('go to the new origin at once when a lane was emptied and filled again', () => {
    const lanes = lanesOf({ originInFlightMax: 1 })
    lanes.add(aJob('a1', 'a', 'https://old.dev'))
    lanes.add(aJob('b1', 'b', 'https://old.dev'))
    takeAll(lanes)
    lanes.set('b', 'closed', 1)
    lanes.set('b', 'open', 2)
    lanes.add(aJob('b2', 'b', 'https://new.dev'))
    expect(idsOf(takeAll(lanes))).toEqual(['b2'])
  })

  it('forget no job and break no bound, whatever comes', () => {
    const bounds = { laneInFlightMax: 2, originInFlightMax: 2, inFlightMax: 5, slowInFlightMax: 2, slowAfterMs: 10 }
    const step = fc.record({
      what: fc.constantFrom('add', 'add', 'add', 'release', 'release', 'close', 'probe', 'open', 'rest', 'wake', 'age'),
      lane: fc.nat(5),
      origin: fc.nat(2),
      pick: fc.nat(100),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const lanes = new Lanes(bounds)
        const waiting = new Map<string, string>()
        const flying: Started[] = []
        steps.forEach(({ what, lane, origin, pick }, i) => {
          const name = `lane${lane}`
          if (what === 'add') {
            lanes.add(aJob(`d${i}`, name, `https://o${origin}.dev`, `org${lane % 2}`))
            waiting.set(`d${i}`, name)
          }
          if (what === 'release') for (const one of flying.splice(pick % (flying.length + 1), 1)) lanes.release(one, i)
          if (what === 'age') lanes.age(i)
          if (what === 'close') {
            lanes.set(name, 'closed', i)
            for (const [id, of] of waiting) if (of === name) waiting.delete(id)
            lanes.set(name, 'open', i)
          }
          if (what === 'probe' || what === 'open') lanes.set(name, what, i)
          if (what === 'rest' || what === 'wake') lanes.rest(name, what === 'rest')
          for (const one of takeAll(lanes, i)) {
            flying.push(one)
            waiting.delete(one.delivery.id)
          }
          expect(lanes.inFlight).toBe(flying.length)
          expect(most(flying.map((one) => one.origin))).toBeLessThanOrEqual(2)
          expect(most(flying.map((one) => one.delivery.integrationId))).toBeLessThanOrEqual(2)
        })
        for (let lane = 0; lane <= 5; lane++) {
          lanes.set(`lane${lane}`, 'open', 999)
          lanes.rest(`lane${lane}`, false)
        }
        for (let left = [...flying, ...takeAll(lanes)]; left.length > 0; left = [...takeAll(lanes)])
          for (const one of left) {
            waiting.delete(one.delivery.id)
            lanes.release(one, 0)
          }
        expect([...waiting.keys()]).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('cost the same per turn however many wait for one origin, and however long a queue is', () => {
    const drained = (count: number, name: (i: number) => string) => {
      const lanes = lanesOf({ originInFlightMax: 16 })
      for (let i = 0; i < count; i++) lanes.add(aJob(`d${i}`, name(i)))
      const before = performance.now()
      let ended = 0
      for (let left = takeAll(lanes); left.length > 0; left = takeAll(lanes))
        for (const one of left) {
          lanes.release(one, 0)
          ended += 1
        }
      expect(ended).toBe(count)
      return performance.now() - before
    }
    // Quadratic, these take tens of seconds.
    expect(drained(10_000, (i) => `lane${i}`)).toBeLessThan(2_000)
    expect(drained(200_000, () => 'one')).toBeLessThan(4_000)
  })
})

/** How often the commonest name occurs. */
function most(names: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Math.max(0, ...counts.values())
}
