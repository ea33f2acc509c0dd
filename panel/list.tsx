import { Fragment, h, useEffect, useState } from './view.ts'
import { ago, count, setNow, sum } from './format.ts'
import { useEvery, useLive, useLoaded } from './live.ts'
import { Fault, Page, RateBar, State, Table, Time } from './parts.tsx'
import type { List } from './wire.ts'

const states = ['healthy', 'degraded', 'broken', 'disabled', 'paused', 'quarantined'] as const
const sorts = {
  severity: 'Worst first',
  name: 'Name',
  since: 'Changed last',
  ledger: 'Fullest ledger',
  waiting: 'Most waiting',
} as const
const usual = ['', 'severity']
const rowsMax = 100

/** Every integration, the worst first. */
export function ListPage() {
  const asked = new URLSearchParams(location.hash.split('?')[1])
  const [typed, setTyped] = useState(asked.get('q') ?? '')
  const [q, setQ] = useState(typed)
  const [state, setState] = useState(asked.get('state') ?? '')
  const [sort, setSort] = useState(asked.get('sort') ?? 'severity')
  const [offset, setOffset] = useState(0)
  const { value, fault, reload } = useLoaded<List>('list', { q, state, sort, limit: rowsMax, offset })
  useLive(undefined, { told: () => reload(true), pulse: () => reload(true), hello: () => reload() })
  useEvery(10_000, reload)
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed), 150)
    return () => clearTimeout(timer)
  }, [typed])
  // So that the way back leads to what was looked for, and a link to it.
  useEffect(() => {
    const now = new URLSearchParams(Object.entries({ q, state, sort }).filter(([, text]) => !usual.includes(text)))
    history.replaceState(null, '', now.size > 0 ? `#/?${now}` : '#/')
  }, [q, state, sort])
  useEffect(() => setOffset(0), [q, state, sort])
  if (value) setNow(value.at)
  return (
    <Page title="Integrations">
      <h1>Integrations</h1>
      <Fault fault={fault} />
      {value?.outage && (
        <p class="fault" role="alert">
          <b>Our own side is down</b> since <Time at={value.outage.at} />: {value.outage.hosts} hosts cannot be reached.
          Nothing is judged and no time counts.
        </p>
      )}
      <div class="chips" role="group" aria-label="Filter by state">
        <button aria-pressed={state === ''} onClick={() => setState('')}>
          All <b>{count(sum(value?.states ?? {}))}</b>
        </button>
        {states.map((name) => (
          <button key={name} aria-pressed={state === name} onClick={() => setState(state === name ? '' : name)}>
            <State state={name} /> <b>{count(value?.states[name] ?? 0)}</b>
          </button>
        ))}
      </div>
      <div class="tools">
        <label>
          <span class="hidden">Search by name, slug or organisation</span>
          <input
            type="search"
            id="search"
            maxLength={256}
            placeholder="Search name, slug or organisation"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <label>
          Order{' '}
          <select value={sort} onChange={(event) => setSort(event.currentTarget.value)}>
            {Object.entries(sorts).map(([name, text]) => (
              <option key={name} value={name}>
                {text}
              </option>
            ))}
          </select>
        </label>
      </div>
      {value && <Rows list={value} />}
      {value && value.rows.length < value.matching && (
        <p class="more">
          <button disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - rowsMax))}>
            Previous
          </button>{' '}
          <span role="status">
            {count(Math.min(offset + 1, value.matching))} to {count(offset + value.rows.length)} of{' '}
            {count(value.matching)}
          </span>{' '}
          <button disabled={offset + rowsMax >= value.matching} onClick={() => setOffset(offset + rowsMax)}>
            Next
          </button>
        </p>
      )}
    </Page>
  )
}

function Rows({ list }: { list: List }) {
  return (
    <Table
      class="list"
      label="List of integrations"
      head={['Integration', 'State', 'Since', 'Failed, 24 h', 'Waiting', 'Ledger', 'Next']}
      empty={list.total === 0 ? 'No integration is registered yet.' : 'None is like that.'}
      rows={list.rows.map((row) => ({
        key: row.integration,
        cells: [
          <>
            <a class="name" href={`#/i/${row.integration}`}>
              {row.name}
            </a>
            <small>
              {row.integration} · {row.organization}
            </small>
          </>,
          <State
            state={row.state}
            detail={row.chartState.split('.')[1] === 'probation' ? 'on probation' : undefined}
          />,
          <Time at={row.since} />,
          <RateBar rate={row.rate} />,
          row.waiting + row.inFlight,
          row.held + row.dead,
          nextOf(row),
        ],
      }))}
    />
  )
}

export function nextOf({
  probeAt,
  next,
}: List['rows'][number] | { probeAt?: number; next?: { to: string; at: number } }): string {
  const parts = [
    ...(probeAt === undefined ? [] : [`probe ${ago(probeAt)}`]),
    ...(next === undefined ? [] : [`${next.to} ${ago(next.at)}`]),
  ]
  return parts.join(', ')
}
