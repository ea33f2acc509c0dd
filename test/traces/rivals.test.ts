import { describe, expect, it } from 'vitest'
import { Convoy } from '../../scripts/lib/rivals/convoy.ts'
import type { Model } from '../../scripts/lib/rivals/model.ts'
import { Opossum } from '../../scripts/lib/rivals/opossum.ts'
import { Outpost } from '../../scripts/lib/rivals/outpost.ts'
import { Svix } from '../../scripts/lib/rivals/svix.ts'

const [secondMs, hourMs, dayMs] = [1_000, 3_600_000, 86_400_000]

describe('the model of Outpost', () => {
  it('disables at a hundred failed attempts in a row, told of at 50, 70 and 90', () => {
    const model = new Outpost()
    for (let i = 1; i < 100; i += 1) fail(model, i)
    expect(model.state).toBe('healthy.steady')
    expect(model.told.map(({ step, at }) => [step, at])).toEqual([
      ['warning-1', 50],
      ['warning-2', 70],
      ['warning-3', 90],
    ])
    fail(model, 100)
    expect(model).toMatchObject({ state: 'disabled', gate: 'closed', epoch: 1 })
    expect(model.told.at(-1)?.step).toBe('disabled')
  })

  it('begins anew after a success', () => {
    const model = new Outpost()
    for (let i = 1; i < 100; i += 1) fail(model, i)
    model.succeed({ at: 100 })
    for (let i = 101; i < 200; i += 1) fail(model, i)
    expect(model.state).toBe('healthy.steady')
  })
})

describe('the model of Svix', () => {
  it('disables five days after deliveries that failed twelve hours apart, and no sooner', () => {
    const model = new Svix()
    fail(model, 0, true)
    fail(model, 12 * hourMs, true)
    fail(model, 12 * hourMs + 5 * dayMs - 1)
    expect(model.state).toBe('healthy.steady')
    fail(model, 12 * hourMs + 5 * dayMs)
    expect(model.state).toBe('disabled')
    expect(model.told).toHaveLength(1)
  })

  it('starts no clock for deliveries that fail a week apart, nor for one alone', () => {
    const weekly = new Svix()
    for (let week = 0; week < 20; week += 1) fail(weekly, week * 7 * dayMs, true)
    const retried = new Svix()
    for (let hour = 0; hour < 200; hour += 1) fail(retried, hour * hourMs, hour === 100)
    expect([weekly.state, retried.state]).toEqual(['healthy.steady', 'healthy.steady'])
  })

  it('forgets everything at a success', () => {
    const model = new Svix()
    for (const at of [0, 12 * hourMs]) fail(model, at, true)
    model.succeed({ at: 13 * hourMs })
    fail(model, 10 * dayMs, true)
    expect(model.state).toBe('healthy.steady')
  })
})

describe('the model of Convoy', () => {
  it('opens at seven failures of ten when it looks, is half open 30 s later, and closes at one success in twenty', () => {
    const model = new Convoy()
    for (let i = 0; i < 3; i += 1) model.succeed({ at: i * secondMs })
    for (let i = 3; i < 10; i += 1) fail(model, i * secondMs)
    model.advanceTo(30 * secondMs)
    expect(model).toMatchObject({ state: 'broken.holding', gate: 'closed' })
    model.advanceTo(60 * secondMs)
    expect(model.gate).toBe('closed')
    model.advanceTo(90 * secondMs)
    expect(model).toMatchObject({ state: 'degraded', gate: 'open' })
    model.succeed({ at: 91 * secondMs })
    for (let i = 0; i < 19; i += 1) fail(model, 92 * secondMs)
    model.advanceTo(120 * secondMs)
    expect(model.state).toBe('healthy.steady')
  })

  it('opens neither for nine attempts nor for fewer failures', () => {
    const few = new Convoy()
    for (let i = 0; i < 9; i += 1) fail(few, i)
    few.advanceTo(60 * secondMs)
    const mixed = new Convoy()
    for (let i = 0; i < 10; i += 1) (i < 4 ? (at: number) => mixed.succeed({ at }) : (at: number) => fail(mixed, at))(i)
    mixed.advanceTo(60 * secondMs)
    expect([few.state, mixed.state]).toEqual(['healthy.steady', 'healthy.steady'])
  })

  it('disables after ten openings in a row, and tells of it', () => {
    const model = new Convoy()
    for (let second = 0; second < 3_600 && model.state !== 'disabled'; second += 1) {
      model.advanceTo(second * secondMs)
      if (model.gate === 'open') fail(model, second * secondMs)
    }
    const openings = model.changes.filter(({ to }) => to === 'broken')
    expect(openings).toHaveLength(10)
    expect(model.told.map(({ step }) => step)).toEqual(['disabled'])
    expect(model.changes.at(-1)?.at).toBeLessThan(20 * 60 * secondMs)
  })
})

describe('the model of opossum', () => {
  it('opens at one failed call, lets one through after 30 s, and that one decides', () => {
    const model = new Opossum()
    fail(model, 0)
    expect(model).toMatchObject({ state: 'broken.holding', nextAt: 30 * secondMs })
    model.advanceTo(30 * secondMs)
    expect(model).toMatchObject({ state: 'broken.probing', gate: 'probe' })
    fail(model, 30 * secondMs)
    expect(model.state).toBe('broken.holding')
    model.advanceTo(60 * secondMs)
    model.succeed({ at: 60 * secondMs })
    expect(model).toMatchObject({ state: 'healthy.steady', told: [] })
  })

  it('stays closed while no more than half of the last ten seconds failed', () => {
    const model = new Opossum()
    model.succeed({ at: 0 })
    fail(model, 1)
    expect(model.state).toBe('healthy.steady')
    fail(model, 2)
    expect(model.state).toBe('broken.holding')
  })
})

function fail(model: Model, at: number, final = false): void {
  const attempted = { status: 'internal', topic: 'a.b', deliveryId: 'dlv_1', acceptedAt: 0, attempt: 1, final } as const
  model.hear({ type: 'delivery.failed', at, outcome: { kind: 'server', status: 500, code: 'HTTP_500' }, ...attempted })
}
