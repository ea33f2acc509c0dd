import type { BatchObservableCallback, Counter, Histogram, Meter, Observable as Gauge } from '@opentelemetry/api'
import { metricOf, namesOf, type Labels, type MetricName } from './catalogue.ts'
import type { Observable } from './engine.ts'
import { gaugesOf } from './gauges.ts'
import type { IntegrationLabels } from './integration-label.ts'
import { record, type Instruments } from './recorder.ts'

/** Tells an OpenTelemetry meter all that is measured, until the answer is called. */
export function meter(engine: Observable, meter: Meter, labels: IntegrationLabels): () => void {
  const leave = record(engine, instrumentsOf(meter), labels)
  const gauges = new Map<MetricName, Gauge>(
    namesOf('gauge').map((name) => [name, meter.createObservableGauge(name, optionsOf(name))]),
  )
  const observe: BatchObservableCallback = async (result) => {
    const overview = await engine.overview().catch(() => undefined)
    for (const { name, labels: attributes, value } of gaugesOf(overview, labels)) {
      const gauge = gauges.get(name)
      if (gauge !== undefined) result.observe(gauge, value, attributes)
    }
  }
  meter.addBatchObservableCallback(observe, [...gauges.values()])
  return () => {
    leave()
    meter.removeBatchObservableCallback(observe, [...gauges.values()])
  }
}

function instrumentsOf(meter: Meter): Instruments {
  const counters = new Map<MetricName, Counter>(
    namesOf('counter').map((name) => [name, meter.createCounter(name, optionsOf(name))]),
  )
  const histograms = new Map<MetricName, Histogram>(
    namesOf('histogram').map((name) => [name, meter.createHistogram(name, optionsOf(name))]),
  )
  return {
    add: (name, labels: Labels) => counters.get(name)?.add(1, labels),
    observe: (name, value, labels: Labels) => histograms.get(name)?.record(value, labels),
  }
}

function optionsOf(name: MetricName) {
  const { help: description, unit, buckets } = metricOf(name)
  return {
    description,
    unit,
    ...(buckets === undefined ? {} : { advice: { explicitBucketBoundaries: [...buckets] } }),
  }
}
