import { describe, expect, it } from 'vitest'
import { sentry } from '../../src/policy/health/sentry.ts'
import { aboutHealth, aComment, anIntegration, oneDayMs, startWorld } from '../support/world.ts'

const uuid = '7a485448-a9e2-4c85-8a3c-4f44175783c9'
const issue = {
  id: '100',
  shortId: 'WEB-7',
  title: 'TypeError: x is undefined',
  status: 'unresolved',
  project: { id: '9', slug: 'web-app', name: 'web-app' },
}
const grace = { type: 'user', id: 7, name: 'Grace' } as const
const assigned = {
  organization: 'acme',
  action: 'assigned',
  issue,
  actor: grace,
  data: { assignee: { type: 'user', name: 'Ada', id: 42, email: 'ada@example.org' } },
} as const
const resolved = { organization: 'acme', action: 'resolved', issue, data: { resolution_type: 'now' } } as const

/** The first document, heading by heading. */
describe('Workflow Notification Process', () => {
  describe('Initiation of the Workflow and Data Preparation', () => {
    it('prepares the details of the issue and the extra data, and passes them on to be sent', async () => {
      const world = await startWorld()
      await world.register()
      await world.hookward.installations.install({ integration: 'bot', organization: 'other' }, { announce: false })
      const { deliveries } = await world.hookward.notifyWorkflow(assigned)
      await world.hookward.idle()
      const [installation] = world.hookward.installations.list('bot')
      expect(deliveries).toBe(1)
      expect(world.receiver.requests.map(({ body }) => body.toString())).toEqual([
        JSON.stringify({
          action: 'assigned',
          installation: { uuid: installation?.uuid },
          data: { assignee: assigned.data.assignee, issue },
          actor: grace,
        }),
      ])
    })

    it('goes to every installation of the organisation whose integration hears the event, and to no other', async () => {
      const world = await startWorld()
      await world.register()
      await world.register({ slug: 'deaf', url: `${world.receiver.url}/deaf`, topics: ['comment'] })
      await world.register({ slug: 'twin', url: `${world.receiver.url}/twin`, topics: ['issue.resolved'] })
      await world.hookward.notifyWorkflow(resolved)
      await world.hookward.idle()
      expect(world.receiver.requests.map(({ path }) => path).sort()).toEqual(['/hook', '/twin'])
    })

    it('leaves the e-mail address out where the organisation asks for privacy', async () => {
      const world = await startWorld({ enhancedPrivacy: (organization) => organization === 'acme' })
      await world.register()
      await world.hookward.notifyWorkflow(assigned)
      await world.hookward.idle()
      expect(JSON.parse(String(world.receiver.requests[0]?.body))).toMatchObject({
        data: { assignee: { type: 'user', name: 'Ada', id: 42 } },
      })
      expect(String(world.receiver.requests[0]?.body)).not.toContain('example.org')
    })
  })

  describe('Sending the Webhook Notifications', () => {
    it('sends the event with the headers and the signature of the documents', async () => {
      const world = await startWorld()
      await world.register()
      await world.hookward.notifyWorkflow(assigned)
      await world.hookward.idle()
      const [request] = world.receiver.requests
      expect(request?.method).toBe('POST')
      expect(request?.headers).toMatchObject({
        'content-type': 'application/json',
        'sentry-hook-resource': 'issue',
        'sentry-hook-timestamp': '1717243200',
        'request-id': expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        'idempotency-key': expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        'sentry-hook-signature': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      })
    })

    it('sends an ignored issue under its old name to those who list only that', async () => {
      const world = await startWorld()
      await world.register({ topics: ['issue.archived'] })
      await world.hookward.notifyWorkflow({ organization: 'acme', action: 'ignored', issue })
      await world.hookward.idle()
      expect(JSON.parse(String(world.receiver.requests[0]?.body))).toMatchObject({ action: 'archived' })
    })

    it('sends nothing of an event that the installation did not subscribe to', async () => {
      const world = await startWorld()
      await world.register({ topics: ['issue.created'] })
      expect(await world.hookward.notifyWorkflow(resolved)).toMatchObject({ deliveries: 0 })
      await world.hookward.idle()
      expect(world.receiver.requests).toHaveLength(0)
    })
  })

  describe('Handling of Timeouts and Connection Errors', () => {
    it('records a timeout in the buffer of the integration, and tries the same bytes again', async () => {
      const world = await startWorld({ policy: sentry({ deadlineMs: 50, retriesMs: [300_000] }) })
      await world.register()
      world.receiver.answer('hang', 200)
      await world.hookward.notifyWorkflow(resolved)
      await world.hookward.idle()
      const before = await world.hookward.explain('bot')
      expect(before.evidence.facts).toMatchObject({ days: [{ day: '2024-06-01', success: 0, error: 0, timeout: 1 }] })
      world.clock.advanceBy(300_000)
      await world.hookward.idle()
      const [first, second] = world.receiver.requests
      expect(second?.body).toEqual(first?.body)
      expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
      expect(second?.headers['request-id']).not.toBe(first?.headers['request-id'])
    })

    it('records a connection error likewise', async () => {
      const world = await startWorld()
      await world.register()
      world.receiver.answer('reset')
      await world.hookward.notifyWorkflow(resolved)
      await world.hookward.idle()
      const { evidence } = await world.hookward.explain('bot')
      expect(evidence.facts).toMatchObject({ days: [{ timeout: 1 }] })
      expect(await world.hookward.log('bot')).toMatchObject([{ responseCode: 0, outcome: { kind: 'unreachable' } }])
    })

    it('disables the integration at the timeout that makes the day one too many', async () => {
      const world = await startWorld({ policy: sentry({ timeoutsPerDay: 3, deadlineMs: 50, retriesMs: [] }) })
      await world.register()
      world.receiver.answer('reset')
      for (const seen of ['healthy', 'healthy', 'disabled']) {
        await world.comment()
        expect(await world.hookward.explain('bot')).toMatchObject({ state: seen })
      }
      const { evidence } = await world.hookward.explain('bot')
      expect(evidence).toMatchObject({ rule: 'timeouts-in-a-day', facts: { timeoutsPerDay: 3 } })
    })
  })

  describe('Recording the Response of a Webhook Request', () => {
    it('counts a success and an error on their day, and an alert event nowhere', async () => {
      const world = await startWorld()
      await world.register({ topics: ['issue', 'comment', 'event_alert'] })
      world.receiver.answer(200, 404)
      await world.comment()
      await world.hookward.emit({ topic: 'event_alert.triggered', organization: 'acme', data: { event: {} } })
      await world.hookward.idle()
      await world.comment()
      const { evidence, state } = await world.hookward.explain('bot')
      expect(evidence.facts).toMatchObject({ days: [{ success: 1, error: 1, timeout: 0 }] })
      expect(state).toBe('healthy')
    })

    it('keeps headers and both bodies of a failed request for the log', async () => {
      const world = await startWorld()
      await world.register({ headers: { 'X-Tenant': 'acme-tenant-token' } })
      world.receiver.answer({
        status: 404,
        body: 'no such hook',
        headers: { 'sentry-hook-error': 'e1', 'sentry-hook-project': '9' },
      })
      await world.comment()
      const [entry] = await world.hookward.log('bot')
      const [request] = world.receiver.requests
      expect(entry).toMatchObject({
        responseCode: 404,
        responseBody: 'no such hook',
        requestBody: String(request?.body),
        webhookUrl: `${world.receiver.url}/hook`,
        topic: 'comment.created',
        organization: 'acme',
        subject: { type: 'comment', id: '1234' },
        attempt: 1,
        became: 'dead',
        errorId: 'e1',
        projectId: '9',
        requestId: request?.headers['request-id'],
      })
      expect(entry?.requestHeaders).toMatchObject({ 'X-Tenant': '*'.repeat(64) })
    })
  })

  describe('Checking if the Integration is Broken', () => {
    it('finds an integration broken that failed on each day of the window', async () => {
      const world = await startWorld({ policy: 'sentry' })
      await world.register()
      world.receiver.answer(404)
      for (let day = 1; day <= 7; day += 1) {
        await world.comment()
        expect(await world.hookward.explain('bot')).toMatchObject({ state: day < 7 ? 'degraded' : 'disabled' })
        world.clock.advanceBy(oneDayMs)
      }
      const { evidence } = await world.hookward.explain('bot')
      expect(evidence.summary).toBe('each of the last 7 days had errors and no success')
    })

    it('walks through every state on the way and keeps why', async () => {
      const world = await startWorld()
      await world.register()
      world.receiver.answer(404)
      await world.comment()
      world.clock.advanceBy(oneDayMs)
      await world.comment()
      const transitions = await world.hookward.transitions('bot')
      expect(transitions.map(({ to }) => to).reverse()).toEqual([
        'degraded',
        'broken.holding',
        'broken.condemned',
        'disabled',
      ])
      expect(transitions[0]?.evidence.rule).toBe('failing-days')
    })

    it('never judges a published integration', async () => {
      const world = await startWorld()
      await world.register({ status: 'published' })
      world.receiver.answer(404)
      for (let day = 1; day <= 3; day += 1) {
        await world.comment()
        world.clock.advanceBy(oneDayMs)
      }
      expect(await world.hookward.explain('bot')).toMatchObject({ state: 'healthy' })
    })
  })

  describe("Disabling the Sentry App and Notifying the Organization's Owners", () => {
    it('disables once, sends nothing more, and tells each owner once with the evidence', async () => {
      const world = await startWorld()
      await world.register()
      world.receiver.answer(404)
      await world.comment()
      world.clock.advanceBy(oneDayMs)
      await world.comment()
      await world.comment()
      expect(world.receiver.requests).toHaveLength(2)
      expect(world.events.filter(({ type }) => type === 'disabled')).toHaveLength(1)
      expect(world.smtp.mails.map(({ to }) => to).sort()).toEqual([['ada@acme.example'], ['grace@acme.example']])
      expect(world.smtp.mails[0]?.subject).toBe('Action required: Fix your Acme Bot integration')
      expect(world.smtp.mails[0]?.text).toContain('each of the last 2 days had errors and no success')
      expect(world.smtp.mails[0]?.text).toContain('HTTP_404')
      expect(aboutHealth(await world.hookward.audit('bot'))).toMatchObject([
        { by: 'system', action: 'integration.disabled' },
      ])
    })

    it('leaves the configuration as it was, and goes on with what was missed once enabled', async () => {
      const world = await startWorld()
      await world.register()
      const before = world.hookward.integrations.get('bot')
      await world.hookward.integrations.disable('bot', { by: 'ada', reason: 'maintenance' })
      await world.comment('missed')
      expect(await world.hookward.explain('bot')).toMatchObject({ state: 'disabled', held: { disabled: 1 } })
      expect(world.hookward.integrations.get('bot')).toEqual(before)
      await world.hookward.integrations.enable('bot', { by: 'ada', reason: 'done' })
      await world.hookward.idle()
      expect(await world.hookward.explain('bot')).toMatchObject({ state: 'healthy', held: {} })
      expect(String(world.receiver.requests[0]?.body)).toContain('missed')
    })
  })

  describe('Sending the Constructed Email Message to the Recipients Asynchronously', () => {
    it('makes nobody wait for the mail, and sends it when the mail server is back', async () => {
      const world = await startWorld()
      await world.register()
      world.smtp.refuse(451, 'try later', 'MAIL')
      world.receiver.answer(404)
      await world.comment()
      world.clock.advanceBy(oneDayMs)
      await world.comment()
      expect(await world.hookward.explain('bot')).toMatchObject({ state: 'disabled' })
      expect(world.smtp.mails).toHaveLength(0)
      world.smtp.accept()
      world.clock.advanceBy(60_000)
      await world.hookward.idle()
      expect(world.smtp.mails.map(({ to }) => to).sort()).toEqual([['ada@acme.example'], ['grace@acme.example']])
    })

    it('sends each owner a message of its own with an id that was fixed beforehand', async () => {
      const world = await startWorld()
      await world.register()
      await world.hookward.integrations.disable('bot', { by: 'ada', reason: 'leak' })
      await world.hookward.idle()
      const [{ notice, letters } = { notice: undefined, letters: [] }] = await world.hookward.notices('bot')
      expect(notice?.status).toBe('done')
      expect(letters.map(({ id }) => id).sort()).toEqual(world.smtp.mails.map(({ messageId }) => messageId).sort())
      expect(new Set(letters.map(({ id }) => id)).size).toBe(2)
    })
  })
})

/** Spec 5.9: the bytes and the signature, as a real server receives them. */
describe('The message', () => {
  it('arrives byte for byte as the worked vector has it', async () => {
    const world = await startWorld()
    await world.hookward.integrations.put(anIntegration(world.receiver.url))
    await world.hookward.installations.install({ integration: 'bot', organization: 'acme', uuid }, { announce: false })
    await world.hookward.notifyComment(aComment())
    await world.hookward.idle()
    const [request] = world.receiver.requests
    expect(request?.body.length).toBe(260)
    expect(request?.body.toString()).toBe(
      '{"action":"created","installation":{"uuid":"7a485448-a9e2-4c85-8a3c-4f44175783c9"},"data":{"comment_id":1234,"issue_id":100,"project_slug":"web-app","timestamp":"2024-06-01T12:00:00.000000Z","comment":"looks good"},"actor":{"type":"user","id":42,"name":"Ada"}}',
    )
    expect(request?.headers['sentry-hook-signature']).toBe(
      '4838c97b992c3744e8a3185462d66eb9609bdc608ffed16f01c3e544931f441f',
    )
  })
})
