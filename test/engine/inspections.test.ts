import { createActor } from 'xstate'
import { expect, it, vi } from 'vitest'
import { Inspections } from '../../src/engine/inspections.ts'
import { webhook } from '../../src/machines/index.ts'
import { aJob } from '../machines/jobs.ts'

it('asks nothing and puts no observer on an actor while nobody watches', () => {
  const { inspections, observed, asked, act } = watchable()
  act()
  expect([observed(), asked()]).toEqual([0, 0])
  const leave = inspections.watch(() => undefined)
  act()
  expect(observed()).toBe(1)
  expect(asked()).toBeGreaterThan(2)
  leave()
  const before = asked()
  act()
  inspections.born({ name: 'webhook', actor: anActor() })
  expect([observed(), asked()]).toEqual([1, before])
})

it('tells nothing of an integration that was not asked for', () => {
  const { inspections, observed, asked, act } = watchable()
  inspections.watch(() => undefined, 'another')
  act()
  expect([observed(), asked()]).toEqual([0, 0])
})

it('takes its observer off an actor that is gone', () => {
  const { inspections, asked, act } = watchable()
  inspections.watch(() => undefined)
  inspections.gone('webhook')
  const before = asked()
  act()
  expect(asked()).toBe(before)
})

/** Each projection is given the moment, so that a clock that was not asked means that none was made. */
function watchable() {
  const now = vi.fn(() => 0)
  const silent = () => undefined
  const inspections = new Inspections({ now, at: () => silent }, { info: silent, warn: silent, error: silent })
  const actor = anActor()
  const observe = vi.spyOn(actor.system, 'inspect')
  inspections.born({ name: 'webhook', actor })
  actor.start()
  const act = () => actor.send({ type: 'deliveries.due', jobs: [aJob('d1')] })
  return { inspections, observed: () => observe.mock.calls.length, asked: () => now.mock.calls.length, act }
}

function anActor() {
  const actions = { startAttempts: () => undefined, reportOutcomes: () => undefined }
  const bounds = {
    laneInFlightMax: 2,
    originInFlightMax: 16,
    inFlightMax: 512,
    slowInFlightMax: 256,
    slowAfterMs: 1_000,
  }
  return createActor(webhook.provide({ actions }), { input: bounds })
}
