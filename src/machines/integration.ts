import { assign, enqueueActions, raise, setup, stopChild, type AnyActorRef } from 'xstate'
import type { ChartState, Gate, HealthContext, Level, Signal, TimedSignal } from '../domain/health.ts'
import type { Policy } from '../policy/health/policy.ts'
import { healthContext, type IntegrationInput } from './health-context.ts'
import { notifier } from './notifier.ts'

/** Everything the machine can receive: the closed list, and what XState itself reports of its one child. */
export type IntegrationEvents =
  Signal | { readonly type: 'xstate.done.actor.notifier' } | { readonly type: 'xstate.error.actor.notifier' }

const order: readonly Level[] = ['healthy', 'degraded', 'broken', 'disabled']
const atLeast = (context: HealthContext, level: Level) => order.indexOf(context.verdict.level) >= order.indexOf(level)

/**
 * The health of one integration: healthy, degraded, broken, disabled, and paused by hand.
 * The policy returns a level and the chart walks towards it one state at a time, so that no state is skipped.
 * `broken.condemned` rests until the disablement and its notice are durable.
 */
export function createIntegration(policy: Policy) {
  const change = healthContext(policy)
  return setup({
    types: {
      context: {} as HealthContext,
      input: {} as IntegrationInput,
      events: {} as IntegrationEvents,
      tags: {} as Level | 'paused',
    },
    actors: { notifier },
    guards: {
      isHealthy: ({ context }) => context.verdict.level === 'healthy',
      isDegraded: ({ context }) => atLeast(context, 'degraded'),
      isBroken: ({ context }) => atLeast(context, 'broken'),
      isCondemned: ({ context }) => atLeast(context, 'disabled'),
      isProbationOver: ({ context }) => context.at >= context.probationUntil,
      isProbeDue: ({ context }) => context.at >= context.probes.dueAt,
      provesRecovery: ({ context, event }) => event.type === 'probe.ok' && change.enoughProbes(context, event),
      isDeadline: ({ event }) => event.type === 'timer.due' && event.timer === 'deadline',
      isNoticeTimer: ({ event }) => event.type === 'timer.due' && event.timer === 'notices',
      cameFrom: ({ context }, params: { state: ChartState }) => context.resumeTo === params.state,
    },
    actions: {
      observe: assign(({ context, event }) =>
        event.type === 'delivery.ok' || event.type === 'delivery.failed' ? change.observe(context, event) : {},
      ),
      observeProbe: assign(({ context, event }) =>
        event.type === 'probe.ok' || event.type === 'probe.failed' ? change.observeProbe(context, event) : {},
      ),
      judge: assign(({ context, event }) => (isTimed(event) ? change.judge(context, event) : {})),
      resume: assign(({ context, event }) => (event.type === 'admin.resume' ? change.resume(context, event) : {})),
      condemn: assign(({ context, event }) =>
        event.type === 'admin.disable' || event.type === 'receiver.disable' ? change.condemn(context, event) : {},
      ),
      forgive: assign(({ context, event }) => (isTimed(event) ? change.forgive(context, event) : {})),
      note: assign(({ context, event }) => (isTimed(event) ? change.note(context, event) : {})),
      remember: assign(({ context, event }, params: { state: ChartState }) =>
        event.type === 'admin.pause' ? change.remember(context, event, params.state) : {},
      ),
      scheduleProbe: assign(({ context, event }) =>
        change.scheduleProbe(context, event.type === 'delivery.failed' ? event : {}),
      ),
      enter: assign(({ context }, params: { state: ChartState; gate: Gate }) =>
        change.enter(context, params.state, params.gate),
      ),
      spawnNotifier: enqueueActions(({ context: { integrationId }, self, enqueue }) => {
        const running = notifierOf(self)
        if (running === undefined) enqueue.spawnChild('notifier', { id: 'notifier', input: { integrationId } })
        else enqueue.sendTo(running, { type: 'notices.pending' })
      }),
      stopNotifier: stopChild('notifier'),
      reportNotifierDone: raise({ type: 'notifier.done' }),
    },
  }).createMachine({
    id: 'integration-v1',
    context: ({ input }) => change.initial(input),
    initial: 'healthy',
    on: {
      'xstate.done.actor.notifier': { actions: 'reportNotifierDone' },
      'xstate.error.actor.notifier': { actions: 'reportNotifierDone' },
      'notifier.done': { actions: 'stopNotifier' },
      'timer.due': { guard: 'isNoticeTimer', actions: 'spawnNotifier' },
    },
    states: {
      healthy: {
        tags: 'healthy',
        initial: 'steady',
        on: {
          'delivery.ok': { actions: 'observe' },
          'delivery.failed': { actions: 'observe' },
          'timer.due': { guard: 'isDeadline', actions: 'judge' },
          'receiver.disable': { target: 'broken.condemned', actions: 'condemn' },
          'admin.disable': { target: 'broken.condemned', actions: 'condemn' },
        },
        always: { guard: 'isDegraded', target: 'degraded' },
        states: {
          steady: {
            entry: { type: 'enter', params: { state: 'healthy.steady', gate: 'open' } },
            on: {
              'admin.pause': { target: '#paused', actions: { type: 'remember', params: { state: 'healthy.steady' } } },
            },
          },
          probation: {
            id: 'probation',
            entry: { type: 'enter', params: { state: 'healthy.probation', gate: 'open' } },
            on: {
              'admin.pause': {
                target: '#paused',
                actions: { type: 'remember', params: { state: 'healthy.probation' } },
              },
            },
            always: { guard: 'isProbationOver', target: 'steady' },
          },
        },
      },
      degraded: {
        tags: 'degraded',
        entry: { type: 'enter', params: { state: 'degraded', gate: 'open' } },
        on: {
          'delivery.ok': { actions: 'observe' },
          'delivery.failed': { actions: 'observe' },
          'timer.due': { guard: 'isDeadline', actions: 'judge' },
          'receiver.disable': { target: 'broken.condemned', actions: 'condemn' },
          'admin.disable': { target: 'broken.condemned', actions: 'condemn' },
          'admin.pause': { target: 'paused', actions: { type: 'remember', params: { state: 'degraded' } } },
        },
        always: [
          { guard: 'isBroken', target: 'broken' },
          { guard: 'isHealthy', target: 'healthy' },
        ],
      },
      broken: {
        tags: 'broken',
        initial: 'holding',
        states: {
          holding: {
            id: 'holding',
            entry: ['scheduleProbe', { type: 'enter', params: { state: 'broken.holding', gate: 'closed' } }],
            on: {
              'timer.due': { guard: 'isDeadline', actions: 'judge' },
              'receiver.disable': { actions: 'condemn' },
              'admin.probe': { target: 'probing', actions: 'note' },
              'admin.enable': { target: '#probation', actions: 'forgive' },
              'admin.disable': { actions: 'condemn' },
              'admin.pause': { target: '#paused', actions: { type: 'remember', params: { state: 'broken.holding' } } },
            },
            always: [
              { guard: 'isCondemned', target: 'condemned' },
              { guard: 'isProbeDue', target: 'probing' },
            ],
          },
          probing: {
            entry: { type: 'enter', params: { state: 'broken.probing', gate: 'probe' } },
            on: {
              'probe.ok': [
                { guard: 'provesRecovery', target: '#probation', actions: 'forgive' },
                { target: 'holding', actions: 'observeProbe' },
              ],
              'probe.failed': { target: 'holding', actions: 'observeProbe' },
              'timer.due': { guard: 'isDeadline', actions: 'judge' },
              'receiver.disable': { actions: 'condemn' },
              'admin.enable': { target: '#probation', actions: 'forgive' },
              'admin.disable': { actions: 'condemn' },
              'admin.pause': { target: '#paused', actions: { type: 'remember', params: { state: 'broken.holding' } } },
            },
            always: { guard: 'isCondemned', target: 'condemned' },
          },
          condemned: {
            entry: { type: 'enter', params: { state: 'broken.condemned', gate: 'closed' } },
            on: { 'disable.committed': { target: '#disabled', actions: 'note' } },
          },
        },
      },
      disabled: {
        id: 'disabled',
        tags: 'disabled',
        entry: [{ type: 'enter', params: { state: 'disabled', gate: 'closed' } }, 'spawnNotifier'],
        on: {
          'admin.enable': { target: '#probation', actions: 'forgive' },
          'admin.pause': { target: 'paused', actions: { type: 'remember', params: { state: 'disabled' } } },
        },
      },
      paused: {
        id: 'paused',
        tags: 'paused',
        entry: { type: 'enter', params: { state: 'paused', gate: 'closed' } },
        on: {
          'receiver.disable': [
            { guard: { type: 'cameFrom', params: { state: 'disabled' } } },
            { target: 'broken.condemned', actions: 'condemn' },
          ],
          'admin.disable': [
            { guard: { type: 'cameFrom', params: { state: 'disabled' } }, target: 'disabled', actions: 'note' },
            { target: 'broken.condemned', actions: 'condemn' },
          ],
          'admin.resume': [
            { guard: { type: 'cameFrom', params: { state: 'disabled' } }, target: 'disabled', actions: 'note' },
            { guard: { type: 'cameFrom', params: { state: 'broken.holding' } }, target: '#holding', actions: 'resume' },
            { guard: { type: 'cameFrom', params: { state: 'degraded' } }, target: 'degraded', actions: 'resume' },
            {
              guard: { type: 'cameFrom', params: { state: 'healthy.probation' } },
              target: '#probation',
              actions: 'resume',
            },
            { target: 'healthy', actions: 'resume' },
          ],
        },
      },
    },
  })
}

/** The machine of one policy. */
export type IntegrationMachine = ReturnType<typeof createIntegration>

/** One notifier at a time: one that is running is told that there is more, and looks again before it ends. */
function notifierOf(self: Pick<AnyActorRef, 'getSnapshot'>): AnyActorRef | undefined {
  const { children } = self.getSnapshot() as { children?: Readonly<Record<string, AnyActorRef | undefined>> }
  return children?.['notifier']
}

function isTimed(event: IntegrationEvents): event is TimedSignal {
  return 'at' in event
}
