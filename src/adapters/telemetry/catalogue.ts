import type { HealthState } from '../../domain/health.ts'
import type { OutcomeKind } from '../../domain/outcome.ts'

/** What one metric is. */
export interface Metric {
  readonly kind: 'counter' | 'histogram' | 'gauge'
  /** As UCUM has it: `s`, `By`, or what is counted, in braces. */
  readonly unit: string
  readonly help: string
  /** Each label with every value it can have. */
  readonly labels: Readonly<Record<string, readonly string[]>>
  /** A further label `integration` is there where the host asks for it. */
  readonly perIntegration: boolean
  /** Of a histogram: the upper bounds, in its unit. */
  readonly buckets?: readonly number[]
  /** Of a gauge: what several integrations come to together. @default 'sum' */
  readonly together?: 'max'
}

const outcomes: Readonly<Record<OutcomeKind, true>> = {
  ok: true,
  gone: true,
  throttled: true,
  rejected: true,
  redirect: true,
  server: true,
  timeout: true,
  unreachable: true,
  protocol: true,
  blocked: true,
  local: true,
}

const states: Readonly<Record<HealthState, true>> = {
  healthy: true,
  degraded: true,
  broken: true,
  disabled: true,
  paused: true,
  quarantined: true,
}

/** Every metric, by its OpenTelemetry name: the one list that both exporters, the docs and the tests are made from. */
export const metrics = {
  'hookward.attempts': {
    kind: 'counter',
    unit: '{attempt}',
    help: 'Attempts that ended, by how. Those that our own trouble cut short are not among them.',
    labels: { outcome: Object.keys(outcomes) },
    perIntegration: true,
  },
  'hookward.attempt.duration': {
    kind: 'histogram',
    unit: 's',
    help: 'How long attempts took, from looking up the name to the end of the answer.',
    labels: { outcome: Object.keys(outcomes) },
    perIntegration: false,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
  },
  'hookward.deliveries': {
    kind: 'counter',
    unit: '{delivery}',
    help: 'Deliveries that ended: delivered, dead (no attempt follows), or expired from the ledger.',
    labels: { outcome: ['delivered', 'dead', 'expired'] },
    perIntegration: true,
  },
  'hookward.delivery.duration': {
    kind: 'histogram',
    unit: 's',
    help: 'How long it took from the acceptance of an event until it was delivered.',
    labels: {},
    perIntegration: false,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 21_600, 86_400, 259_200],
  },
  'hookward.transitions': {
    kind: 'counter',
    unit: '{transition}',
    help: 'Integrations that became degraded, broken, disabled, healthy again, or quarantined.',
    labels: { to: ['healthy', 'degraded', 'broken', 'disabled', 'quarantined'] },
    perIntegration: true,
  },
  'hookward.letters': {
    kind: 'counter',
    unit: '{letter}',
    help: 'Tries of letters: sent, delayed (tried again later), failed (given up), or undeliverable (nobody to write to).',
    labels: { outcome: ['sent', 'delayed', 'failed', 'undeliverable'] },
    perIntegration: false,
  },
  'hookward.ledger.fillings': {
    kind: 'counter',
    unit: '{warning}',
    help: 'Times that a ledger was 80 percent full: at the end the oldest of it expires.',
    labels: {},
    perIntegration: true,
  },
  'hookward.integrations': {
    kind: 'gauge',
    unit: '{integration}',
    help: 'Integrations, by the state they are in.',
    labels: { state: Object.keys(states) },
    perIntegration: true,
  },
  'hookward.backlog': {
    kind: 'gauge',
    unit: '{delivery}',
    help: 'Deliveries that wait for an attempt, are in flight, are held in the ledger, or are dead letters.',
    labels: { state: ['waiting', 'in_flight', 'held', 'dead'] },
    perIntegration: true,
  },
  'hookward.backlog.age': {
    kind: 'gauge',
    unit: 's',
    help: 'For how long the delivery that is most overdue has been due. Held ones are not due.',
    labels: {},
    perIntegration: true,
    together: 'max',
  },
  'hookward.ledger.size': {
    kind: 'gauge',
    unit: 'By',
    help: 'What held deliveries and dead letters take of the room there is.',
    labels: {},
    perIntegration: true,
  },
  'hookward.frozen': {
    kind: 'gauge',
    unit: '{outage}',
    help: '1 while our own side is down and nothing is judged, else 0.',
    labels: {},
    perIntegration: false,
  },
  'hookward.up': {
    kind: 'gauge',
    unit: '{engine}',
    help: '1 while the engine runs; 0 once it has stopped, by itself or not.',
    labels: {},
    perIntegration: false,
  },
} as const satisfies Readonly<Record<string, Metric>>

export type MetricName = keyof typeof metrics
export type Labels = Readonly<Record<string, string>>

/** The same table, each row seen as any other. */
export function metricOf(name: MetricName): Metric {
  return metrics[name]
}

/** The names of one kind, in the order of the table. */
export function namesOf(kind: Metric['kind']): readonly MetricName[] {
  return (Object.keys(metrics) as MetricName[]).filter((name) => metrics[name].kind === kind)
}

const suffixes: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' }

/** The name that Prometheus knows it by: the one that OpenTelemetry's Collector makes of it, too. */
export function prometheusName(name: MetricName): string {
  const { kind, unit } = metrics[name]
  return `${name.replaceAll('.', '_')}${suffixes[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`
}

/** Every set of labels that a metric is sure to have, the integration aside. */
export function labelSetsOf({ labels }: Metric): readonly Labels[] {
  return Object.entries(labels).reduce<readonly Labels[]>(
    (sets, [label, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value }))),
    [{}],
  )
}
