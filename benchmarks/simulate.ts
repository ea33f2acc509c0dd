import { createActor } from 'xstate'
import { createIntegration, type IntegrationActor } from '../src/machines/index.ts'
import { sentry, standard, type Policy } from '../src/policy/index.ts'
import { settle } from '../src/engine/settle.ts'
import { seededRandom, simulate, type Recorded } from '../src/testing.ts'

/**
 * How many outcomes a second `simulate` leads a log through a policy: of a hundred integrations, with so many failures in
 * a hundred attempts. `ratio`: against the health chart itself, an actor for each integration. One line of JSON each.
 */
const from = Date.UTC(2024, 5, 3)
const [entries, integrations] = [300_000, 100]

function logOf(share: number): readonly Recorded[] {
  const random = seededRandom(7)
  return Array.from({ length: entries }, (_, i) => {
    const outcome =
      random.fraction() < share
        ? ({ kind: 'server', status: 503, code: 'HTTP_503' } as const)
        : ({ kind: 'ok', status: 200, code: 'HTTP_200' } as const)
    const [integrationId, deliveryId] = [`app-${i % integrations}`, `dlv_${i}`]
    return { at: from + i * 100, integrationId, deliveryId, topic: 'a.b', attempt: 1, outcome, durationMs: 3 }
  })
}

/** What the same outcomes cost on actors of the chart, for a tenth of the log. */
function onActors(log: readonly Recorded[], policy: Policy): number {
  const machine = createIntegration(policy)
  const actors = new Map<string, IntegrationActor>()
  for (const { at, integrationId, deliveryId: id, topic, outcome } of log) {
    const known = actors.get(integrationId) ?? createActor(machine, { input: { integrationId, at } }).start()
    actors.set(integrationId, known)
    const tried = { delivery: { id, topic, acceptedAt: at }, attempts: 0, isProbe: false }
    const ended = { at, outcome: { ...outcome, headers: {} } }
    const { signal } = settle(policy, tried, ended, { status: 'internal', chance: 0, restedAt: at })
    if (signal !== undefined) known.send(signal)
  }
  for (const actor of actors.values()) actor.stop()
  return log.length
}

/** The best of three, in outcomes for each second of CPU. */
function perSecond(run: () => number): number {
  const rates = [1, 2, 3].map(() => {
    const begun = process.cpuUsage()
    const outcomes = run()
    const { user, system } = process.cpuUsage(begun)
    return outcomes / ((user + system) / 1_000_000)
  })
  return Math.round(Math.max(...rates))
}

for (const candidate of [standard(), sentry()] as readonly Policy[])
  for (const failing of [0.01, 0.05, 0.15]) {
    const history = logOf(failing)
    const outcomesPerSecond = perSecond(() => simulate({ history, candidate }).outcomes)
    const ratio = outcomesPerSecond / perSecond(() => onActors(history.slice(0, entries / 10), candidate))
    console.log(
      JSON.stringify({ policy: candidate.name, failing, outcomesPerSecond, ratio: Math.round(ratio * 10) / 10 }),
    )
  }
