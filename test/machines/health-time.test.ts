import { createActor } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { Signal } from '../../src/domain/health.ts'
import { chartStateOf, createIntegration } from '../../src/machines/index.ts'
import { sentry, standard } from '../../src/policy/index.ts'
import { dayMs, failed, hourMs, minuteMs, probed, start } from '../support/standard-signals.ts'

const byHand = { by: 'ann', reason: 'maintenance' }
const breaking = Array.from({ length: 10 }, (_, n) => failed(n * minuteMs))
const due = (afterMs: number, lostMs = 0): Signal => {
  return { type: 'timer.due', timer: 'deadline', at: start + afterMs, lostMs }
}

function after(signals: readonly Signal[], policy = createIntegration(standard())) {
  const actor = createActor(policy, { input: { integrationId: 'bot', at: start } }).start()
  for (const signal of signals) actor.send(signal)
  const snapshot = actor.getSnapshot()
  return { ...snapshot.context, state: chartStateOf(snapshot) }
}

describe('time that is not health time', () => {
  const dying = [
    ...breaking,
    ...Array.from({ length: 30 }, (_, n) => [due((n + 1) * 3 * hourMs), probed((n + 1) * 3 * hourMs)]).flat(),
  ]

  it('moves the moment of the disablement by as much, once, however many signals tell of it', () => {
    const before = after(dying).verdict.next?.at ?? 0
    expect(before).toBe(start + 120 * hourMs)
    const lostMs = 30 * hourMs
    const told = [due(100 * hourMs, lostMs), due(101 * hourMs, lostMs), due(102 * hourMs, lostMs)]
    expect(after([...dying, ...told]).verdict.next?.at).toBe(before + lostMs)
    expect(after([...dying, due(121 * hourMs, lostMs)])).toMatchObject({ state: 'broken.probing', lostMs })
    expect(after([...dying, due(121 * hourMs)]).state).toBe('broken.condemned')
  })

  it('is told to the owners later, too: of the time since it broke, the incident knows how much was lost', () => {
    const { incident } = after([...dying, due(100 * hourMs, hourMs), due(101 * hourMs, 3 * hourMs)])
    expect(incident).toMatchObject({ brokenAt: start + 9 * minuteMs, lostMs: 3 * hourMs })
  })

  it('is made good where the clock was set back', () => {
    const back = after([...dying, due(80 * hourMs, -10 * hourMs)])
    expect(back.verdict.next?.at).toBe(start + 110 * hourMs)
  })

  it('moves the next probe where the clock was set back, and never away', () => {
    const { dueAt } = after(breaking).probes
    expect(after([...breaking, due(9 * minuteMs, hourMs)]).probes.dueAt).toBe(dueAt)
    expect(after([...breaking, due(9 * minuteMs - dayMs, -dayMs)]).probes.dueAt).toBe(dueAt - dayMs)
    expect(after([failed(0), due(-dayMs, -dayMs)]).probes.dueAt).toBe(0)
  })

  it('makes probation longer', () => {
    const enabled: Signal = { type: 'admin.enable', at: start + hourMs, replay: 'missed', ...byHand }
    const until = after([...breaking, enabled]).probationUntil
    const later = after([...breaking, enabled, due(2 * hourMs, dayMs)])
    expect(later.probationUntil).toBe(until + dayMs)
    expect(after([...breaking, enabled, due(until - start, dayMs)]).state).toBe('healthy.probation')
    expect(after([...breaking, enabled, due(until - start)]).state).toBe('healthy.steady')
  })

  it('is noticed by whatever comes next, be it a call by hand', () => {
    const lostMs = hourMs
    const at = start + hourMs
    const calls: readonly Signal[] = [
      { type: 'admin.pause', at, lostMs, ...byHand },
      { type: 'admin.disable', at, lostMs, ...byHand },
      { type: 'admin.enable', at, lostMs, replay: 'missed', ...byHand },
      { type: 'admin.probe', at, lostMs, ...byHand },
    ]
    for (const call of calls) expect(after([...breaking, call]).lostMs).toBe(lostMs)
  })

  it('is that of a pause, whatever was lost in it: the rule goes on from where the pause began', () => {
    const pause: Signal = { type: 'admin.pause', at: start + 91 * hourMs, ...byHand }
    const resume = (lostMs?: number): Signal => {
      return { type: 'admin.resume', at: start + 241 * hourMs, ...byHand, ...(lostMs === undefined ? {} : { lostMs }) }
    }
    for (const lostMs of [undefined, 20 * hourMs]) {
      const resumed = after([...dying, pause, resume(lostMs)])
      expect(resumed).toMatchObject({ state: 'broken.probing' })
      expect(resumed.verdict.next?.at).toBe(start + 270 * hourMs)
      expect(resumed.lostMs).toBe(lostMs)
    }
  })

  it('leaves an integration never heard of as it is, and a rule of calendar days alone', () => {
    const fresh = after([failed(0, '500', { lostMs: 30 * dayMs })])
    expect(fresh.policy.memory).toEqual(after([failed(0)]).policy.memory)
    const chart = createIntegration(sentry())
    const signals = [failed(0, '404'), failed(hourMs, '404', { lostMs: dayMs })]
    expect(after(signals, chart).policy.memory).toEqual(
      after([failed(0, '404'), failed(hourMs, '404')], chart).policy.memory,
    )
  })
})
