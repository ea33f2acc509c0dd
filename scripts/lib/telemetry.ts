import { labelSetsOf, metricOf, metrics, prometheusName } from '../../src/adapters/telemetry/catalogue.ts'
import type { MetricName } from '../../src/adapters/telemetry/catalogue.ts'
import { logLines } from '../../src/adapters/telemetry/log-events.ts'
import { spans, type SpanName } from '../../src/adapters/telemetry/span-table.ts'
import { channelOf } from '../../src/engine/diagnostics.ts'
import { table } from './tables.ts'

/** What telemetry tells, from the lists that it is told by. */
export const telemetryParts: Readonly<Record<string, () => string>> = {
  'telemetry:metrics': metricTable,
  'telemetry:series': seriesSentence,
  'telemetry:spans': () => (Object.keys(spans) as SpanName[]).map(spanTable).join('\n\n'),
  'telemetry:log': () => {
    const rows = Object.entries(logLines).map(([event, { level, fact }]) => [mono(event), mono(level), fact])
    return table(['event', 'level', 'in words'], rows)
  },
  'telemetry:channels': channelTable,
}

const names = Object.keys(metrics) as MetricName[]

function metricTable(): string {
  const rows = names.map((name) => {
    const { kind, unit, help, labels, perIntegration } = metricOf(name)
    const own = Object.entries(labels).map(([label, values]) => `${mono(label)}: ${values.map(mono).join(', ')}`)
    const cell = [...own, ...(perIntegration ? ['(`integration`)'] : [])].join('; ')
    return [mono(prometheusName(name)), mono(name), `${kind}, ${mono(unit)}`, cell, help]
  })
  return table(['in Prometheus', 'in OpenTelemetry', 'kind and unit', 'labels', 'meaning'], rows)
}

/** How many series there are at the most. */
function seriesSentence(): string {
  const count = (perIntegration: boolean) =>
    names
      .map(metricOf)
      .filter((metric) => metric.perIntegration === perIntegration)
      .reduce((sum, metric) => sum + labelSetsOf(metric).length * ((metric.buckets?.length ?? -2) + 3), 0)
  const [whole, each] = [count(false), count(true)]
  return `There are ${whole + each} series, however many integrations there are. With \`perIntegration\` there are ${whole}, and ${each} for each of the first \`integrationsMax\` integrations and for all the others together: ${(whole + each * 101).toLocaleString('en')} at the most, by default.`
}

function spanTable(name: SpanName): string {
  const { about, attributes } = spans[name]
  const rows = Object.entries(attributes).map(([attribute, meaning]) => [mono(attribute), meaning])
  return `### ${mono(name)}\n\n${about}\n\n${table(['attribute', 'meaning'], rows)}`
}

function channelTable(): string {
  const all = new Map<string, string[]>()
  for (const [event, { name }] of Object.entries(channelOf))
    all.set(String(name), [...(all.get(String(name)) ?? []), mono(event)])
  return table(
    ['channel', 'events'],
    [...all].map(([name, events]) => [mono(name), events.join(', ')]),
  )
}

function mono(text: string): string {
  return `\`${text}\``
}
