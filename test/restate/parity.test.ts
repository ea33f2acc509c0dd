import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hookward, LedgerPage, MailOutcome, Outcome } from '../../src/index.ts'
import { manualClock } from '../../src/testing.ts'
import { skipped, startRestate, type RestateServer } from '../support/restate.ts'
import { streak } from '../support/streak-policy.ts'
import { anIntegration } from '../support/world.ts'
import { startEither, type RuntimeName } from './either.ts'

const moods = ['ok', 'failing', 'gone'] as const
type Mood = (typeof moods)[number]
type Step =
  | { readonly do: 'emit'; readonly mood: Mood }
  | { readonly do: 'pass'; readonly seconds: number; readonly mood: Mood }
  | { readonly do: 'enable' | 'disable' | 'pause' | 'resume' }

const mood = fc.constantFrom(...moods.slice(0, 2), ...moods)
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('emit' as const), mood }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 4 }), mood }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('enable', 'disable', 'pause', 'resume') }) },
  ),
  { minLength: 4, maxLength: 12 },
)
/** The chart is walked within seconds, and jitter has nothing to say. */
const policy = streak({ retriesMs: [1_000], probesMs: [2_000, 3_000], probationMs: 5_000 })

describe.skipIf(skipped !== '')(`the same story in process and on Restate ${skipped}`, () => {
  let server: RestateServer
  beforeAll(async () => void (server = await startRestate()), 60_000)
  afterAll(() => server.stop())

  it('comes to the same verdicts, steps, notices, ledgers and log', { timeout: 120_000 }, async () => {
    const stories = fc.sample(steps, { seed: 20_240_601, numRuns: 12 }) as Step[][]
    for (const [n, story] of stories.entries()) {
      const here = await told('in process', `bot-${n}`, story)
      expect(await told('on Restate', `bot-${n}`, story)).toEqual(here)
    }
  })

  async function told(runtime: RuntimeName, slug: string, story: readonly Step[]): Promise<unknown> {
    const clock = manualClock()
    let now: Mood = 'ok'
    const transport = {
      attempt: () => Promise.resolve(outcomes[now]),
      close: () => Promise.resolve(),
    }
    const mailer = {
      send: (): Promise<MailOutcome> => Promise.resolve({ kind: 'sent' }),
      close: () => Promise.resolve(),
    }
    const random = { uuid: () => crypto.randomUUID(), fraction: () => 0.5 }
    const { hookward } = await startEither(runtime, { policy, clock, random, transport, mailer }, () => server)
    await hookward.integrations.put({ ...anIntegration('https://bot.example.com'), slug })
    await hookward.installations.install({ integration: slug, organization: 'acme' }, { announce: false })
    for (const step of story) {
      if ('mood' in step) now = step.mood
      await taken(hookward, slug, step, clock)
    }
    const shown = await shownBy(hookward, slug)
    await hookward.integrations.remove(slug, { waiting: 'skip' })
    return shown
  }
})

async function taken(
  hookward: Hookward,
  slug: string,
  step: Step,
  clock: { advanceBy(ms: number): void },
): Promise<void> {
  if (step.do === 'emit') await hookward.emit({ topic: 'issue.resolved', organization: 'acme', data: {} })
  else if (step.do === 'pass')
    for (let second = 0; second < step.seconds; second += 1) {
      clock.advanceBy(1_000)
      await hookward.idle()
    }
  else await hookward.integrations[step.do](slug, { by: 'ada', reason: 'the story' }).catch(refused)
  await hookward.idle()
}

/** What cannot be done is refused in the same words, and changes nothing. */
function refused(error: unknown): void {
  expect(String(error)).toMatch(/INTEGRATION_PAUSED|PROBE_/)
}

/** Everything that is told of it, but for ids, which are made by chance. */
async function shownBy(hookward: Hookward, slug: string): Promise<unknown> {
  const [explained, transitions, audit, notices, held, dead, log] = await Promise.all([
    hookward.explain(slug),
    hookward.transitions(slug),
    hookward.audit(slug),
    hookward.notices(slug),
    hookward.held(slug),
    hookward.dead(slug),
    hookward.log(slug),
  ])
  const text = JSON.stringify({ explained, transitions, audit, notices, held: sorted(held), dead: sorted(dead), log })
  return JSON.parse(
    text.replaceAll(/(dlv_|evt_)?[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id'),
  ) as unknown
}

/** The clock stands still meanwhile, so that no order is older than another. */
function sorted({ count, entries }: LedgerPage): unknown {
  const known = entries.map(({ deliveryId: _id, eventId: _event, ...entry }) => JSON.stringify(entry))
  return { count, entries: known.sort() }
}

const answer = { phase: 'body', durationMs: 1, body: '', bodyBytes: 0, truncated: false, headers: {} } as const
const outcomes: Readonly<Record<Mood, Outcome>> = {
  ok: { kind: 'ok', status: 200, code: 'HTTP_200', ...answer },
  failing: { kind: 'server', status: 500, code: 'HTTP_500', ...answer },
  gone: { kind: 'gone', status: 410, code: 'HTTP_410', ...answer },
}
