import { afterEach, describe, expect, it } from 'vitest'
import {
  createHookward,
  memoryStore,
  type Hookward,
  type HookwardEvents,
  type HookwardOptions,
} from '../../src/index.ts'
import { sentry, standard, type Policy } from '../../src/policy/index.ts'
import { manualClock } from '../../src/testing.ts'

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000]
const engines: Hookward[] = []

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()))
})

describe('a policy in the shadow', () => {
  it('says whom it would have disabled, when, and why, and does nothing', async () => {
    const host = await aHost({ policy: 'sentry', shadow: sentry({ windowDays: 2 }) })
    host.answers.status = 404
    await host.emit()
    await host.pass(dayMs)
    await host.emit()
    const last = host.told.at(-1)
    expect(last).toMatchObject({ integration: 'bot', live: 'degraded', shadow: 'disabled' })
    expect(last?.explanation.sentence).toContain('each of the last 2 days had errors and no success')
    expect(host.hookward.shadow()).toMatchObject({
      ...{ policy: { name: 'sentry', version: 1 }, heard: 1, wouldHaveDisabled: 1, differing: 1 },
      differences: [{ integration: 'bot', live: 'degraded', shadow: 'disabled', since: host.clock.now() }],
    })
    expect(await host.hookward.explain('bot')).toMatchObject({ state: 'degraded' })
    expect(host.mails).toEqual([])
  })

  it('hears what counts by its own rule, where the live one counts nothing', async () => {
    const shadow = standard({ brokenFailures: 3, brokenSpanMs: 0, degradedFailures: 2, degradedSpanMs: 0 })
    const host = await aHost({ policy: 'sentry', shadow })
    host.answers.status = 500
    for (let n = 0; n < 3; n += 1) await host.emit()
    expect(host.told.map(({ live, shadow: seen }) => `${live} ${seen}`)).toEqual(['healthy degraded', 'healthy broken'])
    expect(await host.hookward.transitions('bot')).toEqual([])
  })

  it('takes what is sent meanwhile for probes where it alone would hold, and comes back by them', async () => {
    const shadow = standard({ brokenFailures: 2, brokenSpanMs: 0, degradedFailures: 1, degradedSpanMs: 0 })
    const host = await aHost({ policy: 'sentry', shadow })
    host.answers.status = 500
    await host.emit()
    await host.emit()
    expect(host.hookward.shadow()?.differences[0]).toMatchObject({ live: 'healthy', shadow: 'broken' })
    host.answers.status = 200
    await host.pass(hourMs)
    await host.emit()
    await host.emit()
    expect(host.hookward.shadow()).toMatchObject({ differing: 0 })
  })

  it('moves by time alone, as the live one would', async () => {
    const live = standard()
    const shadow = standard({ disabledMs: 10 * hourMs, disabledDays: 1, disabledAttempts: 3, disabledDeliveries: 1 })
    const host = await aHost({ policy: live, shadow })
    host.answers.status = 404
    for (let n = 0; n < 12; n += 1) {
      await host.emit()
      await host.pass(minuteMs)
    }
    await host.pass(2 * hourMs, 10 * minuteMs)
    expect(await host.hookward.explain('bot')).toMatchObject({ state: 'broken' })
    await host.pass(9 * hourMs, 10 * minuteMs)
    expect(host.hookward.shadow()).toMatchObject({ wouldHaveDisabled: 1 })
    expect(await host.hookward.explain('bot')).toMatchObject({ state: 'broken' })
  })

  it('is enabled, paused and disabled by hand with the live one', async () => {
    const host = await aHost({ policy: 'standard', shadow: 'sentry' })
    await host.hookward.integrations.disable('bot')
    expect(host.hookward.shadow()).toMatchObject({ differing: 0 })
    await host.hookward.integrations.enable('bot')
    await host.hookward.integrations.pause('bot')
    expect(host.hookward.shadow()).toMatchObject({ heard: 1, differing: 0 })
  })

  it('harms nobody when it throws: of that integration it begins anew', async () => {
    const broken: Policy = {
      ...(standard() as unknown as Policy),
      observe: () => {
        throw new Error('a rule with a hole')
      },
      foldable: () => false,
    }
    const host = await aHost({ policy: 'sentry', shadow: broken })
    await host.emit()
    expect(await host.hookward.explain('bot')).toMatchObject({ state: 'healthy' })
    expect(host.hookward.shadow()).toMatchObject({ heard: 0 })
    expect(host.lines).toContain('the policy in the shadow failed')
  })

  it('is none where none was given, and forgets an integration that is gone', async () => {
    expect((await aHost({ policy: 'sentry' })).hookward.shadow()).toBeNull()
    const host = await aHost({ policy: 'sentry', shadow: 'standard' })
    await host.emit()
    expect(host.hookward.shadow()).toMatchObject({ heard: 1 })
    await host.hookward.integrations.remove('bot', { waiting: 'skip' })
    expect(host.hookward.shadow()).toMatchObject({ heard: 0 })
  })
})

/** One integration whose receiver answers with `status`. */
async function aHost(options: Pick<HookwardOptions, 'policy' | 'shadow'>) {
  const clock = manualClock()
  const lines: string[] = []
  const mails: string[] = []
  const told: HookwardEvents['shadow'][] = []
  const answers = { status: 200 }
  const log = (_fields: object, fact: string) => void lines.push(fact)
  const mailer = {
    send: ({ subject }: { subject: string }) => {
      mails.push(subject)
      return Promise.resolve({ kind: 'sent' } as const)
    },
    close: () => Promise.resolve(),
  }
  const answered = { phase: 'body', durationMs: 1, body: '', bodyBytes: 0, truncated: false, headers: {} } as const
  const transport = {
    attempt: () => {
      const { status } = answers
      const kind = status < 300 ? 'ok' : status < 500 ? 'rejected' : 'server'
      return Promise.resolve({ ...answered, kind, status, code: `HTTP_${status}` } as const)
    },
    close: () => Promise.resolve(),
  }
  const logger = { info: log, warn: log, error: log }
  const hookward = await createHookward({ store: memoryStore(), clock, transport, mailer, logger, ...options })
  engines.push(hookward)
  hookward.on('shadow', (event) => void told.push(event))
  const about = { organization: 'acme', topics: ['invoice'], owners: [{ email: 'ops@acme.example' }] }
  const secret = 'a secret of many characters'
  await hookward.integrations.put({ ...about, slug: 'bot', url: 'https://bot.example/hook', secret })
  await hookward.installations.install({ integration: 'bot', organization: 'acme' })
  await hookward.idle()
  return {
    ...{ hookward, clock, lines, mails, told, answers },
    emit: async () => {
      await hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: {} })
      await hookward.idle()
    },
    pass: async (spanMs: number, stepMs = spanMs) => {
      for (let passedMs = 0; passedMs < spanMs; passedMs += stepMs) {
        clock.advanceBy(stepMs)
        await hookward.idle()
      }
    },
  }
}
