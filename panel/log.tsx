import { Fragment, h, useState } from './view.ts'
import type { LogEntry } from '../src/domain/delivery.ts'
import { type Loaded, useLoaded } from './live.ts'
import { Fault, Table, Time } from './parts.tsx'

export interface LogFilter {
  readonly topic: string
  readonly errorsOnly: boolean
  readonly organization: string
  readonly hours: string
}

/** The request log with its filters. */
export function Log({
  slug,
  topics,
  organizations,
  loadedBy,
}: {
  slug: string
  topics: readonly string[]
  organizations: readonly string[]
  loadedBy: (loaded: Loaded<readonly LogEntry[]>) => void
}) {
  const [filter, set] = useState<LogFilter>({ topic: '', errorsOnly: false, organization: '', hours: '' })
  const [since, setSince] = useState<number>()
  const { topic, errorsOnly, organization } = filter
  const [shown, setShown] = useState(20)
  const loaded = useLoaded<readonly LogEntry[]>('log', {
    slug,
    topic,
    errorsOnly: errorsOnly || undefined,
    organization,
    from: since,
  })
  loadedBy(loaded)
  const entries = loaded.value ?? []
  const pick = (
    name: string,
    value: string,
    all: string,
    options: readonly string[],
    onPick: (picked: string) => void,
  ) => (
    <label>
      {name}{' '}
      <select value={value} onChange={(event) => onPick(event.currentTarget.value)}>
        <option value="">{all}</option>
        {options.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  )
  const onHours = (hours: string) => {
    set({ ...filter, hours })
    setSince(hours === '' ? undefined : Date.now() - Number(hours.split(' ')[0]) * 3_600_000)
  }
  return (
    <>
      <div class="tools">
        {pick('Topic', topic, 'all', topics, (one) => set({ ...filter, topic: one }))}
        {pick('Organisation', organization, 'all', organizations, (one) => set({ ...filter, organization: one }))}
        {pick('Of the last', filter.hours, '30 days', ['1 hour', '24 hours', '168 hours'], onHours)}
        <label class="check">
          <input
            type="checkbox"
            checked={errorsOnly}
            onChange={(event) => set({ ...filter, errorsOnly: event.currentTarget.checked })}
          />
          errors only
        </label>
      </div>
      <Fault fault={loaded.fault} />
      <Table
        label="Requests"
        head={['When', 'Topic', 'Outcome', 'Attempt', 'Took, ms', 'Became', 'Delivery']}
        empty="No request is like that."
        rows={entries.slice(0, shown).map((entry) => ({
          key: entry.requestId ?? `${entry.deliveryId} ${entry.at}`,
          cells: [
            <Time at={entry.at} />,
            entry.topic,
            <Outcome entry={entry} />,
            entry.attempt,
            entry.durationMs,
            entry.became,
            <DeliveryLink slug={slug} id={entry.deliveryId} />,
          ],
        }))}
      />
      <p class="legend faint">
        The newest 100 and the newest 100 errors of each topic are kept; request and answer of those that failed only.
      </p>
      {entries.length > shown && (
        <p class="more">
          {shown} of {entries.length}. <button onClick={() => setShown(100)}>Show all</button>
        </p>
      )}
    </>
  )
}

export function DeliveryLink({ slug, id }: { slug: string; id: string }) {
  return (
    <a href={`#/i/${slug}/d/${id}`}>
      <code>{id.slice(0, 12)}</code>
    </a>
  )
}

export function Outcome({ entry }: { entry: LogEntry }) {
  const isOk = entry.outcome.kind === 'ok'
  return (
    <span class={isOk ? 'outcome ok' : 'outcome failed'}>
      <span aria-hidden="true">{isOk ? '✓' : '✕'}</span> {entry.outcome.code} <small>{entry.outcome.kind}</small>
    </span>
  )
}
