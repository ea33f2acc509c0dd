import { createRequire } from 'node:module'

/** One family of metrics, as `parse-prometheus-text-format` reads it. */
interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'COUNTER' | 'GAUGE' | 'HISTOGRAM' | 'UNTYPED'
  readonly metrics: readonly { readonly labels?: Labels; readonly value?: string }[]
}

type Labels = Readonly<Record<string, string>>

// It ships no types, and its ES module is none for Node.
const parse = createRequire(import.meta.url)('parse-prometheus-text-format') as (text: string) => Family[]

/** Scraped metrics. */
export interface Scrape {
  readonly families: readonly Family[]
  /** How many series there are in all, each bucket of a histogram counted for one. */
  readonly count: number
  /** The value of one series; `undefined` where there is none. */
  readonly value: (name: string, labels?: Labels) => number | undefined
  /** Every set of labels of a metric. */
  readonly labels: (name: string) => readonly Labels[]
}

/** Series are read without what is said of them: of a histogram the parser would throw those with different labels together. */
export function scraped(text: string): Scrape {
  const series = parse(text.replaceAll(/^# .*\n/gm, ''))
  const of = (name: string) => series.filter((family) => family.name === name).flatMap(({ metrics }) => metrics)
  const wordOf = (labels: Labels = {}) => JSON.stringify(Object.entries(labels).sort())
  return {
    families: parse(text),
    count: series.reduce((sum, { metrics }) => sum + metrics.length, 0),
    value: (name, labels) => {
      const one = of(name).find((metric) => wordOf(metric.labels) === wordOf(labels))
      return one === undefined ? undefined : Number(one.value)
    },
    labels: (name) => of(name).map(({ labels = {} }) => labels),
  }
}
