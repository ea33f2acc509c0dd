import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../src/index.ts'
import { Activity } from '../../src/engine/activity.ts'
import { Backlog } from '../../src/engine/backlog.ts'
import { Line } from '../../src/engine/line.ts'
import { Rests } from '../../src/engine/rests.ts'
import { Timers } from '../../src/engine/timers.ts'
import { manualClock } from '../../src/testing.ts'
import { turns } from '../support/world.ts'

describe('the activity', () => {
  it('is quiet until something is tracked, and again when all of it has ended, however', async () => {
    const activity = new Activity()
    expect(activity.isQuiet).toBe(true)
    await activity.quiet()
    const [one, other] = [aPromise<string>(), aPromise<string>()]
    const tracked = [activity.track(one.promise), activity.track(other.promise)]
    const told: string[] = []
    void activity.quiet().then(() => told.push('quiet'))
    one.resolve('done')
    await turns()
    expect([activity.isQuiet, told]).toEqual([false, []])
    other.reject(new Error('failed'))
    await expect(tracked[1]).rejects.toThrow('failed')
    await turns()
    expect([await tracked[0], activity.isQuiet, told]).toEqual(['done', true, ['quiet']])
  })
})

describe('the backlog', () => {
  it('lists the deliveries of an integration oldest first, and forgets those that are settled', () => {
    const backlog = aBacklog('a', 'b', 'c')
    backlog.add(aDelivery('x', 'other'), 10)
    backlog.start('b', false)
    backlog.move([{ id: 'b', next: 'delivered' }], 0)
    expect(backlog.of('bot').map(({ delivery }) => delivery.id)).toEqual(['a', 'c'])
    expect([backlog.get('b'), backlog.of('nobody')]).toEqual([undefined, []])
  })

  it('starts what waits, and what is held only as a probe, and nothing twice', () => {
    const backlog = aBacklog('a', 'b')
    backlog.move([{ id: 'b', next: { hold: 'broken' } }], 5)
    expect(backlog.start('a', false)).toBe(true)
    expect(backlog.start('a', true)).toBe(false)
    expect(backlog.start('b', false)).toBe(false)
    expect(backlog.start('b', true)).toBe(true)
    expect(backlog.start('unknown', false)).toBe(false)
  })

  it('keeps attempts and due date of what is held, and counts by reason', () => {
    const backlog = aBacklog('a', 'b', 'c')
    backlog.start('a', false)
    backlog.move([{ id: 'a', next: { attempts: 1, dueAt: 300 } }], 0)
    backlog.move(
      ['a', 'b'].map((id) => ({ id, next: { hold: 'paused' } })),
      5,
    )
    backlog.move([{ id: 'c', next: { hold: 'broken' } }], 6)
    expect(backlog.get('a')).toMatchObject({
      state: 'held',
      attempts: 1,
      dueAt: 300,
      held: { reason: 'paused', at: 5 },
    })
    expect(backlog.counts('bot')).toEqual({ held: { paused: 2, broken: 1 }, dead: {} })
  })

  it('takes deliveries up where the store has them', () => {
    const backlog = new Backlog()
    backlog.restore({ delivery: aDelivery('a'), attempts: 0, dueAt: 1 }, 10)
    backlog.restore({ delivery: aDelivery('b'), attempts: 2, dueAt: 9 }, 10)
    backlog.restore({ delivery: aDelivery('c'), attempts: 1, dueAt: 9, held: { reason: 'disabled', at: 4 } }, 10)
    expect(backlog.of('bot').map(({ state }) => state)).toEqual(['pending', 'waiting', 'held'])
  })

  it('refuses a step that is not in the table, and then has moved none', () => {
    const backlog = aBacklog('a', 'b')
    const steps = [
      { id: 'a', next: { hold: 'paused' } },
      { id: 'b', next: 'delivered' },
    ] as const
    expect(() => backlog.move(steps, 0)).toThrow(expect.objectContaining({ code: 'BROKEN_INVARIANT' }) as Error)
    expect(backlog.get('a')).toMatchObject({ state: 'pending' })
    expect(() => backlog.move([{ id: 'gone', next: 'skipped' }], 0)).toThrow(/settled already/)
  })
})

describe('a line', () => {
  it('takes a delivery once, until it has left', () => {
    const line = new Line()
    expect([line.join(aDelivery('a')), line.join(aDelivery('a')), line.join(aDelivery('b'))]).toEqual([
      true,
      false,
      true,
    ])
    line.leave(aDelivery('a'))
    expect(line.join(aDelivery('a'))).toBe(true)
    line.empty('bot')
    expect([line.join(aDelivery('a')), line.join(aDelivery('b'))]).toEqual([true, true])
  })

  it('has one probe of each integration, until it has ended or the lane is emptied', () => {
    const line = new Line()
    expect([line.beginProbe('bot'), line.beginProbe('bot'), line.beginProbe('other')]).toEqual([true, false, true])
    line.endProbe('bot')
    line.empty('other')
    expect([line.beginProbe('bot'), line.beginProbe('other')]).toEqual([true, true])
  })
})

describe('rests', () => {
  it('last 1 s, doubling up to 60 s, counted per lane', () => {
    const { rests } = someRests()
    const spans: number[] = []
    for (let at = 0; spans.length < 8;) {
      const until = rests.until('bot', at)
      rests.troubled('bot', until)
      spans.push(until - at)
      at = until
    }
    expect(spans).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1_000))
    expect(rests.until('other', 0)).toBe(1_000)
  })

  it('are not lengthened by what ends during one, and begin anew when forgotten', () => {
    const { rests } = someRests()
    rests.troubled('bot', rests.until('bot', 0))
    expect(rests.until('bot', 999)).toBe(1_000)
    rests.troubled('bot', 1_000)
    expect(rests.until('bot', 1_000)).toBe(3_000)
    rests.worked('bot')
    expect(rests.until('bot', 5_000)).toBe(6_000)
  })

  it('may be made longer and not shorter, and end at their moment', () => {
    const { clock, rests, told } = someRests()
    rests.begin('bot', clock.now() + 1_000)
    rests.begin('bot', clock.now() + 3_000)
    rests.begin('bot', clock.now() + 2_000)
    clock.advanceBy(2_999)
    expect(told).toEqual([true, true])
    clock.advanceBy(1)
    expect(told).toEqual([true, true, false])
  })
})

function someRests() {
  const told: boolean[] = []
  const clock = manualClock()
  const timers = new Timers(clock, (fault) => {
    throw fault
  })
  return { clock, told, rests: new Rests({ timers, tell: (_, resting) => void told.push(resting) }) }
}

function aBacklog(...ids: readonly string[]): Backlog {
  const backlog = new Backlog()
  for (const id of ids) backlog.add(aDelivery(id), 10)
  return backlog
}

function aDelivery(id: string, integrationId = 'bot'): Delivery {
  return {
    id,
    integrationId,
    eventId: 'evt',
    installationId: 'inst',
    topic: 'issue.created',
    organization: 'acme',
    acceptedAt: 0,
  }
}

function aPromise<T>() {
  let settle: { resolve: (value: T) => void; reject: (error: Error) => void } | undefined
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }))
  return { promise, resolve: (value: T) => settle?.resolve(value), reject: (error: Error) => settle?.reject(error) }
}
