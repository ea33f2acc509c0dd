import { type Child, Fragment, h } from './view.ts'
import type { Explanation } from '../src/domain/health.ts'
import { exact, span, words } from './format.ts'
import { Card, Facts, Time } from './parts.tsx'

/** The verdict and the forecast, in words and in numbers. */
export function Why({ explanation }: { explanation: Explanation }) {
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
            facts={Object.entries(evidence.facts).map(([name, fact]) => [named(name), factOf(name, fact)] as const)}
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
              <ul class="path">
                <li>
                  Began <Time at={incident.startedAt} /> with{' '}
                  {incident.cause.outcome
                    ? `${incident.cause.outcome.code} to ${incident.cause.topic ?? 'a delivery'}`
                    : incident.cause.signal}
                  {incident.cause.by && ` by ${incident.cause.by}: ${incident.cause.reason ?? ''}`}.
                </li>
              </ul>
            </>
          )}
        </div>
      </div>
    </Card>
  )
}

/** A fact: of one with parts, each part on a line of its own; what is zero says nothing. */
function factOf(name: string, fact: unknown): Child {
  if (typeof fact !== 'object' || fact === null || Array.isArray(fact)) return plain(name, fact)
  const parts = Object.entries(fact as Readonly<Record<string, unknown>>).filter(([, value]) => value !== 0)
  if (parts.length === 0) return 'nothing'
  return parts.map(([inner, value]) => (
    <div key={inner}>
      <small>{named(inner)}</small> {factOf(inner, value)}
    </div>
  ))
}

function plain(name: string, fact: unknown): string {
  if (typeof fact === 'number' && /At$|^since$|Until$/.test(name) && fact > 1e11) return exact(fact)
  if (typeof fact === 'number' && name.endsWith('Ms')) return span(fact)
  return Array.isArray(fact) ? fact.join(', ') : String(fact)
}

const named = (name: string) => words(name.replace(/Ms$/, ''))
