import fc from 'fast-check'
import { createActor, transition } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { IntegrationRecord, Signal } from '../../src/domain/health.ts'
import { chartStateOf, createIntegration, recordOf, wake, type IntegrationMachine } from '../../src/machines/index.ts'
import { ChartWalk } from '../../src/machines/walk.ts'
import type { Policy } from '../../src/policy/index.ts'
import { subjects, type Subject } from './integration.subjects.ts'

const input = { integrationId: 'acme-bot', at: 1_700_000_000_000 }

describe.each(subjects)('the same signals with the policy $name', (subject) => {
  it('give the same record live, hibernated between any two, as a pure function, and walked without XState', () => {
    const machine = createIntegration(subject.policy)
    fc.assert(
      fc.property(fc.array(signalOf(subject), { maxLength: 40 }), (steps) => {
        let at = input.at
        const list = steps.map(
          ({ afterMs, signal }): Signal => ({ ...signal, ...timesOf(signal, (at += afterMs)) }) as Signal,
        )
        const records = live(machine, list)
        expect(hibernated(machine, list)).toEqual(records)
        expect(pure(machine, list)).toEqual(records)
        expect(walked(subject.policy, list)).toEqual(states(records))
      }),
      { numRuns: 150 },
    )
  })
})

/** The record after each signal, through one actor. */
function live(machine: IntegrationMachine, signals: readonly Signal[]): readonly IntegrationRecord[] {
  const actor = createActor(machine, { input }).start()
  const records = signals.map((signal, i) => {
    actor.send(signal)
    return recordOf(actor.getSnapshot(), i)
  })
  actor.stop()
  return json(records)
}

/** The same, through an actor for each signal, woken from what was written. */
function hibernated(machine: IntegrationMachine, signals: readonly Signal[]): readonly IntegrationRecord[] {
  let record = json(recordOf(createActor(machine, { input }).getSnapshot(), 0))
  return signals.map((signal, i) => {
    const actor = wake(machine, record).start()
    actor.send(signal)
    record = json(recordOf(actor.getSnapshot(), i))
    actor.stop()
    return record
  })
}

/** The same, through no actor at all. */
function pure(machine: IntegrationMachine, signals: readonly Signal[]): readonly IntegrationRecord[] {
  let snapshot = createActor(machine, { input }).getSnapshot()
  const records = signals.map((signal, i) => {
    ;[snapshot] = transition(machine, snapshot, signal)
    return recordOf(snapshot, i)
  })
  return json(records)
}

/** The same, by the walk of the chart: state and context are all that can differ. */
function walked(policy: Policy, signals: readonly Signal[]): readonly object[] {
  const walk = new ChartWalk(policy)
  let standing = walk.begin(input)
  const standings = signals.map((signal) => (standing = walk.hear(standing, signal)))
  return json(standings)
}

function states(records: readonly IntegrationRecord[]): readonly object[] {
  return records.map(({ value, context }) => ({ state: chartStateOf({ value }), context }))
}

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

function timesOf({ type }: { readonly type: string }, at: number): object {
  return type === 'delivery.ok' ? { at, firstAt: at, lastAt: at } : type === 'notifier.done' ? {} : { at }
}

function signalOf({ failures, successes, spansMs }: Subject) {
  const attempted = { topic: 'issue.created', deliveryId: 'dlv_1', acceptedAt: 0, attempt: 1, final: false }
  const byHand = { by: 'ann', reason: 'by hand' }
  const one = (type: string, fields: object = {}) => fc.constant({ type, ...fields })
  const failure = (type: string) =>
    fc
      .record({
        fields: fc.constantFrom(...failures),
        paced: fc.constantFrom({}, { chance: 0.5 }, { notBefore: input.at + 5_000_000 }),
      })
      .map(({ fields, paced }) => ({ type, ...attempted, ...fields, ...paced }))
  const signal = fc.oneof(
    { arbitrary: failure('delivery.failed'), weight: 6 },
    fc.constantFrom(...successes).map((n) => ({ type: 'delivery.ok', n, status: 'internal' })),
    failure('probe.ok'),
    failure('probe.failed'),
    failure('receiver.disable'),
    { arbitrary: one('disable.committed'), weight: 2 },
    { arbitrary: one('timer.due', { timer: 'deadline' }), weight: 3 },
    one('timer.due', { timer: 'notices' }),
    one('admin.enable', { replay: 'missed', ...byHand }),
    one('admin.disable', byHand),
    one('admin.pause', byHand),
    one('admin.resume', byHand),
    one('admin.probe', byHand),
    one('notifier.done'),
  )
  return fc.record({ afterMs: fc.constantFrom(0, 1, 60_000, 500_000, ...spansMs), signal })
}
