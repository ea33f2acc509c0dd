import { describe, expect, it } from 'vitest'
import { sentry } from '../../src/policy/health/sentry.ts'
import { streak, streakRule } from '../support/streak-policy.ts'
import { aComment, anIntegration, startWorld } from '../support/world.ts'

const place = { integration: 'bot', organization: 'acme' }

describe('installation.created', () => {
  it('tells the receiver what spec 5.1 shows, although it subscribed to nothing of the kind', async () => {
    const { hookward, receiver } = await startWorld()
    const { uuid: app } = await hookward.integrations.put({ ...anIntegration(receiver.url), topics: ['issue'] })
    const actor = { type: 'user', id: 7, name: 'Grace' } as const
    const { uuid } = await hookward.installations.install({ ...place, status: 'pending' }, { actor, code: 'grant' })
    await hookward.idle()
    const installation = { status: 'pending', organization: { slug: 'acme' }, app: { uuid: app, slug: 'bot' } }
    expect(String(receiver.requests[0]?.body)).toBe(
      JSON.stringify({
        action: 'created',
        installation: { uuid },
        data: { installation: { ...installation, code: 'grant', uuid } },
        actor,
      }),
    )
    expect(receiver.requests[0]?.headers['sentry-hook-resource']).toBe('installation')
    expect(await hookward.log('bot')).toMatchObject([
      { topic: 'installation.created', subject: { type: 'installation', id: uuid } },
    ])
  })

  it('leaves in the audit who and why, and neither the grant code nor anything else that was given', async () => {
    const { hookward, receiver } = await startWorld()
    await hookward.integrations.put(anIntegration(receiver.url))
    const actor = { type: 'user', id: 7, name: 'Grace' } as const
    await hookward.installations.install(place, { actor, code: 'grant', by: 'grace', reason: 'they asked' })
    await hookward.installations.uninstall(place, { announce: false })
    const at = expect.any(Number) as number
    expect((await hookward.audit('bot')).slice(0, 2)).toEqual([
      { at, integrationId: 'bot', by: 'host', reason: 'no reason given', action: 'installation.uninstalled' },
      { at, integrationId: 'bot', by: 'grace', reason: 'they asked', action: 'installation.installed' },
    ])
  })

  it('is sent once: neither a repeat nor a change says it again, and announce: false says nothing', async () => {
    const { hookward, receiver } = await startWorld()
    await hookward.integrations.put(anIntegration(receiver.url))
    await hookward.installations.install(place)
    await hookward.installations.install(place)
    await hookward.installations.install({ ...place, topics: ['issue'] })
    await hookward.installations.install({ ...place, organization: 'quiet' }, { announce: false })
    await hookward.idle()
    expect(receiver.requests).toHaveLength(1)
  })

  it.each(['disabled', 'paused', 'broken'] as const)(
    'is sent while the integration is %s, and its end too, whatever else is held',
    async (state) => {
      const { hookward, receiver, register, comment } = await startWorld({ policy: streak({ retriesMs: [] }) })
      await register()
      receiver.answer(500)
      if (state === 'broken') for (let n = 0; n < streakRule.broken; n += 1) await comment()
      else await hookward.integrations[state === 'paused' ? 'pause' : 'disable']('bot')
      receiver.answer(200)
      const before = receiver.requests.length
      await hookward.installations.install({ ...place, organization: 'second' })
      await comment()
      await hookward.installations.uninstall({ ...place, organization: 'second' })
      await hookward.idle()
      const sent = receiver.requests.slice(before)
      expect(sent.map(({ headers }) => headers['sentry-hook-resource'])).toEqual(['installation', 'installation'])
      expect(sent.map(({ body }) => (JSON.parse(String(body)) as { action: string }).action)).toEqual([
        'created',
        'deleted',
      ])
      expect(await hookward.explain('bot')).toMatchObject({ state, held: { [state]: 1 } })
    },
  )

  it('is repeated after a failure although the integration is disabled, by the next engine too', async () => {
    const { hookward, receiver, clock, again, register } = await startWorld({ policy: sentry() })
    await register()
    await hookward.integrations.disable('bot')
    receiver.answer(500, 500, 200)
    await hookward.installations.install({ ...place, organization: 'second' })
    await hookward.idle()
    clock.advanceBy(300_000)
    await hookward.idle()
    await hookward.stop()
    clock.advanceBy(300_000)
    const next = await again()
    await next.idle()
    expect(receiver.requests).toHaveLength(3)
    expect((await next.log('bot')).map(({ became }) => became)).toEqual(['delivered', 'waiting', 'waiting'])
  })

  it('never counts for health', async () => {
    const { hookward, receiver } = await startWorld()
    await hookward.integrations.put(anIntegration(receiver.url))
    receiver.answer(404)
    await hookward.installations.install(place)
    await hookward.idle()
    expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
  })
})

describe('installation.deleted', () => {
  it('is sent after the end of the installation, and repeated until it arrives', async () => {
    const { hookward, receiver, clock, register } = await startWorld({ policy: sentry() })
    await register()
    receiver.answer('reset', 200)
    await hookward.installations.uninstall(place, { by: 'ada', reason: 'not used' })
    await hookward.idle()
    clock.advanceBy(300_000)
    await hookward.idle()
    expect(receiver.requests.map(({ body }) => (JSON.parse(String(body)) as { action: string }).action)).toEqual([
      'deleted',
      'deleted',
    ])
    expect(await hookward.audit('bot')).toMatchObject([
      { by: 'ada', action: 'installation.uninstalled', reason: 'not used' },
      { action: 'installation.installed' },
      { by: 'host', action: 'integration.registered' },
    ])
  })

  it('takes no grant code', async () => {
    const { hookward, register } = await startWorld()
    await register()
    const uninstalled = hookward.installations.uninstall(place, { code: 'grant' } as never)
    await expect(uninstalled).rejects.toMatchObject({ code: 'INSTALLATION_INVALID' })
  })
})

describe('a pending installation', () => {
  it('hears nothing until it is installed', async () => {
    const { hookward, receiver } = await startWorld()
    await hookward.integrations.put(anIntegration(receiver.url))
    await hookward.installations.install({ ...place, status: 'pending' }, { announce: false })
    expect(await hookward.notifyComment(aComment())).toMatchObject({ deliveries: 0 })
    await hookward.installations.install({ ...place, status: 'installed' })
    expect(await hookward.notifyComment(aComment())).toMatchObject({ deliveries: 1 })
    await hookward.idle()
    expect(receiver.requests).toHaveLength(1)
  })
})

describe('the project filter', () => {
  it.each<[string, { topic: string; project?: string }, number]>([
    ['a workflow', { topic: 'issue.created', project: 'web-app' }, 1],
    ['a workflow of another project', { topic: 'issue.created', project: 'api' }, 0],
    ['an event without a project', { topic: 'issue.created' }, 0],
    ['an error of the project', { topic: 'error.created', project: 'web-app' }, 1],
  ])('decides about %s', async (_, event, deliveries) => {
    const { hookward, receiver } = await startWorld()
    await hookward.integrations.put({ ...anIntegration(receiver.url), topics: ['issue', 'comment', 'error'] })
    await hookward.installations.install({ ...place, projects: ['web-app'] }, { announce: false })
    expect(await hookward.emit({ organization: 'acme', data: {}, ...event })).toMatchObject({ deliveries })
    const comment = { ...aComment(), project: { slug: event.project ?? 'api' } }
    expect(await hookward.notifyComment(comment)).toMatchObject({ deliveries: event.project === 'web-app' ? 1 : 0 })
  })
})

describe('the loop guard', () => {
  it('never sends an integration the events of its own project, and sends them to others', async () => {
    const { hookward, receiver, register } = await startWorld()
    await register({ topics: ['error'], ownProjects: ['bot-itself'] })
    await register({ slug: 'other', url: `${receiver.url}/other`, topics: ['error'] })
    const event = { topic: 'error.created', organization: 'acme', data: { error: {} } }
    expect(await hookward.emit({ ...event, project: 'bot-itself' })).toMatchObject({ deliveries: 1 })
    expect(await hookward.emit({ ...event, project: 'web-app' })).toMatchObject({ deliveries: 2 })
  })
})
