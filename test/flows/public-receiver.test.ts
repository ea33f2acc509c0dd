import { expect, it, onTestFinished } from 'vitest'
import type { WorkflowNotification } from '../../src/index.ts'
import { underEachRule, type Rule } from '../support/rules.ts'
import { aComment, anIntegration, secret, startWorld } from '../support/world.ts'
import { snippetVerifies, startPublicReceiver, verifies } from './public-receiver.ts'

/*
 * What the engine sends, received by a program that was written from Sentry's public pages alone:
 * https://docs.sentry.io/organization/integrations/integration-platform/webhooks/ and those beneath it.
 */

const at = 'https://sentry.example.com'
const issue = {
  ...{ id: '100', shortId: 'WEB-7', title: 'TypeError: x is undefined', status: 'unresolved', level: 'error' },
  ...{ url: `${at}/api/0/issues/100/`, web_url: `${at}/issues/100/`, project_url: `${at}/issues/?project=9` },
  project: { id: '9', slug: 'web-app', name: 'web-app' },
}
const ofIssue = { url: `${at}/api/0/events/e/`, web_url: `${at}/issues/100/events/e/`, issue_id: '100' }
const anError = { event_id: 'e', title: 'TypeError', issue_url: issue.url, ...ofIssue }
const grace = { type: 'user', id: 7, name: 'Grace' } as const
const sentryItself = { type: 'application', id: 'sentry', name: 'Sentry' }
const about = { organization: 'acme', issue, actor: grace } as const
const metric = {
  metric_alert: { id: '4', title: 'Too many errors', alert_rule: { id: '7', triggers: [] } },
  ...{ description_text: '1000 events in 10 minutes', description_title: 'Critical: Too many', web_url: at },
}
const topics = [
  ...['issue.created', 'issue.resolved', 'issue.assigned', 'issue.archived', 'issue.unresolved'],
  ...['comment', 'error', 'event_alert', 'metric_alert'],
]
const anywhere = 'Größe, 東京, 🚀 and \u2028 the rest'

underEachRule('a receiver that knows only the public pages, under %s', (_, rule) => {
  it.each<[string, WorkflowNotification, object]>([
    ['created', { ...about, action: 'created' }, { issue }],
    [
      'assigned',
      { ...about, action: 'assigned', data: { assignee: { type: 'team', name: 'core', id: 3 } } },
      { assignee: { type: 'team', name: 'core', id: 3 }, issue },
    ],
    ['resolved', { ...about, action: 'resolved', data: { resolution_type: 'now' } }, { resolution_type: 'now', issue }],
    ['archived', { ...about, action: 'ignored' }, { issue }],
    ['unresolved', { ...about, action: 'unresolved' }, { issue }],
  ])('is told of an issue that was %s', async (action, notification, data) => {
    const { hookward, bot, uuid } = await world(rule)
    await hookward.notifyWorkflow(notification)
    await hookward.idle()
    expect(bot.answered).toMatchObject([{ status: 200 }])
    expect(bot.heard).toMatchObject([{ resource: 'issue', action, installation: uuid, data, actor: grace }])
  })

  it.each(['created', 'updated', 'deleted'] as const)('is told of a comment that was %s', async (action) => {
    const { hookward, bot, uuid } = await world(rule)
    await hookward.notifyComment({ ...aComment(), action, issue: { id: issue.id } })
    await hookward.idle()
    expect(bot.answered).toMatchObject([{ status: 200 }])
    expect(bot.heard).toMatchObject([
      {
        ...{ resource: 'comment', action, installation: uuid, actor: { type: 'user', id: 42, name: 'Ada' } },
        data: {
          ...{ comment: 'looks good', project_slug: 'web-app', comment_id: 1234, issue_id: 100 },
          timestamp: '2024-06-01T12:00:00.000000Z',
        },
      },
    ])
  })

  it.each<[string, { readonly topic: string; readonly data: object }]>([
    ['an error', { topic: 'error.created', data: { error: anError } }],
    ['an issue alert', { topic: 'event_alert.triggered', data: { event: anError, triggered_rule: 'Very important' } }],
    ['a metric alert that is critical', { topic: 'metric_alert.critical', data: metric }],
    ['a metric alert that warns', { topic: 'metric_alert.warning', data: metric }],
    ['a metric alert that is over', { topic: 'metric_alert.resolved', data: metric }],
  ])('is told of %s', async (_, { topic, data }) => {
    const { hookward, bot, uuid } = await world(rule)
    await hookward.emit({ topic, data: data as never, organization: 'acme', project: 'web-app' })
    await hookward.idle()
    const [resource, action] = topic.split('.')
    expect(bot.answered).toMatchObject([{ status: 200 }])
    expect(bot.heard).toMatchObject([{ resource, action, installation: uuid, data, actor: sentryItself }])
  })

  it('is told of its installation, with the grant code while that is pending, and of its end', async () => {
    const { hookward, bot } = await world(rule)
    const place = { integration: 'bot', organization: 'second' }
    const { uuid } = await hookward.installations.install(
      { ...place, status: 'pending' },
      { actor: grace, code: 'f3c71b491e39' },
    )
    await hookward.idle()
    await hookward.installations.install({ ...place, status: 'installed' })
    await hookward.installations.uninstall(place, { actor: grace })
    await hookward.idle()
    const app = { uuid: hookward.integrations.get('bot').uuid, slug: 'bot' }
    const told = { organization: { slug: 'second' }, app, uuid }
    expect(bot.answered.map(({ status }) => status)).toEqual([201, 201])
    expect(bot.heard).toMatchObject([
      {
        ...{ resource: 'installation', action: 'created', installation: uuid, actor: grace },
        data: { installation: { ...told, status: 'pending', code: 'f3c71b491e39' } },
      },
      {
        ...{ resource: 'installation', action: 'deleted', installation: uuid, actor: grace },
        data: { installation: { ...told, status: 'installed' } },
      },
    ])
  })

  it('gets text of any script unharmed', async () => {
    const { hookward, bot } = await world(rule)
    await hookward.notifyComment(aComment(anywhere))
    await hookward.notifyWorkflow({ ...about, action: 'created', issue: { ...issue, title: anywhere } })
    await hookward.idle()
    expect(bot.answered.map(({ status }) => status)).toEqual([200, 200])
    expect(bot.heard.map(({ data }) => data)).toMatchObject([{ comment: anywhere }, { issue: { title: anywhere } }])
  })

  it('gets a Request-ID of its own and the moment of sending with each request', async () => {
    const { hookward, bot, clock } = await world(rule)
    await hookward.notifyComment(aComment())
    await hookward.idle()
    clock.advanceBy(1_500)
    await hookward.notifyComment(aComment())
    await hookward.idle()
    expect(bot.heard.map(({ timestamp }) => timestamp)).toEqual([1_717_243_200, 1_717_243_201])
    expect(new Set(bot.heard.map(({ requestId }) => requestId)).size).toBe(2)
  })
})

underEachRule('the signature of the public pages, under %s', (_, rule) => {
  it('refuses a body of which one byte was changed, and takes the same request as it was sent', async () => {
    const { hookward, bot } = await world(rule)
    await hookward.notifyComment(aComment(anywhere))
    await hookward.idle()
    const [sent] = bot.answered
    const again = async (body: Buffer) => {
      const names = ['content-type', 'request-id', 'sentry-hook-resource', 'sentry-hook-timestamp']
      const headers = [...names, 'sentry-hook-signature'].map((name) => [name, String(sent?.headers[name])] as const)
      return (await fetch(bot.url, { method: 'POST', headers: Object.fromEntries(headers), body })).status
    }
    const body = sent?.body ?? Buffer.of()
    const tampered = Buffer.from(body.toString('latin1').replace('"comment_id":1234', '"comment_id":1235'), 'latin1')
    expect([await again(tampered), bot.heard.length]).toEqual([401, 1])
    expect([await again(body), bot.heard.length]).toEqual([200, 2])
  })

  it('refuses what was signed with another secret, and the log says so', async () => {
    const { hookward, bot } = await world(rule, { secret: 'another-client-secret-02' })
    await hookward.notifyComment(aComment())
    await hookward.idle()
    expect([bot.answered.map(({ status, reason }) => [status, reason]), bot.heard]).toEqual([[[401, 'signature']], []])
    expect(await hookward.log('bot')).toMatchObject([{ responseCode: 401, became: rule.refused }])
  })

  it("is over the raw bytes: the pages' own snippet, which writes the body anew, agrees for ASCII only", async () => {
    const { hookward, bot } = await world(rule)
    await hookward.notifyComment(aComment('plain'))
    await hookward.notifyComment(aComment('Größe'))
    await hookward.idle()
    const by = (check: typeof verifies) =>
      bot.answered.map(({ body, headers }, index) => [
        bot.heard[index]?.data['comment'],
        check(body, secret, headers['sentry-hook-signature']),
      ])
    expect(Object.fromEntries(by(verifies))).toEqual({ plain: true, Größe: true })
    expect(Object.fromEntries(by(snippetVerifies))).toEqual({ plain: true, Größe: false })
  })
})

underEachRule('the receiver itself, under %s', (_, rule) => {
  it.each([
    ['a comment whose issue id is no number', { issue: { id: 'WEB-7' } }, 'data.issue_id'],
    ['a comment without a project', { project: undefined }, 'project_slug'],
  ])('answers 422 to what the pages do not promise: %s', async (_, wrong, promise) => {
    const { hookward, bot } = await world(rule)
    await hookward.notifyComment({ ...aComment(), ...wrong } as never)
    await hookward.idle()
    expect(bot.answered).toMatchObject([{ status: 422, reason: promise }])
    expect(await hookward.log('bot')).toMatchObject([{ responseCode: 422 }])
  })
})

/** An engine whose integration `bot` is that receiver, installed in `acme`. */
async function world({ policy }: Rule, input: { readonly secret?: string } = {}) {
  const bot = await startPublicReceiver(secret)
  onTestFinished(() => bot.close())
  const { hookward, clock } = await startWorld({ policy })
  await hookward.integrations.put({ ...anIntegration(bot.url), topics, ...input })
  const installation = { integration: 'bot', organization: 'acme' }
  const { uuid } = await hookward.installations.install(installation, { announce: false })
  return { hookward, clock, bot, uuid }
}
