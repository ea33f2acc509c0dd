import { Fragment, h, useState } from './view.ts'
import type { Explanation } from '../src/domain/health.ts'
import type { ProbeAnswer } from '../src/domain/probe.ts'
import { Chart } from './chart.tsx'
import { exact, setNow, span, words } from './format.ts'
import { Ledger, progressed, type Progress } from './ledger.tsx'
import { useEvery, useLive, useLoaded, type Loaded } from './live.ts'
import { Log } from './log.tsx'
import { Ask, Card, Facts, Fault, State, Table, Time, type Asked } from './parts.tsx'
import { Timeline } from './timeline.tsx'
import type { ChartStep, Details, Session } from './wire.ts'

/** One integration: where it stands, why, what happened and what may be done. */
export function IntegrationPage({ slug, may }: { slug: string; may: Session['may'] | undefined }) {
  const { value, fault, reload } = useLoaded<Details>('integration', { slug })
  const [step, setStep] = useState<ChartStep>()
  const [asked, ask] = useState<Asked>()
  const [said, say] = useState('')
  const [turn, setTurn] = useState(0)
  const [progress, setProgress] = useState<Progress>()
  let log: Loaded<unknown> | undefined
  const again = (soon: boolean) => {
    reload(soon)
    log?.reload(soon)
    setTurn((n) => n + 1)
  }
  useLive(slug, {
    told: (told) => {
      setProgress((old) => old && progressed(old, told))
      again(true)
    },
    chart: (taken) => {
      setStep(taken)
      reload(true)
    },
    hello: () => again(false),
  })
  useEvery(15_000, reload)
  if (value) setNow(value.at)
  if (value === undefined) return <main>{fault ? <Fault fault={fault} /> : <p class="empty">Loading</p>}</main>
  const { integration, explanation, transitions, hours, topics } = value
  // The machine's own word is newer than what was loaded; what is durable comes after it.
  const chartState = step !== undefined && step.at > value.at ? leafOf(step.value) : explanation.chartState
  const organizations = [...new Set(value.installations.map(({ organization }) => organization))]
  return (
    <main>
      <p class="crumbs">
        <a href="#/">Integrations</a> /
      </p>
      <div class="head">
        <h1>
          {integration.name} <State state={explanation.state} />
        </h1>
        {may && (
          <Actions
            slug={slug}
            may={may}
            explanation={explanation}
            ask={ask}
            onDone={(text) => {
              say(text)
              again(false)
            }}
          />
        )}
      </div>
      <Fault fault={fault} />
      <p role="status" class="said">
        {said}
      </p>
      <p class="sentence">
        Since <Time at={explanation.since} />: {explanation.evidence.summary}.
      </p>
      <Card title="Where it stands">
        <Chart state={chartState} path={transitions} />
      </Card>
      <Card title="Timeline">
        <Timeline hours={hours} transitions={transitions} explanation={explanation} createdAt={integration.createdAt} />
      </Card>
      <Why explanation={explanation} />
      <Card title="Requests">
        <Log slug={slug} topics={topics} organizations={organizations} loadedBy={(loaded) => (log = loaded)} />
      </Card>
      <Card title="Ledger">
        <Ledger
          slug={slug}
          mayReplay={may?.replay === true}
          turn={turn}
          ask={ask}
          progress={progress}
          setProgress={setProgress}
        />
      </Card>
      <Told details={value} />
      <Registration details={value} />
      {asked && <Ask asked={asked} onClose={() => ask(undefined)} />}
    </main>
  )
}

function Actions(props: {
  slug: string
  may: Session['may']
  explanation: Explanation
  ask: (asked: Asked) => void
  onDone: (text: string) => void
}) {
  const { slug, may, explanation, ask, onDone } = props
  const { state } = explanation
  const stands = (answer: unknown) => onDone((answer as Explanation).sentence)
  const all: readonly (Omit<Asked, 'slug'> & { action: keyof Session['may']; when: boolean; primary?: boolean })[] = [
    {
      action: 'enable',
      title: 'Enable',
      text: 'It is trusted again, and what was held is sent. Where the policy asks for it, one held delivery is sent first.',
      mayForce: true,
      when: !['healthy', 'degraded', 'paused'].includes(state),
      primary: true,
      onDone: stands,
    },
    {
      action: 'resume',
      title: 'Resume',
      text: 'It goes on from where the pause began.',
      when: state === 'paused',
      primary: true,
      onDone: stands,
    },
    {
      action: 'probe',
      title: 'Probe',
      text: 'One held delivery is sent now. It spends no attempt.',
      when: true,
      onDone: (answer) => onDone(probed(answer as ProbeAnswer)),
    },
    {
      action: 'pause',
      title: 'Pause',
      text: 'Its deliveries are held until it is resumed. Nobody is told.',
      when: state !== 'paused',
      onDone: stands,
    },
    {
      action: 'disable',
      title: 'Disable',
      text: 'It is switched off, its deliveries are held, and its owners are told.',
      when: state !== 'disabled',
      onDone: stands,
    },
  ]
  const shown = all.filter(({ action, when }) => when && may[action])
  if (shown.length === 0) return <p class="faint">You may look, and change nothing here.</p>
  return (
    <div class="actions">
      {shown.map(({ when: _, primary, ...one }) => (
        <button key={one.action} class={primary ? 'primary' : ''} onClick={() => ask({ ...one, slug })}>
          {one.title}
        </button>
      ))}
    </div>
  )
}

function probed(answer: ProbeAnswer): string {
  if (answer.kind === 'not-made') return `No probe was made: ${words(answer.because)}.`
  return `The probe ${answer.kind === 'succeeded' ? 'arrived' : 'did not arrive'}: ${answer.outcome.code}.`
}

function leafOf(value: ChartStep['value']): string {
  return typeof value === 'string' ? value : (Object.entries(value)[0]?.join('.') ?? '')
}

/** The verdict and the forecast, in words and in numbers. */
function Why({ explanation }: { explanation: Explanation }) {
  const { evidence, incident, next, probeAt, whyNot, wouldChange, frozenAt, policy } = explanation
  return (
    <Card
      title="Why"
      side={
        <span class="faint">
          {policy.name} {policy.version}: {evidence.rule}
        </span>
      }
    >
      <div class="columns">
        <div>
          <p>{explanation.sentence}</p>
          <Facts
            facts={Object.entries(evidence.facts).map(
              ([name, fact]) => [words(name.replace(/Ms$/, '')), factText(name, fact)] as const,
            )}
          />
        </div>
        <div>
          <h3>Forecast</h3>
          <ul class="path">
            {frozenAt !== undefined && <li>Our own side is down: nothing is judged.</li>}
            {next && (
              <li>
                <b>{next.to}</b> <Time at={next.at} />, unless {next.unless}
              </li>
            )}
            {probeAt !== undefined && (
              <li>
                <b>probed</b> <Time at={probeAt} />
              </li>
            )}
            {!next && probeAt === undefined && <li>Nothing happens by time alone.</li>}
            <li>What would change it: {wouldChange}</li>
            {whyNot.map(({ level, because }) => (
              <li key={level}>
                Not {level}: {because}
              </li>
            ))}
          </ul>
          {incident && (
            <>
              <h3>Incident</h3>
              <p>
                Began <Time at={incident.startedAt} /> with{' '}
                {incident.cause.outcome
                  ? `${incident.cause.outcome.code} to ${incident.cause.topic ?? 'a delivery'}`
                  : incident.cause.signal}
                {incident.cause.by && ` by ${incident.cause.by}: ${incident.cause.reason ?? ''}`}.
              </p>
            </>
          )}
        </div>
      </div>
    </Card>
  )
}

function factText(name: string, fact: unknown): string {
  if (typeof fact === 'number' && /At$|^since$|Until$/.test(name) && fact > 1e11) return exact(fact)
  if (typeof fact === 'number' && name.endsWith('Ms')) return span(fact)
  if (typeof fact !== 'object' || fact === null) return String(fact)
  if (Array.isArray(fact)) return fact.join(', ')
  return Object.entries(fact)
    .map(([inner, value]) => `${words(inner.replace(/Ms$/, ''))} ${factText(inner, value)}`)
    .join(', ')
}

/** Who was told, and who did what. */
function Told({ details: { notices, audit } }: { details: Details }) {
  return (
    <>
      <Card title="Notices">
        <Table label="Notices" head={['When', 'Step', 'Stands', 'Letters']} empty="Nobody had to be told of anything.">
          {[...notices].reverse().map((notice) => (
            <tr key={notice.id}>
              <td>
                <Time at={notice.at} />
              </td>
              <td>{notice.step}</td>
              <td>
                {notice.status}
                {notice.error && <small> {notice.error}</small>}
              </td>
              <td>
                {notice.letters.map((letter) => (
                  <div key={letter.id}>
                    {letter.to}: {letter.status}
                    {letter.error && <small> {letter.error}</small>}
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </Table>
      </Card>
      <Card title="Audit">
        <Table label="Audit" head={['When', 'Who', 'What', 'Why']} empty="Nobody did anything yet.">
          {audit.map((entry) => (
            <tr key={`${entry.at} ${entry.action} ${entry.by}`}>
              <td>
                <Time at={entry.at} />
              </td>
              <td>{entry.by}</td>
              <td>{entry.action}</td>
              <td>{entry.evidence ? `${entry.reason}: ${entry.evidence.summary}` : entry.reason}</td>
            </tr>
          ))}
        </Table>
      </Card>
    </>
  )
}

function Registration({ details: { integration, installations } }: { details: Details }) {
  return (
    <Card title="Registration">
      <Facts
        facts={[
          ['Slug', <code>{integration.id}</code>],
          ['Organisation', integration.organization],
          ['Status', integration.status],
          ['URL', <code>{integration.url}</code>],
          ['Topics', integration.topics.join(', ')],
          ['Owners', integration.owners.map(({ email }) => email).join(', ') || 'none'],
          ['Own headers', integration.headerNames.join(', ') || 'none'],
          [
            'Installed in',
            installations.map(({ organization, status }) => `${organization} (${status})`).join(', ') || 'nowhere',
          ],
          ['Changed', exact(integration.updatedAt)],
        ]}
      />
    </Card>
  )
}
