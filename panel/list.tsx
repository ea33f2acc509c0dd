import { h, useEffect, useState } from './view.ts'
import { ago, count, setNow, sum } from './format.ts'
import { useEvery, useLive, useLoaded } from './live.ts'
import { Fault, RateBar, State, Time } from './parts.tsx'
import type { List } from './wire.ts'

const states = ['healthy', 'degraded', 'broken', 'disabled', 'paused', 'quarantined'] as const
const sorts = {
  severity: 'Worst first',
  name: 'Name',
  since: 'Changed last',
  ledger: 'Fullest ledger',
  waiting: 'Most waiting',
} as const
const step = 100

/** Every integration, the worst first. */
export function ListPage() {
  const [typed, setTyped] = useState('')
  const [q, setQ] = useState('')
  const [state, setState] = useState('')
  const [sort, setSort] = useState('severity')
  const [limit, setLimit] = useState(step)
  const { value, fault, reload } = useLoaded<List>('list', { q, state, sort, limit })
  useLive(undefined, { told: () => reload(true), pulse: () => reload(true), hello: () => reload() })
  useEvery(10_000, reload)
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed), 150)
    return () => clearTimeout(timer)
  }, [typed])
  if (value) setNow(value.at)
  return (
    <main>
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
          {count(value.rows.length)} of {count(value.matching)}.{' '}
          {limit < 1_000 ? (
            <button onClick={() => setLimit(limit + 3 * step)}>Show more</button>
          ) : (
            'Search to narrow them down.'
          )}
        </p>
      )}
    </main>
  )
}

function Rows({ list }: { list: List }) {
  if (list.rows.length === 0)
    return <p class="empty">{list.total === 0 ? 'No integration is registered yet.' : 'None is like that.'}</p>
  return (
    <table class="list">
      <thead>
        <tr>
          {['Integration', 'State', 'Since', 'Failed, 24 h', 'Waiting', 'Ledger', 'Next'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {list.rows.map((row) => (
          <tr key={row.integration}>
            <td class="name">
              <a href={`#/i/${row.integration}`}>{row.name}</a>
              <small>
                {row.integration} · {row.organization}
              </small>
            </td>
            <td>
              <State
                state={row.state}
                detail={row.chartState.split('.')[1] === 'probation' ? 'on probation' : undefined}
              />
            </td>
            <td data-label="Since">
              <Time at={row.since} />
            </td>
            <td data-label="Failed, 24 h">
              <RateBar rate={row.rate} />
            </td>
            <td class="number" data-label="Waiting">
              {count(row.waiting + row.inFlight)}
            </td>
            <td class="number" data-label="Ledger">
              {count(row.held + row.dead)}
            </td>
            <td data-label="Next">{nextOf(row)}</td>
          </tr>
        ))}
      </tbody>
    </table>
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
  return parts.join(', ') || '–'
}
