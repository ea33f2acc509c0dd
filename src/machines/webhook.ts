import { setup } from 'xstate'
import type { Attempt } from '../domain/delivery.ts'
import type { Gate } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Job, Started } from './lane.ts'
import type { LaneBounds } from './lanes.ts'
import { Lanes } from './lanes.ts'

/** What the webhook actor receives. */
export type WebhookSignal =
  | { readonly type: 'delivery.due'; readonly job: Job }
  | { readonly type: 'attempt.ended'; readonly started: Started; readonly attempt: Attempt }
  | { readonly type: 'lane.set'; readonly integrationId: IntegrationId; readonly gate: Gate; readonly epoch: number }
  | { readonly type: 'lane.rest'; readonly integrationId: IntegrationId; readonly resting: boolean }
  | { readonly type: 'lanes.aged'; readonly at: number }
  | { readonly type: 'webhook.drain' }

/**
 * The dispatcher: one per engine, never one per delivery. It owns the lanes, starts what is due and may start, and
 * reports each outcome. The engine fills `startAttempts` and `reportOutcome`; deliveries inside are plain data.
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
      if (event.type === 'delivery.due') context.lanes.add(event.job)
    },
    setLane: ({ context, event }) => {
      if (event.type === 'lane.set') context.lanes.set(event.integrationId, event.gate, event.epoch)
      if (event.type === 'lane.rest') context.lanes.rest(event.integrationId, event.resting)
    },
    release: ({ context, event }) => {
      if (event.type === 'attempt.ended') context.lanes.release(event.started, event.attempt.at)
    },
    age: ({ context, event }) => {
      if (event.type === 'lanes.aged') context.lanes.age(event.at)
    },
    startAttempts: () => {
      throw new Error('startAttempts is not provided')
    },
    reportOutcome: () => {
      throw new Error('reportOutcome is not provided')
    },
  },
}).createMachine({
  id: 'webhook-v1',
  context: ({ input }) => ({ lanes: new Lanes(input) }),
  initial: 'running',
  states: {
    running: {
      on: {
        'delivery.due': { actions: ['queue', 'startAttempts'] },
        'attempt.ended': { actions: ['release', 'reportOutcome', 'startAttempts'] },
        'lane.set': { actions: ['setLane', 'startAttempts'] },
        'lane.rest': { actions: ['setLane', 'startAttempts'] },
        'lanes.aged': { actions: ['age', 'startAttempts'] },
        'webhook.drain': { target: 'draining' },
      },
    },
    draining: {
      on: { 'attempt.ended': { actions: ['release', 'reportOutcome'] } },
      always: { guard: 'isQuiet', target: 'stopped' },
    },
    stopped: { type: 'final' },
  },
})
