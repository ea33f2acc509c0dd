import { Fragment, h, useState } from './view.ts'
import { Chart } from './chart.tsx'
import { Actions } from './actions.tsx'
import { Ask, type Asked } from './ask.tsx'
import { exact, setNow } from './format.ts'
import { Ledger, progressed, type Progress } from './ledger.tsx'
import { useEvery, useLive, useLoaded, type Loaded } from './live.ts'
import { Log } from './log.tsx'
import { Card, Facts, Fault, Page, State, Table, Time } from './parts.tsx'
import { Timeline } from './timeline.tsx'
import { Why } from './why.tsx'
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
    hello: () => {
      setProgress((old) => old && { ...old, isCut: true })
      again(false)
    },
  })
  useEvery(15_000, reload)
  if (value) setNow(value.at)
  if (value === undefined)
    return <Page title={slug}>{fault ? <Fault fault={fault} /> : <p class="empty">Loading</p>}</Page>
  const { integration, explanation, transitions, hours, topics } = value
  // The machine's own word is newer than what was loaded; what is durable comes after it.
  const chartState = step !== undefined && step.at > value.at ? leafOf(step.value) : explanation.chartState
  const organizations = [...new Set(value.installations.map(({ organization }) => organization))]
  return (
    <Page title={integration.name}>
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
            topics={[...topics, ...integration.topics.filter((topic) => topic.includes('.'))]}
            organizations={organizations}
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
    </Page>
  )
}

function leafOf(value: ChartStep['value']): string {
  return typeof value === 'string' ? value : (Object.entries(value)[0]?.join('.') ?? '')
}

/** Who was told, and who did what. */
function Told({ details: { notices, audit } }: { details: Details }) {
  return (
    <>
      <Card title="Notices">
        <Table
          label="Notices"
          head={['When', 'Step', 'Stands', 'Letters']}
          empty="Nobody had to be told of anything."
          rows={[...notices].reverse().map((notice) => ({
            key: notice.id,
            cells: [
              <Time at={notice.at} />,
              notice.step,
              <>
                {notice.status} <small>{notice.error}</small>
              </>,
              notice.letters.map((letter) => (
                <div key={letter.id}>
                  {letter.to}: {letter.status} <small>{letter.error}</small>
                </div>
              )),
            ],
          }))}
        />
      </Card>
      <Card title="Audit">
        <Table
          label="Audit"
          head={['When', 'Who', 'What', 'Why']}
          empty="Nobody did anything yet."
          rows={audit.map((entry) => ({
            key: `${entry.at} ${entry.action} ${entry.by}`,
            cells: [
              <Time at={entry.at} />,
              entry.by,
              entry.action,
              entry.evidence ? `${entry.reason}: ${entry.evidence.summary}` : entry.reason,
            ],
          }))}
        />
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
