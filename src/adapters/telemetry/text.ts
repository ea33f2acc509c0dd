import { metricOf, metrics, prometheusName, type Labels, type MetricName } from './catalogue.ts'
import type { Sample } from './gauges.ts'
import type { Series, SeriesBook } from './series.ts'

/** The media type of the text format. */
export const textType = 'text/plain; version=0.0.4; charset=utf-8'

/** All metrics in Prometheus' text format. Metrics of which nothing is known stand in it without a value. */
export function textOf(book: SeriesBook, gauges: readonly Sample[]): string {
  const names = Object.keys(metrics) as MetricName[]
  return names.map((name) => `${headOf(name)}${linesOf(name, book, gauges).join('')}`).join('')
}

function headOf(name: MetricName): string {
  const { help, kind } = metricOf(name)
  const known = prometheusName(name)
  return `# HELP ${known} ${help}\n# TYPE ${known} ${kind}\n`
}

function linesOf(name: MetricName, book: SeriesBook, gauges: readonly Sample[]): readonly string[] {
  const { kind, buckets = [] } = metricOf(name)
  const known = prometheusName(name)
  if (kind === 'gauge')
    return gauges.filter((one) => one.name === name).map(({ labels, value }) => line(known, labels, value))
  if (kind === 'counter') return book.of(name).map(({ labels, count }) => line(known, labels, count))
  return book.of(name).flatMap((series) => histogramLines(known, series, buckets))
}

function histogramLines(name: string, { labels, count, sum, buckets }: Series, bounds: readonly number[]) {
  let below = 0
  const cumulated = bounds.map((bound, i) => {
    below += buckets[i] ?? 0
    return line(`${name}_bucket`, { ...labels, le: String(bound) }, below)
  })
  const all = line(`${name}_bucket`, { ...labels, le: '+Inf' }, count)
  return [...cumulated, all, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, count)]
}

/** No value of a label needs an escape: they are words of closed lists, slugs, and `_other`. */
function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, word]) => `${label}="${word}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`
}
