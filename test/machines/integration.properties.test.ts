import fc from 'fast-check'
import { createActor } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { ChartState, IntegrationRecord, Signal } from '../../src/domain/health.ts'
import { chartStateOf, createIntegration, recordOf, wake, type IntegrationActor } from '../../src/machines/index.ts'
import { streak, streakRule } from '../support/streak-policy.ts'
import { table } from './integration.table.ts'

const machine = createIntegration(streak())
const bornAt = 1_700_000_000_000

/** What the chart is for: its states, a row of failures, and the times that matter. */
class Model {
  state: ChartState = 'healthy.steady'
  from: ChartState = 'healthy.steady'
  clock = bornAt
  numbers = { streak: 0, firstAt: 0, good: 0, dueAt: 0, trustedAt: 0 }

  attempt(isOk: boolean): void {
    const { streak, firstAt, good } = this.numbers
    const isProbe = this.state === 'broken.probing'
    if (!isProbe && this.state !== 'degraded' && !this.state.startsWith('healthy')) return
    if (isProbe && isOk && good === 1) return this.enable()
    this.set({ streak: isOk ? 0 : streak + 1, firstAt: streak === 0 ? this.clock : firstAt, good: isOk ? good + 1 : 0 })
    if (isProbe) this.hold(isOk ? 10_000 : 120_000)
    this.settle()
  }
  enable(): void {
    if (!['broken.holding', 'broken.probing', 'disabled'].includes(this.state)) return
    this.state = 'healthy.probation'
    this.numbers = { streak: 0, firstAt: 0, good: 0, dueAt: 0, trustedAt: this.clock + 500_000 }
  }
  pause(): void {
    if (this.state === 'paused' || this.state === 'broken.condemned') return
    this.from = this.state === 'broken.probing' ? 'broken.holding' : this.state
    this.state = 'paused'
  }
  disable(): void {
    const isDown = (this.state === 'paused' ? this.from : this.state) === 'disabled'
    this.state = isDown ? 'disabled' : 'broken.condemned'
  }
  /** Towards what the row of failures amounts to, a state at a time. */
  settle(): void {
    const { streak, firstAt, dueAt, trustedAt } = this.numbers
    const isLost = streak >= 4 || (streak > 0 && this.clock >= firstAt + streakRule.disabledAfterMs)
    if (this.state === 'healthy.probation' && this.clock >= trustedAt) this.state = 'healthy.steady'
    if (this.state.startsWith('healthy') && streak >= 1) this.state = 'degraded'
    if (this.state === 'degraded' && streak === 0) this.state = 'healthy.steady'
    if (this.state === 'degraded' && (isLost || streak >= 2)) this.hold(60_000)
    else if (this.state === 'broken.holding' && !isLost && this.clock >= dueAt) this.state = 'broken.probing'
    if (this.state.startsWith('broken') && isLost) this.state = 'broken.condemned'
  }
  hold(delayMs: number): void {
    this.state = 'broken.holding'
    this.set({ dueAt: this.clock + delayMs })
  }
  set(numbers: Partial<Model['numbers']>): void {
    this.numbers = { ...this.numbers, ...numbers }
  }
}

interface Real {
  actor: IntegrationActor
}
/** What one command sends, and what the model makes of it. */
interface Step {
  readonly name: string
  signal(at: number, state: ChartState): Signal
  readonly tell: (model: Model) => void
}
type Command = fc.Command<Model, Real>

const attempted = {
  status: 'internal',
  topic: 'issue.created',
  deliveryId: 'dlv_1',
  outcome: { kind: 'server', status: 500, code: 'HTTP_500' },
  acceptedAt: 0,
  attempt: 1,
  final: false,
} as const
const byHand = { by: 'ann', reason: 'by hand' }

const ok: Step = {
  name: 'ok',
  signal: (at, state) =>
    state === 'broken.probing'
      ? { type: 'probe.ok', at, ...attempted }
      : { type: 'delivery.ok', n: 1, firstAt: at, lastAt: at, at, status: 'internal' },
  tell: (model) => model.attempt(true),
}
const failed: Step = {
  name: 'failed',
  signal: (at, state) => ({ type: state === 'broken.probing' ? 'probe.failed' : 'delivery.failed', at, ...attempted }),
  tell: (model) => model.attempt(false),
}
const others: readonly Step[] = [
  {
    name: 'enable',
    signal: (at) => ({ type: 'admin.enable', at, replay: 'missed', ...byHand }),
    tell: (model) => model.enable(),
  },
  { name: 'disable', signal: (at) => ({ type: 'admin.disable', at, ...byHand }), tell: (model) => model.disable() },
  {
    name: 'committed',
    signal: (at) => ({ type: 'disable.committed', at }),
    tell: (model) => model.state === 'broken.condemned' && (model.state = 'disabled'),
  },
  { name: 'pause', signal: (at) => ({ type: 'admin.pause', at, ...byHand }), tell: (model) => model.pause() },
  {
    name: 'resume',
    signal: (at) => ({ type: 'admin.resume', at, ...byHand }),
    tell: (model) => {
      if (model.state !== 'paused') return
      model.state = model.from
      model.settle()
    },
  },
]
const deadline: Step = {
  name: 'deadline',
  signal: (at) => ({ type: 'timer.due', at, timer: 'deadline' }),
  tell: (model) => model.settle(),
}

const met = new Set<ChartState>()

function agree(model: Model, { actor }: Real): void {
  const { context, value } = actor.getSnapshot()
  const rests = model.state === 'paused' ? model.from : model.state
  met.add(model.state)
  expect(chartStateOf({ value })).toBe(model.state)
  expect(context.resumeTo).toBe(model.state === 'paused' ? model.from : null)
  expect(context.incident === null).toBe(rests.startsWith('healthy'))
}

/** Sends a step once or, as a duplicate, twice; a repeated signal keeps its type, and may be out of place by then. */
function sends(step: Step, times: number): Command {
  return {
    check: () => true,
    toString: () => `${step.name} x ${times}`,
    run: (model, real) => {
      const signal = step.signal(model.clock, model.state)
      for (let i = 0; i < times; i++) {
        real.actor.send(signal)
        if (signal.type === step.signal(model.clock, model.state).type) step.tell(model)
        agree(model, real)
      }
    },
  }
}

const hibernate: Command = {
  check: () => true,
  toString: () => 'hibernate',
  run: (model, real) => {
    const record = save(real)
    real.actor.stop()
    real.actor = wake(machine, record).start()
    expect(save(real)).toEqual(record)
    agree(model, real)
  },
}

function save({ actor }: Real): IntegrationRecord {
  return JSON.parse(JSON.stringify(recordOf(actor.getSnapshot(), 1))) as IntegrationRecord
}

/** Forwards mostly; clocks are set back, too. */
const clockStep = fc.integer({ min: -200_000, max: 600_000 }).map((ms): Command => ({
  check: () => true,
  toString: () => `clock ${ms}`,
  run: (model, real) => {
    model.clock += ms
    return sends(deadline, 1).run(model, real)
  },
}))

describe('the health chart, whatever happens to it', () => {
  it('agrees with a small model, and hibernation is invisible', () => {
    const steps = [ok, failed, failed, failed, ...others]
    const commands = [
      ...steps.map((step) => fc.constant(sends(step, 1))),
      ...steps.map((step) => fc.constant(sends(step, 2))),
      fc.constant(hibernate),
      clockStep,
      clockStep,
    ]
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 60, size: 'max' }), (run) => {
        const actor = createActor(machine, { input: { integrationId: 'acme-bot', at: bornAt } }).start()
        const real: Real = { actor }
        fc.modelRun(() => ({ model: new Model(), real }), run)
        real.actor.stop()
      }),
      { numRuns: 500 },
    )
    expect([...met].sort()).toEqual(Object.keys(table).sort())
  })
})
