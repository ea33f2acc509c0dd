import type { ChartState, Level, Signal } from '../../src/domain/health.ts'

/** What the target of a signal may depend on, beside the state. */
export interface Facts {
  /** What the policy says once the signal has had its effect. */
  readonly level: Level
  readonly probation: 'running' | 'over'
  /** The next probe, once the signal has had its effect. */
  readonly probe: 'due' | 'not due'
  /** Whether one more good probe is enough. */
  readonly recovery: 'proven' | 'unproven'
  readonly timer: 'deadline' | 'notices'
  /** Where the pause came from. */
  readonly from: ChartState
}

/**
 * What becomes of the context. `unchanged`: the very same object, nothing to commit. `counted`: observed and judged.
 * `judged`: judged again. `condemned`: by the signal itself. `forgiven`: counts from zero. `noted`: the time only.
 */
export type Effect = 'unchanged' | 'counted' | 'judged' | 'condemned' | 'forgiven' | 'noted'

/** One line of the table: it applies when every fact named is so. */
export interface Case {
  readonly when?: { readonly [F in keyof Facts]?: Facts[F] | readonly Facts[F][] }
  /** It stays where it is, and this is all that happens. */
  readonly stays?: Effect
  readonly to?: ChartState
  /** Entered on the way. */
  readonly via?: readonly ChartState[]
  readonly effect?: Effect
  /** A pause remembers this state. */
  readonly remembers?: ChartState
  /** A notifier runs afterwards. */
  readonly tells?: true
  /** No notifier is there afterwards. */
  readonly told?: true
}

export type Table = Readonly<Record<ChartState, Readonly<Record<Signal['type'], readonly Case[]>>>>

const ignored: readonly Case[] = [{ stays: 'unchanged' }]
const condemned: readonly Case[] = [{ to: 'broken.condemned', effect: 'condemned' }]
const tidied: readonly Case[] = [{ stays: 'unchanged', told: true }]

/**
 * The target of every signal in every state, written by hand from the specification and never computed from the chart.
 * Presumes that a policy's first probe waits for a moment.
 */
export const table: Table = {
  'healthy.steady': {
    'delivery.ok': [
      { when: { level: 'healthy' }, stays: 'counted' },
      { when: { level: 'degraded' }, to: 'degraded', effect: 'counted' },
      { when: { level: 'broken' }, via: ['degraded'], to: 'broken.holding', effect: 'counted' },
      { when: { level: 'disabled' }, via: ['degraded', 'broken.holding'], to: 'broken.condemned', effect: 'counted' },
    ],
    'delivery.failed': [
      { when: { level: 'healthy' }, stays: 'counted' },
      { when: { level: 'degraded' }, to: 'degraded', effect: 'counted' },
      { when: { level: 'broken' }, via: ['degraded'], to: 'broken.holding', effect: 'counted' },
      { when: { level: 'disabled' }, via: ['degraded', 'broken.holding'], to: 'broken.condemned', effect: 'counted' },
    ],
    'probe.ok': ignored,
    'probe.failed': ignored,
    'receiver.disable': condemned,
    'disable.committed': ignored,
    'timer.due': [
      { when: { timer: 'notices' }, stays: 'unchanged', tells: true },
      { when: { timer: 'deadline', level: 'healthy' }, stays: 'judged' },
      { when: { timer: 'deadline', level: 'degraded' }, to: 'degraded', effect: 'judged' },
      { when: { timer: 'deadline', level: 'broken' }, via: ['degraded'], to: 'broken.holding', effect: 'judged' },
      {
        when: { timer: 'deadline', level: 'disabled' },
        via: ['degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'judged',
      },
    ],
    'admin.enable': ignored,
    'admin.disable': condemned,
    'admin.pause': [{ to: 'paused', effect: 'noted', remembers: 'healthy.steady' }],
    'admin.resume': ignored,
    'admin.probe': ignored,
    'notifier.done': tidied,
  },
  'healthy.probation': {
    'delivery.ok': [
      { when: { probation: 'running', level: 'healthy' }, stays: 'counted' },
      { when: { probation: 'running', level: 'degraded' }, to: 'degraded', effect: 'counted' },
      { when: { probation: 'running', level: 'broken' }, via: ['degraded'], to: 'broken.holding', effect: 'counted' },
      {
        when: { probation: 'running', level: 'disabled' },
        via: ['degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'counted',
      },
      { when: { probation: 'over', level: 'healthy' }, to: 'healthy.steady', effect: 'counted' },
      { when: { probation: 'over', level: 'degraded' }, via: ['healthy.steady'], to: 'degraded', effect: 'counted' },
      {
        when: { probation: 'over', level: 'broken' },
        via: ['healthy.steady', 'degraded'],
        to: 'broken.holding',
        effect: 'counted',
      },
      {
        when: { probation: 'over', level: 'disabled' },
        via: ['healthy.steady', 'degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'counted',
      },
    ],
    'delivery.failed': [
      { when: { probation: 'running', level: 'healthy' }, stays: 'counted' },
      { when: { probation: 'running', level: 'degraded' }, to: 'degraded', effect: 'counted' },
      { when: { probation: 'running', level: 'broken' }, via: ['degraded'], to: 'broken.holding', effect: 'counted' },
      {
        when: { probation: 'running', level: 'disabled' },
        via: ['degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'counted',
      },
      { when: { probation: 'over', level: 'healthy' }, to: 'healthy.steady', effect: 'counted' },
      { when: { probation: 'over', level: 'degraded' }, via: ['healthy.steady'], to: 'degraded', effect: 'counted' },
      {
        when: { probation: 'over', level: 'broken' },
        via: ['healthy.steady', 'degraded'],
        to: 'broken.holding',
        effect: 'counted',
      },
      {
        when: { probation: 'over', level: 'disabled' },
        via: ['healthy.steady', 'degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'counted',
      },
    ],
    'probe.ok': ignored,
    'probe.failed': ignored,
    'receiver.disable': condemned,
    'disable.committed': ignored,
    'timer.due': [
      { when: { timer: 'notices' }, stays: 'unchanged', tells: true },
      { when: { timer: 'deadline', probation: 'running', level: 'healthy' }, stays: 'judged' },
      { when: { timer: 'deadline', probation: 'running', level: 'degraded' }, to: 'degraded', effect: 'judged' },
      {
        when: { timer: 'deadline', probation: 'running', level: 'broken' },
        via: ['degraded'],
        to: 'broken.holding',
        effect: 'judged',
      },
      {
        when: { timer: 'deadline', probation: 'running', level: 'disabled' },
        via: ['degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'judged',
      },
      { when: { timer: 'deadline', probation: 'over', level: 'healthy' }, to: 'healthy.steady', effect: 'judged' },
      {
        when: { timer: 'deadline', probation: 'over', level: 'degraded' },
        via: ['healthy.steady'],
        to: 'degraded',
        effect: 'judged',
      },
      {
        when: { timer: 'deadline', probation: 'over', level: 'broken' },
        via: ['healthy.steady', 'degraded'],
        to: 'broken.holding',
        effect: 'judged',
      },
      {
        when: { timer: 'deadline', probation: 'over', level: 'disabled' },
        via: ['healthy.steady', 'degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'judged',
      },
    ],
    'admin.enable': ignored,
    'admin.disable': condemned,
    'admin.pause': [{ to: 'paused', effect: 'noted', remembers: 'healthy.probation' }],
    'admin.resume': ignored,
    'admin.probe': ignored,
    'notifier.done': tidied,
  },
  degraded: {
    'delivery.ok': [
      { when: { level: 'healthy' }, to: 'healthy.steady', effect: 'counted' },
      { when: { level: 'degraded' }, stays: 'counted' },
      { when: { level: 'broken' }, to: 'broken.holding', effect: 'counted' },
      { when: { level: 'disabled' }, via: ['broken.holding'], to: 'broken.condemned', effect: 'counted' },
    ],
    'delivery.failed': [
      { when: { level: 'healthy' }, to: 'healthy.steady', effect: 'counted' },
      { when: { level: 'degraded' }, stays: 'counted' },
      { when: { level: 'broken' }, to: 'broken.holding', effect: 'counted' },
      { when: { level: 'disabled' }, via: ['broken.holding'], to: 'broken.condemned', effect: 'counted' },
    ],
    'probe.ok': ignored,
    'probe.failed': ignored,
    'receiver.disable': condemned,
    'disable.committed': ignored,
    'timer.due': [
      { when: { timer: 'notices' }, stays: 'unchanged', tells: true },
      { when: { timer: 'deadline', level: 'healthy' }, to: 'healthy.steady', effect: 'judged' },
      { when: { timer: 'deadline', level: 'degraded' }, stays: 'judged' },
      { when: { timer: 'deadline', level: 'broken' }, to: 'broken.holding', effect: 'judged' },
      {
        when: { timer: 'deadline', level: 'disabled' },
        via: ['broken.holding'],
        to: 'broken.condemned',
        effect: 'judged',
      },
    ],
    'admin.enable': ignored,
    'admin.disable': condemned,
    'admin.pause': [{ to: 'paused', effect: 'noted', remembers: 'degraded' }],
    'admin.resume': ignored,
    'admin.probe': ignored,
    'notifier.done': tidied,
  },
  'broken.holding': {
    'delivery.ok': ignored,
    'delivery.failed': ignored,
    'probe.ok': ignored,
    'probe.failed': ignored,
    'receiver.disable': condemned,
    'disable.committed': ignored,
    'timer.due': [
      { when: { timer: 'notices' }, stays: 'unchanged', tells: true },
      {
        when: { timer: 'deadline', level: ['healthy', 'degraded', 'broken'], probe: 'not due' },
        stays: 'judged',
      },
      {
        when: { timer: 'deadline', level: ['healthy', 'degraded', 'broken'], probe: 'due' },
        to: 'broken.probing',
        effect: 'judged',
      },
      { when: { timer: 'deadline', level: 'disabled' }, to: 'broken.condemned', effect: 'judged' },
    ],
    'admin.enable': [
      { when: { probation: 'running' }, to: 'healthy.probation', effect: 'forgiven' },
      { when: { probation: 'over' }, via: ['healthy.probation'], to: 'healthy.steady', effect: 'forgiven' },
    ],
    'admin.disable': condemned,
    'admin.pause': [{ to: 'paused', effect: 'noted', remembers: 'broken.holding' }],
    'admin.resume': ignored,
    'admin.probe': [{ to: 'broken.probing', effect: 'noted' }],
    'notifier.done': tidied,
  },
  'broken.probing': {
    'delivery.ok': ignored,
    'delivery.failed': ignored,
    'probe.ok': [
      { when: { recovery: 'proven', probation: 'running' }, to: 'healthy.probation', effect: 'forgiven' },
      {
        when: { recovery: 'proven', probation: 'over' },
        via: ['healthy.probation'],
        to: 'healthy.steady',
        effect: 'forgiven',
      },
      {
        when: { recovery: 'unproven', level: ['healthy', 'degraded', 'broken'], probe: 'not due' },
        to: 'broken.holding',
        effect: 'counted',
      },
      {
        when: { recovery: 'unproven', level: 'disabled' },
        via: ['broken.holding'],
        to: 'broken.condemned',
        effect: 'counted',
      },
    ],
    'probe.failed': [
      { when: { level: ['healthy', 'degraded', 'broken'], probe: 'not due' }, to: 'broken.holding', effect: 'counted' },
      { when: { level: 'disabled' }, via: ['broken.holding'], to: 'broken.condemned', effect: 'counted' },
    ],
    'receiver.disable': condemned,
    'disable.committed': ignored,
    'timer.due': [
      { when: { timer: 'notices' }, stays: 'unchanged', tells: true },
      { when: { timer: 'deadline', level: ['healthy', 'degraded', 'broken'] }, stays: 'judged' },
      { when: { timer: 'deadline', level: 'disabled' }, to: 'broken.condemned', effect: 'judged' },
    ],
    'admin.enable': [
      { when: { probation: 'running' }, to: 'healthy.probation', effect: 'forgiven' },
      { when: { probation: 'over' }, via: ['healthy.probation'], to: 'healthy.steady', effect: 'forgiven' },
    ],
    'admin.disable': condemned,
    'admin.pause': [{ to: 'paused', effect: 'noted', remembers: 'broken.holding' }],
    'admin.resume': ignored,
    'admin.probe': ignored,
    'notifier.done': tidied,
  },
  // The disablement is on its way to the disk: nothing but its arrival is heard, a pause neither.
  'broken.condemned': {
    'delivery.ok': ignored,
    'delivery.failed': ignored,
    'probe.ok': ignored,
    'probe.failed': ignored,
    'receiver.disable': ignored,
    'disable.committed': [{ to: 'disabled', effect: 'noted', tells: true }],
    'timer.due': [
      { when: { timer: 'notices' }, stays: 'unchanged', tells: true },
      { when: { timer: 'deadline' }, stays: 'unchanged' },
    ],
    'admin.enable': ignored,
    'admin.disable': ignored,
    'admin.pause': ignored,
    'admin.resume': ignored,
    'admin.probe': ignored,
    'notifier.done': tidied,
  },
  disabled: {
    'delivery.ok': ignored,
    'delivery.failed': ignored,
    'probe.ok': ignored,
    'probe.failed': ignored,
    'receiver.disable': ignored,
    'disable.committed': ignored,
    'timer.due': [
      { when: { timer: 'notices' }, stays: 'unchanged', tells: true },
      { when: { timer: 'deadline' }, stays: 'unchanged' },
    ],
    'admin.enable': [
      { when: { probation: 'running' }, to: 'healthy.probation', effect: 'forgiven' },
      { when: { probation: 'over' }, via: ['healthy.probation'], to: 'healthy.steady', effect: 'forgiven' },
    ],
    'admin.disable': ignored,
    'admin.pause': [{ to: 'paused', effect: 'noted', remembers: 'disabled' }],
    'admin.resume': ignored,
    'admin.probe': ignored,
    'notifier.done': tidied,
  },
  paused: {
    'delivery.ok': ignored,
    'delivery.failed': ignored,
    'probe.ok': ignored,
    'probe.failed': ignored,
    'receiver.disable': [
      { when: { from: 'disabled' }, stays: 'unchanged' },
      {
        when: { from: ['healthy.steady', 'healthy.probation', 'degraded', 'broken.holding'] },
        to: 'broken.condemned',
        effect: 'condemned',
      },
    ],
    'disable.committed': ignored,
    'timer.due': [
      { when: { timer: 'notices' }, stays: 'unchanged', tells: true },
      { when: { timer: 'deadline' }, stays: 'unchanged' },
    ],
    'admin.enable': ignored,
    'admin.disable': [
      { when: { from: 'disabled' }, to: 'disabled', effect: 'noted', tells: true },
      {
        when: { from: ['healthy.steady', 'healthy.probation', 'degraded', 'broken.holding'] },
        to: 'broken.condemned',
        effect: 'condemned',
      },
    ],
    'admin.pause': ignored,
    // Back to where it was, and judged from there: time has passed meanwhile, but for what a rule counts on health time.
    'admin.resume': [
      { when: { from: 'healthy.steady', level: 'healthy' }, to: 'healthy.steady', effect: 'judged' },
      {
        when: { from: 'healthy.steady', level: 'degraded' },
        via: ['healthy.steady'],
        to: 'degraded',
        effect: 'judged',
      },
      {
        when: { from: 'healthy.steady', level: 'broken' },
        via: ['healthy.steady', 'degraded'],
        to: 'broken.holding',
        effect: 'judged',
      },
      {
        when: { from: 'healthy.steady', level: 'disabled' },
        via: ['healthy.steady', 'degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'judged',
      },
      {
        when: { from: 'healthy.probation', probation: 'running', level: 'healthy' },
        to: 'healthy.probation',
        effect: 'judged',
      },
      {
        when: { from: 'healthy.probation', probation: 'running', level: 'degraded' },
        via: ['healthy.probation'],
        to: 'degraded',
        effect: 'judged',
      },
      {
        when: { from: 'healthy.probation', probation: 'running', level: 'broken' },
        via: ['healthy.probation', 'degraded'],
        to: 'broken.holding',
        effect: 'judged',
      },
      {
        when: { from: 'healthy.probation', probation: 'running', level: 'disabled' },
        via: ['healthy.probation', 'degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'judged',
      },
      {
        when: { from: 'healthy.probation', probation: 'over', level: 'healthy' },
        via: ['healthy.probation'],
        to: 'healthy.steady',
        effect: 'judged',
      },
      {
        when: { from: 'healthy.probation', probation: 'over', level: 'degraded' },
        via: ['healthy.probation', 'healthy.steady'],
        to: 'degraded',
        effect: 'judged',
      },
      {
        when: { from: 'healthy.probation', probation: 'over', level: 'broken' },
        via: ['healthy.probation', 'healthy.steady', 'degraded'],
        to: 'broken.holding',
        effect: 'judged',
      },
      {
        when: { from: 'healthy.probation', probation: 'over', level: 'disabled' },
        via: ['healthy.probation', 'healthy.steady', 'degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'judged',
      },
      { when: { from: 'degraded', level: 'healthy' }, via: ['degraded'], to: 'healthy.steady', effect: 'judged' },
      { when: { from: 'degraded', level: 'degraded' }, to: 'degraded', effect: 'judged' },
      { when: { from: 'degraded', level: 'broken' }, via: ['degraded'], to: 'broken.holding', effect: 'judged' },
      {
        when: { from: 'degraded', level: 'disabled' },
        via: ['degraded', 'broken.holding'],
        to: 'broken.condemned',
        effect: 'judged',
      },
      {
        when: { from: 'broken.holding', level: ['healthy', 'degraded', 'broken'], probe: 'not due' },
        to: 'broken.holding',
        effect: 'judged',
      },
      {
        when: { from: 'broken.holding', level: ['healthy', 'degraded', 'broken'], probe: 'due' },
        via: ['broken.holding'],
        to: 'broken.probing',
        effect: 'judged',
      },
      {
        when: { from: 'broken.holding', level: 'disabled' },
        via: ['broken.holding'],
        to: 'broken.condemned',
        effect: 'judged',
      },
      { when: { from: 'disabled' }, to: 'disabled', effect: 'noted', tells: true },
    ],
    'admin.probe': ignored,
    'notifier.done': tidied,
  },
}
