import { createActor } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { Signal } from '../../src/domain/health.ts'
import { HookwardError } from '../../src/domain/errors.ts'
import {
  chartStateOf,
  createIntegration,
  freshRecord,
  healthStateOf,
  recordOf,
  viewOf,
  wake,
} from '../../src/machines/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { streak, streakRule } from '../support/streak-policy.ts'

const at = 1_700_000_000_000
const byHand = { by: 'ann', reason: 'maintenance' }
const machine = createIntegration(streak())

/** An actor that has heard these signals. */
function after(signals: readonly Signal[], chart = machine) {
  const actor = createActor(chart, { input: { integrationId: 'acme-bot', at } }).start()
  for (const signal of signals) actor.send(signal)
  return actor
}

function failed(when: number, deliveryId = 'dlv_1'): Extract<Signal, { type: 'delivery.failed' }> {
  const outcome = { kind: 'timeout', status: 0, code: 'DEADLINE' } as const
  return {
    type: 'delivery.failed',
    at: when,
    status: 'internal',
    topic: 'issue.created',
    deliveryId,
    outcome,
    acceptedAt: 0,
    attempt: 1,
    final: false,
  }
}

function ok(when: number): Signal {
  return { type: 'delivery.ok', n: 1, firstAt: when, lastAt: when, at: when, status: 'internal' }
}

const disable: Signal = { type: 'admin.disable', at: at + 9, ...byHand }
const committed: Signal = { type: 'disable.committed', at: at + 10 }

describe('an integration', () => {
  it('walks every state between when one failure takes it from healthy to condemned', () => {
    const actor = after([failed(at + 1)], createIntegration(sentry({ timeoutsPerDay: 1 })))
    const { context } = actor.getSnapshot()
    expect(context.walked).toEqual(['degraded', 'broken.holding', 'broken.condemned'])
    expect(context.epoch).toBe(1)
    expect(viewOf(actor.getSnapshot()).state).toBe('broken.condemned')
  })

  it('keeps the first cause of an incident, however it goes on, until it is healthy again', () => {
    const first = { signal: 'delivery.failed', deliveryId: 'dlv_1', at: at + 1 }
    const actor = after([failed(at + 1), failed(at + 2, 'dlv_2'), disable, committed])
    expect(actor.getSnapshot().context.incident?.cause).toMatchObject(first)
    actor.send({ type: 'admin.pause', at: at + 11, ...byHand })
    actor.send({ type: 'admin.resume', at: at + 12, ...byHand })
    expect(actor.getSnapshot().context.incident?.cause).toMatchObject(first)
    actor.send({ type: 'admin.enable', at: at + 13, replay: 'none', ...byHand })
    expect(actor.getSnapshot().context.incident).toBeNull()
  })

  it('gives a second incident an id and a cause of its own', () => {
    const actor = after([failed(at + 1)])
    const first = actor.getSnapshot().context.incident
    actor.send(ok(at + 2))
    actor.send(failed(at + 3, 'dlv_2'))
    const second = actor.getSnapshot().context.incident
    expect(second?.cause.deliveryId).toBe('dlv_2')
    expect(second?.id).not.toBe(first?.id)
  })

  it('opens an incident for the failure that meets a probation already over', () => {
    const actor = after([disable, committed, { type: 'admin.enable', at: at + 11, replay: 'none', ...byHand }])
    actor.send(failed(at + 600_000, 'dlv_9'))
    expect(viewOf(actor.getSnapshot()).state).toBe('degraded')
    expect(actor.getSnapshot().context.walked).toEqual(['healthy.steady', 'degraded'])
    expect(actor.getSnapshot().context.incident?.cause.deliveryId).toBe('dlv_9')
  })

  it('is judged again when it is resumed: time has passed meanwhile', () => {
    const actor = after([failed(at + 1), { type: 'admin.pause', at: at + 2, ...byHand }])
    actor.send({ type: 'admin.resume', at: at + 1 + streakRule.disabledAfterMs, ...byHand })
    expect(actor.getSnapshot().context.walked).toEqual(['degraded', 'broken.holding', 'broken.condemned'])
    expect(actor.getSnapshot().context.resumeTo).toBeNull()
  })

  it('keeps the evidence of its disablement through a pause', () => {
    const actor = after([disable, committed])
    const { verdict } = actor.getSnapshot().context
    actor.send({ type: 'admin.pause', at: at + 11, ...byHand })
    actor.send({ type: 'admin.resume', at: at + 12, ...byHand })
    expect(viewOf(actor.getSnapshot()).state).toBe('disabled')
    expect(actor.getSnapshot().context.verdict).toBe(verdict)
    expect(verdict.evidence.summary).toBe('switched off by ann: maintenance')
  })

  it('is switched off by its receiver, with what the receiver said', () => {
    const outcome = { kind: 'gone', status: 410, code: 'HTTP_410' } as const
    const actor = after([{ ...failed(at + 1), type: 'receiver.disable', outcome }])
    const { verdict, incident } = actor.getSnapshot().context
    expect(verdict).toMatchObject({ level: 'disabled', evidence: { rule: 'receiver.disable' } })
    expect(verdict.evidence.facts).toEqual({ status: 410, code: 'HTTP_410', topic: 'issue.created' })
    expect(incident?.cause).toMatchObject({ signal: 'receiver.disable', outcome })
  })

  it('waits longer for a probe by chance, and for as long as the receiver asks', () => {
    const chart = createIntegration(streak({ jitter: 0.2 }))
    const entered = after([failed(at + 1), { ...failed(at + 2), chance: 1 }], chart)
    expect(entered.getSnapshot().context.probes.dueAt).toBe(at + 2 + 72_000)
    const asked = after([failed(at + 1), { ...failed(at + 2), notBefore: at + 500_000 }], chart)
    expect(asked.getSnapshot().context.probes.dueAt).toBe(at + 500_000)
    asked.send({ type: 'timer.due', timer: 'deadline', at: at + 500_000 })
    asked.send({ ...failed(at + 500_001), type: 'probe.failed', chance: 0.5, notBefore: at + 500_002 })
    expect(asked.getSnapshot().context.probes.dueAt).toBe(at + 500_001 + 132_000)
  })

  it('is trusted again by one good probe that is the last', () => {
    const actor = after([failed(at + 1), failed(at + 2), { type: 'timer.due', timer: 'deadline', at: at + 60_002 }])
    actor.send({ ...failed(at + 60_003), type: 'probe.ok', isLast: true })
    expect(viewOf(actor.getSnapshot()).state).toBe('healthy.probation')
  })

  it('probes after the first delay, then as the schedule says, and soon after a good one', () => {
    const actor = after([failed(at + 1), failed(at + 2)])
    expect(actor.getSnapshot().context.probes.dueAt).toBe(at + 2 + 60_000)
    actor.send({ type: 'timer.due', timer: 'deadline', at: at + 60_002 })
    expect(viewOf(actor.getSnapshot()).state).toBe('broken.probing')
    actor.send({ ...failed(at + 60_003), type: 'probe.failed' })
    expect(actor.getSnapshot().context.probes).toEqual({ failed: 1, ok: 0, dueAt: at + 60_003 + 120_000 })
    actor.send({ type: 'admin.probe', at: at + 60_004, ...byHand })
    actor.send({ ...failed(at + 60_005), type: 'probe.ok' })
    expect(actor.getSnapshot().context.probes).toEqual({ failed: 0, ok: 1, dueAt: at + 70_005 })
  })
})

describe('a record', () => {
  it('wakes an actor exactly where it was, without running an entry action again', () => {
    const actor = after([disable, committed])
    const record = recordOf(actor.getSnapshot(), 7)
    const woken = wake(machine, JSON.parse(JSON.stringify(record)) as typeof record).start()
    expect(recordOf(woken.getSnapshot(), 7)).toEqual(record)
    expect(woken.getSnapshot().children).toEqual({})
  })

  it('of an integration never heard of is healthy', () => {
    const record = freshRecord(machine, 'new-bot', at)
    expect(record).toMatchObject({ v: 1, machine: 'integration-v1', rev: 0, value: { healthy: 'steady' } })
    expect(record.context).toMatchObject({ integrationId: 'new-bot', since: at, gate: 'open' })
  })

  it.each([
    [{ healthy: 'steady' }, 'healthy.steady', 'healthy'],
    [{ broken: 'probing' }, 'broken.probing', 'broken'],
    ['degraded', 'degraded', 'degraded'],
    ['paused', 'paused', 'paused'],
  ] as const)('reads %j as %s', (value, state, health) => {
    expect(chartStateOf({ value })).toBe(state)
    expect(healthStateOf(state)).toBe(health)
  })

  it.each(['asleep', { healthy: 'probing' }, {}])('refuses %j, which is no state of the chart', (value) => {
    expect(() => chartStateOf({ value })).toThrow(HookwardError)
  })
})
