import { h, useState } from './view.ts'
import type { LogEntry } from '../src/domain/delivery.ts'
import { exact } from './format.ts'
import { useLive, useLoaded } from './live.ts'
import { Outcome } from './log.tsx'
import { Bar, Card, Facts, Fault, Page, Time } from './parts.tsx'
import type { DeliveryDetails } from './wire.ts'

const phases = ['dns', 'connect', 'tls', 'send', 'head', 'body'] as const
const bodyCharsMax = 1_024

/** One delivery: each attempt that the log still has. */
export function DeliveryPage({ slug, id }: { slug: string; id: string }) {
  const { value, fault, reload } = useLoaded<DeliveryDetails>('delivery', { slug, id })
  useLive(slug, { told: (told) => told.deliveryId === id && reload(true), hello: () => reload() })
  const last = value?.attempts.at(-1)
  const kept = value?.held ?? value?.dead
  return (
    <Page title={`Delivery ${id}`}>
      <p class="crumbs">
        <a href="#/">Integrations</a> / <a href={`#/i/${slug}`}>{slug}</a> /
      </p>
      <h1>
        Delivery <code>{id}</code>
      </h1>
      <Fault fault={fault} />
      {value && (
        <Facts
          facts={[
            ['Topic', last?.topic ?? kept?.topic ?? 'unknown'],
            ['Event', <code>{last?.eventId ?? kept?.eventId ?? 'unknown'}</code>],
            ['Organisation', last?.organization ?? kept?.organization ?? 'unknown'],
            ['It is', kept ? `${value.held ? 'held' : 'dead'}: ${kept.reason}` : (last?.became ?? 'not in the log')],
            ...(kept ? [['Kept until', exact(kept.expiresAt)] as const] : []),
            ...(last?.replays
              ? [
                  [
                    'Made from',
                    <a href={`#/i/${slug}/d/${last.replays}`}>
                      <code>{last.replays}</code>
                    </a>,
                  ] as const,
                ]
              : []),
          ]}
        />
      )}
      {value?.attempts.length === 0 && <p class="empty">The log has no attempt of it (any more).</p>}
      {value?.attempts.map((entry) => (
        <AttemptCard key={entry.requestId ?? entry.at} entry={entry} />
      ))}
    </Page>
  )
}

function AttemptCard({ entry }: { entry: LogEntry }) {
  return (
    <Card
      title={entry.requestId ? `Attempt ${entry.attempt}` : `After attempt ${entry.attempt}`}
      side={<Outcome entry={entry} />}
    >
      <Facts
        facts={[
          ['Ended', <Time at={entry.at} />],
          ['Took', entry.durationMs === undefined ? 'nothing was sent' : `${entry.durationMs} ms`],
          ['Became', entry.became],
          ['To', <code>{entry.webhookUrl}</code>],
          ...(entry.requestId ? [['Request-ID', <code>{entry.requestId}</code>] as const] : []),
          ...(entry.errorId ? [['Error named by the receiver', <code>{entry.errorId}</code>] as const] : []),
        ]}
      />
      {entry.phasesMs && <Phases phasesMs={entry.phasesMs} />}
      {entry.requestBody !== undefined && <Exchange entry={entry} />}
      {entry.requestBody === undefined && entry.requestId && (
        <p class="faint">It arrived: the log keeps request and answer of what failed only.</p>
      )}
    </Card>
  )
}

/** What each phase took, side by side. */
function Phases({ phasesMs }: { phasesMs: NonNullable<LogEntry['phasesMs']> }) {
  const all = Math.max(0.1, ...[phases.reduce((sum, name) => sum + phasesMs[name], 0)])
  return (
    <dl class="phases">
      {phases.map((name) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Bar share={(100 * phasesMs[name]) / all} label={`${name}: ${phasesMs[name]} ms`} /> {phasesMs[name]} ms
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** As text, whatever the receiver answered. */
function Exchange({ entry }: { entry: LogEntry }) {
  const headers = Object.entries(entry.requestHeaders ?? {})
  const cut = (text = '') => (text.length >= bodyCharsMax ? ' (cut)' : '')
  return (
    <div class="columns">
      <div>
        <h3>Request{cut(entry.requestBody)}</h3>
        <pre
          tabIndex={0}
        >{`${headers.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${entry.requestBody}`}</pre>
        <Copy text={curlOf(entry)} />
      </div>
      <div>
        <h3>Answer{cut(entry.responseBody)}</h3>
        <pre tabIndex={0} class="answer">
          {entry.responseBody === undefined ? 'No answer came.' : `HTTP ${entry.responseCode}\n\n${entry.responseBody}`}
        </pre>
      </div>
    </div>
  )
}

function Copy({ text }: { text: string }) {
  const [said, say] = useState('')
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => say('Copied'),
      () => say('The browser did not allow it'),
    )
  return (
    <p>
      <button onClick={copy}>Copy as curl</button> <span role="status">{said}</span>{' '}
      <span class="faint">Signatures are masked: the receiver will not take it for genuine.</span>
    </p>
  )
}

/** For a shell: a quote inside a quoted text ends it, stands escaped, and begins it again. */
export function curlOf({ webhookUrl, requestHeaders = {}, requestBody = '' }: LogEntry): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  const skipped = /^(content-length|host|connection)$/i
  const headers = Object.entries(requestHeaders).filter(([name]) => !skipped.test(name))
  return [
    `curl -X POST ${quoted(webhookUrl)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(requestBody)}`,
  ].join(' \\\n  ')
}
