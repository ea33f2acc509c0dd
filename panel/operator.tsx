import { type Child, Fragment, h, useState } from './view.ts'
import type { Standing } from '../src/domain/overview.ts'
import { bytes, count, setNow, span } from './format.ts'
import { useEvery, useLive, useLoaded } from './live.ts'
import { nextOf } from './list.tsx'
import { Card, Facts, Fault, Page, State, Table, Time } from './parts.tsx'
import type { Operator, ShadowNews, Told } from './wire.ts'

/** What whoever runs it all looks at. */
export function OperatorPage() {
  const { value, fault, reload } = useLoaded<Operator>('operator', {})
  const [pulse, setPulse] = useState({ delivered: 0, failed: 0 })
  const [news, setNews] = useState<readonly Told[]>([])
  useLive(undefined, {
    pulse: setPulse,
    told: (told) => {
      setNews((old) => [told, ...old].slice(0, 20))
      reload(true)
    },
    hello: () => reload(),
  })
  useEvery(3_000, () => {
    setPulse({ delivered: 0, failed: 0 })
    reload()
  })
  if (value) setNow(value.at)
  return (
    <Page title="Operator">
      <h1>Operator</h1>
      <Fault fault={fault} />
      {value && (
        <>
          <Card title="Our own side">
            <Facts
              facts={[
                [
                  'Guard',
                  value.outage ? (
                    <b class="alarm">
                      frozen: {value.outage.sign}, {value.outage.hosts} of {value.outage.alive} hosts
                    </b>
                  ) : (
                    'no outage of our own'
                  ),
                ],
                ...(value.outage ? [['Frozen since', <Time at={value.outage.at} />] as const] : []),
                ['Time that does not count', span(value.lostMs)],
                ['Policy', `${value.policy.name} ${value.policy.version}`],
                ['Machines awake', count(value.actors)],
                ['Watching', count(value.viewers)],
              ]}
            />
          </Card>
          <Card title="Backlog">
            <Facts
              facts={[
                ['Integrations', count(value.sums.integrations)],
                ['Lanes not open', count(value.sums.closed)],
                ['Waiting', count(value.sums.waiting)],
                ['In flight', count(value.sums.inFlight)],
                ['Held', count(value.sums.held)],
                ['Dead letters', count(value.sums.dead)],
                ['In the last second', `${count(pulse.delivered)} arrived, ${count(pulse.failed)} failed`],
              ]}
            />
          </Card>
          <Card title="Store">
            <Facts
              facts={[
                ['Writes', fault?.code === 'ENGINE_FAILED' ? <b class="alarm">one has failed</b> : 'none has failed'],
                ['Ledgers take', `${bytes(value.ledgerBytes)} of ${bytes(value.backlogBytesMax / 2)}`],
                ['One ledger may take', bytes(value.ledgerBytesMax)],
                ['Bodies at the most', bytes(value.backlogBytesMax)],
              ]}
            />
            <Standings
              label="Fullest ledgers"
              head={['Takes']}
              empty="No ledger holds anything."
              rows={value.ledgers}
              cells={(one) => [bytes(one.ledgerBytes)]}
            />
          </Card>
          <Card title="Lanes">
            <Standings
              label="Fullest lanes"
              head={['Waiting', 'In flight', 'Gate']}
              empty="Nothing waits."
              rows={value.lanes}
              cells={(one) => [one.waiting, one.inFlight, one.gate]}
            />
          </Card>
          <Card title="Next deadlines">
            <Standings
              label="Deadlines"
              head={['Next']}
              empty="Nothing will happen by time alone."
              rows={value.due}
              cells={(one) => [nextOf(one)]}
            />
          </Card>
          {value.shadow && <Shadow shadow={value.shadow} />}
          <Card title="News since this page was opened">
            <ol class="path" aria-live="polite">
              {news.map((one) => (
                <li key={`${one.at} ${one.type} ${one.integration ?? ''}`}>
                  <Time at={one.at} /> <b>{one.type}</b>{' '}
                  {one.integration && <a href={`#/i/${one.integration}`}>{one.integration}</a>} {one.summary}
                </li>
              ))}
            </ol>
            {news.length === 0 && <p class="empty">Nothing yet.</p>}
          </Card>
        </>
      )}
    </Page>
  )
}

function Standings(props: {
  label: string
  head: readonly string[]
  empty: string
  rows: readonly Standing[]
  cells: (one: Standing) => readonly Child[]
}) {
  return (
    <Table
      label={props.label}
      head={['Integration', 'State', ...props.head]}
      empty={props.empty}
      rows={props.rows.map((one) => ({
        key: one.integration,
        cells: [<a href={`#/i/${one.integration}`}>{one.name}</a>, <State state={one.state} />, ...props.cells(one)],
      }))}
    />
  )
}

/** Where a second policy would have it otherwise. */
function Shadow({ shadow }: { shadow: ShadowNews }) {
  return (
    <Card title={`In the shadow: ${shadow.policy.name} ${shadow.policy.version}`}>
      <Facts
        facts={[
          ['Listens since', <Time at={shadow.since} />],
          ['Heard of', count(shadow.heard)],
          ['Differs over', count(shadow.differing)],
          ['Would have disabled', count(shadow.wouldHaveDisabled)],
        ]}
      />
      <Table
        label="Differences"
        head={['Integration', 'It is', 'It would be', 'Since', 'Because']}
        empty="Both see everything alike."
        rows={shadow.differences.map((one) => ({
          key: one.integration,
          cells: [
            <a href={`#/i/${one.integration}`}>{one.integration}</a>,
            <State state={one.live} />,
            <State state={one.shadow} />,
            <Time at={one.since} />,
            one.summary,
          ],
        }))}
      />
    </Card>
  )
}
