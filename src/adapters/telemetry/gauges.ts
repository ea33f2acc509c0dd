import type { Overview, Standing } from '../../domain/overview.ts'
import { metricOf, metrics, type Labels, type MetricName } from './catalogue.ts'
import type { IntegrationLabels } from './integration-label.ts'
import { keyOf } from './series.ts'

/** One value of a gauge. */
export interface Sample {
  readonly name: MetricName
  readonly labels: Labels
  readonly value: number
}

/** How everything stands, as the values of all gauges; an engine that answers no more is `undefined`. */
export function gaugesOf(overview: Overview | undefined, labels: IntegrationLabels): readonly Sample[] {
  if (overview === undefined) return [sample('hookward.up', 0)]
  const { at, integrations, outage } = overview
  const whole = [sample('hookward.up', 1), sample('hookward.frozen', outage === undefined ? 0 : 1)]
  const each = integrations.flatMap((standing) => standingOf(standing, at, labels.of(standing.integration)))
  return [...whole, ...together(labels.isApart ? each : [...nobody, ...each])]
}

/** A state which nobody is in reads 0, and not nothing. */
function standingOf(standing: Counted, at: number, own: Labels): readonly Sample[] {
  const { waiting, inFlight, held, dead, dueAt = at, ledgerBytes } = standing
  const backlog = Object.entries({ waiting, in_flight: inFlight, held, dead })
  return [
    ...states.map((state) => sample('hookward.integrations', state === standing.state ? 1 : 0, { state, ...own })),
    ...backlog.map(([state, value]) => sample('hookward.backlog', value, { state, ...own })),
    sample('hookward.backlog.age', Math.max(0, at - dueAt) / 1_000, own),
    sample('hookward.ledger.size', ledgerBytes, own),
  ]
}

type Counted = Pick<Standing, 'waiting' | 'inFlight' | 'held' | 'dead' | 'dueAt' | 'ledgerBytes'> & { state?: string }

const states = metrics['hookward.integrations'].labels.state
const nobody = standingOf({ waiting: 0, inFlight: 0, held: 0, dead: 0, ledgerBytes: 0 }, 0, {})

/** Those with the same labels become one. */
function together(samples: readonly Sample[]): readonly Sample[] {
  const all = new Map<string, Sample>()
  for (const one of samples) {
    const key = `${one.name} ${keyOf(one.labels)}`
    const { value } = all.get(key) ?? { value: 0 }
    const isMost = metricOf(one.name).together === 'max'
    all.set(key, { ...one, value: isMost ? Math.max(value, one.value) : value + one.value })
  }
  return [...all.values()]
}

function sample(name: MetricName, value: number, labels: Labels = {}): Sample {
  return { name, labels, value }
}
