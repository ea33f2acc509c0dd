import { labelSetsOf, metricOf, namesOf, type Labels, type MetricName } from './catalogue.ts'
import type { Instruments } from './recorder.ts'

/** The measurements of one set of labels. Of a counter, `count` is all there is. */
export interface Series {
  readonly labels: Labels
  readonly count: number
  readonly sum: number
  /** How many are in each bucket, not added up. */
  readonly buckets: readonly number[]
}

interface Kept extends Series {
  count: number
  sum: number
  readonly buckets: number[]
}

/** One word for each set of labels. */
export function keyOf(labels: Labels): string {
  return Object.values(labels).join(' ')
}

/** Counts in memory, in the place of a client library. It grows with the sets of labels alone, and these are bounded. */
export class SeriesBook implements Instruments {
  readonly #all = new Map<MetricName, Map<string, Kept>>()

  /** A first failure is seen as an increase only where a zero stood before it. */
  begin(own: Labels): void {
    for (const name of [...namesOf('counter'), ...namesOf('histogram')]) {
      const metric = metricOf(name)
      for (const labels of labelSetsOf(metric)) this.#of(name, metric.perIntegration ? { ...labels, ...own } : labels)
    }
  }

  add(name: MetricName, labels: Labels): void {
    this.#of(name, labels).count += 1
  }

  observe(name: MetricName, value: number, labels: Labels): void {
    const series = this.#of(name, labels)
    const bounds = metricOf(name).buckets ?? []
    const bucket = bounds.findIndex((bound) => value <= bound)
    series.count += 1
    series.sum += value
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1
  }

  of(name: MetricName): readonly Series[] {
    return [...(this.#all.get(name)?.values() ?? [])]
  }

  #of(name: MetricName, labels: Labels): Kept {
    const series = this.#all.get(name) ?? new Map<string, Kept>()
    this.#all.set(name, series)
    const key = keyOf(labels)
    const known = series.get(key)
    if (known !== undefined) return known
    const made = { labels, count: 0, sum: 0, buckets: (metricOf(name).buckets ?? []).map(() => 0) }
    series.set(key, made)
    return made
  }
}
