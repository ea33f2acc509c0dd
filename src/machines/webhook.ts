import { sendTo, setup } from 'xstate'
import type { Attempt } from '../domain/delivery.ts'
import type { Gate } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Job, Started } from './lane.ts'
import type { LaneBounds } from './lanes.ts'
import { Lanes } from './lanes.ts'

/** What the webhook actor receives. */
export type WebhookSignal =
  | { readonly type: 'deliveries.due'; readonly jobs: readonly Job[] }
  | { readonly type: 'attempts.ended'; readonly ended: readonly EndedAttempt[] }
  | { readonly type: 'lane.set'; readonly integrationId: IntegrationId; readonly gate: Gate; readonly epoch: number }
  | { readonly type: 'lane.rest'; readonly integrationId: IntegrationId; readonly resting: boolean }
  | { readonly type: 'lanes.aged'; readonly at: number }
  | { readonly type: 'lanes.turn' }
  | { readonly type: 'webhook.drain' }

/** An attempt that was started, and how it ended. */
export interface EndedAttempt {
  readonly started: Started
  readonly attempt: Attempt
}

/**
 * The dispatcher: one per engine, never one per delivery. It owns the lanes, starts what is due and may start, and
 * reports each outcome. The engine fills `startAttempts` and `reportOutcomes`; deliveries inside are plain data, and
 * what came due or ended in one turn of the event loop is one signal. What follows from an outcome, or from a lane that
 * was set, starts in a turn of its own, `lanes.turn`: restrictions that were asked for meanwhile are heard before it.
 */
export const webhook = setup({
  types: {
    context: {} as { readonly lanes: Lanes },
    input: {} as LaneBounds,
    events: {} as WebhookSignal,
  },
  guards: {
    isQuiet: ({ context }) => context.lanes.inFlight === 0,
  },
  actions: {
    queue: ({ context, event }) => {
      if (event.type === 'deliveries.due') for (const job of event.jobs) context.lanes.add(job)
    },
    setLane: ({ context, event }) => {
      if (event.type === 'lane.set') context.lanes.set(event.integrationId, event.gate, event.epoch)
      if (event.type === 'lane.rest') context.lanes.rest(event.integrationId, event.resting)
    },
    release: ({ context, event }) => {
      if (event.type !== 'attempts.ended') return
      for (const { started, attempt } of event.ended) context.lanes.release(started, attempt.at)
    },
    age: ({ context, event }) => {
      if (event.type === 'lanes.aged') context.lanes.age(event.at)
    },
    askForTurn: sendTo(({ self }) => self, { type: 'lanes.turn' }),
    startAttempts: () => {
      throw new Error('startAttempts is not provided')
    },
    reportOutcomes: () => {
      throw new Error('reportOutcomes is not provided')
    },
  },
}).createMachine({
  id: 'webhook-v1',
  context: ({ input }) => ({ lanes: new Lanes(input) }),
  initial: 'running',
  states: {
    running: {
      on: {
        'deliveries.due': { actions: ['queue', 'startAttempts'] },
        'attempts.ended': { actions: ['release', 'reportOutcomes', 'askForTurn'] },
        'lane.set': { actions: ['setLane', 'askForTurn'] },
        'lane.rest': { actions: ['setLane', 'askForTurn'] },
        'lanes.turn': { actions: 'startAttempts' },
        'lanes.aged': { actions: ['age', 'startAttempts'] },
        'webhook.drain': { target: 'draining' },
      },
    },
    draining: {
      on: { 'attempts.ended': { actions: ['release', 'reportOutcomes'] } },
      always: { guard: 'isQuiet', target: 'stopped' },
    },
    stopped: { type: 'final' },
  },
})
