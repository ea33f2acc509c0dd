import { checkFields } from '../../policy/check.ts'
import { checkEngine, option, type Observable } from './engine.ts'
import { gaugesOf } from './gauges.ts'
import { cardinalityNames, integrationLabels, readCardinality, type CardinalityOptions } from './integration-label.ts'
import { record } from './recorder.ts'
import { SeriesBook } from './series.ts'
import { textOf, textType } from './text.ts'

/** How metrics are told to Prometheus. */
export type PrometheusOptions = CardinalityOptions

/** Metrics of one engine, ready to be scraped. */
export interface Prometheus {
  /** Answers a scrape, at whatever path the host mounts it. It asks nobody who they are: that is the host's. Never rejects. */
  handler(request: Request): Promise<Response>
  /** All metrics in the text format. */
  text(): Promise<string>
  /** Counts no more. What was counted can still be read. */
  close(): void
}

/**
 * Counts what an engine does, for Prometheus: a fetch-style handler that answers in the text format.
 * @throws HookwardError `OPTION_INVALID`.
 * @example
 * const metrics = prometheus(hookward)
 * app.get('/metrics', async (_, response) => response.type('text').send(await metrics.text()))
 */
export function prometheus(engine: Observable, options: PrometheusOptions = {}): Prometheus {
  checkEngine(engine, ['on', 'overview'])
  const labels = integrationLabels(readCardinality(checkFields(options, option('the options'), cardinalityNames)))
  const book = new SeriesBook()
  if (!labels.isApart) book.begin({})
  const close = record(engine, book, labels)
  const text = async () => {
    const overview = await engine.overview().catch(() => undefined)
    for (const { integration } of overview?.integrations ?? []) book.begin(labels.of(integration))
    return textOf(book, gaugesOf(overview, labels))
  }
  return { text, close, handler: (request) => answer(request, text) }
}

async function answer({ method }: Request, text: () => Promise<string>): Promise<Response> {
  if (method !== 'GET' && method !== 'HEAD') return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
  const headers = { 'content-type': textType, 'cache-control': 'no-store' }
  return new Response(method === 'HEAD' ? null : await text(), { headers })
}
