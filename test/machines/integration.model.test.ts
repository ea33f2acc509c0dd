import { isDeepStrictEqual } from 'node:util'
import { transition } from 'xstate'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Signal } from '../../src/domain/health.ts'
import { chartStateOf, createIntegration, type IntegrationMachine } from '../../src/machines/index.ts'
import { ChartWalk } from '../../src/machines/walk.ts'
import { checkNotifier } from './integration.notifier.ts'
import { report, unmet } from './integration.report.ts'
import { subjects } from './integration.subjects.ts'
import { table, type Table } from './integration.table.ts'
import { checkStart, walkAll, type Walk } from './integration.walk.ts'

let walk: Walk
beforeAll(() => {
  walk = walkAll(table)
}, 60_000)

describe('the table written by hand', () => {
  it('has a row for each of the eight states and in it an entry for each of the thirteen signals', () => {
    const signals = [
      'delivery.ok',
      'delivery.failed',
      'probe.ok',
      'probe.failed',
      'receiver.disable',
      'disable.committed',
      'timer.due',
      'admin.enable',
      'admin.disable',
      'admin.pause',
      'admin.resume',
      'admin.probe',
      'notifier.done',
    ]
    expect(Object.keys(table)).toHaveLength(8)
    for (const row of Object.values(table)) expect(Object.keys(row)).toEqual(signals)
  })

  it('agrees with the chart wherever a path leads, and each of its lines is met', () => {
    expect(unmet(table, walk)).toEqual([])
    expect(new Set(walk.edges.map(({ before }) => before.state))).toEqual(new Set(Object.keys(table)))
  })

  it('is counted pair by pair for npm run model', () => {
    expect(report()).toEqual({ states: 8, signals: 13, pairs: 104, pairsCovered: 104, paths: walk.paths })
  }, 60_000)

  it('is met alike by the walk without XState, line by line and to the last field', () => {
    const machines = new Map(subjects.map((subject) => [subject, createIntegration(subject.policy)]))
    const differing = walk.edges.filter(({ subject, record, signal }) => {
      if (signal.type.startsWith('xstate.')) return false
      const machine = machines.get(subject) as IntegrationMachine
      const standing = { state: chartStateOf(record), context: record.context }
      const woken = machine.resolveState({ value: record.value as never, context: record.context })
      const [{ value, context }] = transition(machine, woken, signal)
      const walked = new ChartWalk(subject.policy).hear(standing, signal as Signal)
      return !isDeepStrictEqual(walked, { state: chartStateOf({ value }), context })
    })
    expect(differing.map(({ line }) => line)).toEqual([])
  }, 60_000)

  it('names state and signal where it differs from the chart', () => {
    const wrong: Table = { ...table, degraded: { ...table.degraded, 'admin.pause': [{ stays: 'unchanged' }] } }
    expect(() => walkAll(wrong)).toThrow(/differ at degraded x admin\.pause/)
  }, 60_000)

  it('names state and signal where it says nothing', () => {
    const lines = table.degraded['delivery.ok'].slice(1)
    const hole: Table = { ...table, degraded: { ...table.degraded, 'delivery.ok': lines } }
    expect(() => walkAll(hole)).toThrow('degraded x delivery.ok: 0 lines of the table apply, not 1')
  }, 60_000)
})

describe.each(subjects)('the chart with the policy $name', ({ policy, ...subject }) => {
  it('begins healthy, with an open gate and no incident', () => {
    expect(() => checkStart(createIntegration(policy), { policy, ...subject })).not.toThrow()
  })

  it('runs one notifier at a time and tidies it away, however it ends', async () => {
    await expect(checkNotifier(createIntegration(policy))).resolves.toBeUndefined()
  })
})
