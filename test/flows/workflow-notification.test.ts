import { describe, expect, it } from 'vitest'
import type { Outcome, Transport } from '../../src/index.ts'
import { sentry } from '../../src/policy/health/sentry.ts'
import { standard } from '../../src/policy/index.ts'
import { underEachRule } from '../support/rules.ts'
import { aboutHealth, aComment, anIntegration, oneDayMs, pass, startWorld, type World } from '../support/world.ts'

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
    underEachRule('under %s', (_, { policy }) => {
      it('prepares the details of the issue and the extra data, and passes them on to be sent', async () => {
        const world = await startWorld({ policy })
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
        const world = await startWorld({ policy })
        await world.register()
        await world.register({ slug: 'deaf', url: `${world.receiver.url}/deaf`, topics: ['comment'] })
        await world.register({ slug: 'twin', url: `${world.receiver.url}/twin`, topics: ['issue.resolved'] })
        await world.hookward.notifyWorkflow(resolved)
        await world.hookward.idle()
        expect(world.receiver.requests.map(({ path }) => path).sort()).toEqual(['/hook', '/twin'])
      })

      it('leaves the e-mail address out where the organisation asks for privacy', async () => {
        const world = await startWorld({ policy, enhancedPrivacy: (organization) => organization === 'acme' })
        await world.register()
        await world.hookward.notifyWorkflow(assigned)
        await world.hookward.idle()
        expect(JSON.parse(String(world.receiver.requests[0]?.body))).toMatchObject({
          data: { assignee: { type: 'user', name: 'Ada', id: 42 } },
        })
        expect(String(world.receiver.requests[0]?.body)).not.toContain('example.org')
      })
    })
  })

  describe('Sending the Webhook Notifications', () => {
    underEachRule('under %s', (_, { policy }) => {
      it('sends the event with the headers and the signature of the documents', async () => {
        const world = await startWorld({ policy })
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
        const world = await startWorld({ policy })
        await world.register({ topics: ['issue.archived'] })
        await world.hookward.notifyWorkflow({ organization: 'acme', action: 'ignored', issue })
        await world.hookward.idle()
        expect(JSON.parse(String(world.receiver.requests[0]?.body))).toMatchObject({ action: 'archived' })
      })

      it('sends nothing of an event that the installation did not subscribe to', async () => {
        const world = await startWorld({ policy })
        await world.register({ topics: ['issue.created'] })
        expect(await world.hookward.notifyWorkflow(resolved)).toMatchObject({ deliveries: 0 })
        await world.hookward.idle()
        expect(world.receiver.requests).toHaveLength(0)
      })
    })
  })

  describe('Handling of Timeouts and Connection Errors', () => {
    underEachRule('under %s', (name, { policy, hasty, retriesMs: [firstMs = 0] }) => {
      it('records a timeout in the buffer of the integration, and tries the same bytes again', async () => {
        const world = await startWorld({ policy: hasty })
        await world.register()
        world.receiver.answer('hang', 200)
        await world.hookward.notifyWorkflow(resolved)
        await world.hookward.idle()
        const { evidence } = await world.hookward.explain('bot')
        expect(evidence.facts).toMatchObject(recorded[name]?.timeout ?? {})
        world.clock.advanceBy(firstMs - 1)
        await world.hookward.idle()
        expect(world.receiver.requests).toHaveLength(1)
        world.clock.advanceBy(1)
        await world.hookward.idle()
        const [first, second] = world.receiver.requests
        expect(second?.body).toEqual(first?.body)
        expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
        expect(second?.headers['request-id']).not.toBe(first?.headers['request-id'])
      })

      it('records a connection error likewise', async () => {
        const world = await startWorld({ policy })
        await world.register()
        world.receiver.answer('reset')
        await world.hookward.notifyWorkflow(resolved)
        await world.hookward.idle()
        const { evidence } = await world.hookward.explain('bot')
        expect(evidence.facts).toMatchObject(recorded[name]?.unreachable ?? {})
        expect(await world.hookward.log('bot')).toMatchObject([{ responseCode: 0, outcome: { kind: 'unreachable' } }])
      })
    })

    it.each([
      ['a second under sentry', 'sentry', undefined, 1_000],
      ['15 seconds under standard', 'standard', undefined, 15_000],
      ['as long as the integration says under sentry', 'sentry', 2_500, 2_500],
      ['as long as the integration says under standard', 'standard', 2_500, 2_500],
    ] as const)('waits for an answer for %s', async (_, policy, deadlineMs, waitsMs) => {
      const asked: number[] = []
      const transport: Transport = {
        attempt: (request) => {
          asked.push(request.deadlineMs)
          return Promise.resolve(arrived)
        },
        close: () => Promise.resolve(),
      }
      const world = await startWorld({ policy, transport })
      await world.register(deadlineMs === undefined ? {} : { deadlineMs })
      await world.comment()
      expect(asked).toEqual([waitsMs])
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

    it('under standard holds what comes once ten in a row span five minutes, and sends it when a probe arrives', async () => {
      const world = await startWorld({ policy: standard({ jitter: 0 }) })
      await world.register()
      world.receiver.answer('reset')
      for (let n = 1; n <= 10; n += 1) {
        await world.comment(`comment ${n}`)
        expect(await world.hookward.explain('bot')).toMatchObject({
          state: n < 5 ? 'healthy' : n < 10 ? 'degraded' : 'broken',
        })
        world.clock.advanceBy(34_000)
      }
      const { evidence, held } = await world.hookward.explain('bot')
      expect(evidence.rule).toBe('failures-in-a-row')
      expect(held).toEqual({ broken: 10 })
      world.receiver.answer(200)
      await pass(world, 10 * 60_000, 10_000)
      expect(await world.hookward.explain('bot')).toMatchObject({ state: 'healthy', held: {} })
      expect(world.events.filter(({ type }) => type === 'delivered')).toHaveLength(10)
    })
  })

  describe('Recording the Response of a Webhook Request', () => {
    it('counts a success and an error on their day, and an alert event nowhere', async () => {
      const world = await startWorld()
      await withAlert(world)
      const { evidence, state } = await world.hookward.explain('bot')
      expect(evidence.facts).toMatchObject({ days: [{ success: 1, error: 1, timeout: 0 }] })
      expect(state).toBe('healthy')
    })

    it('under standard counts an alert event like any other', async () => {
      const world = await startWorld({ policy: 'standard' })
      await withAlert(world)
      const { evidence, state } = await world.hookward.explain('bot')
      expect(evidence.facts).toMatchObject({ window: { failed: 2, total: 3, inARow: 2 } })
      expect(state).toBe('healthy')
    })

    underEachRule('under %s', (_, { policy, refused }) => {
      it('keeps headers and both bodies of a failed request for the log', async () => {
        const world = await startWorld({ policy })
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
          became: refused,
          errorId: 'e1',
          projectId: '9',
          requestId: request?.headers['request-id'],
        })
        expect(entry?.requestHeaders).toMatchObject({ 'X-Tenant': '*'.repeat(64) })
      })
    })

    it.each([
      ['sentry', 410, 'dead', 'healthy'],
      ['standard', 410, 'dead', 'disabled'],
      ['sentry', 429, 'dead', 'healthy'],
      ['standard', 429, 'waiting', 'healthy'],
      ['sentry', 302, 'delivered', 'healthy'],
      ['standard', 302, 'waiting', 'healthy'],
    ] as const)('under %s a %d leaves a delivery %s and the integration %s', async (policy, status, became, state) => {
      const world = await startWorld({ policy })
      await world.register()
      world.receiver.answer(200, status)
      await world.comment()
      await world.comment()
      expect((await world.hookward.log('bot'))[0]).toMatchObject({ responseCode: status, became })
      expect(await world.hookward.explain('bot')).toMatchObject({ state })
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

    it.each([
      ['published', 'broken'],
      ['internal', 'disabled'],
    ] as const)('under standard leaves one that is %s %s after a week without a success', async (status, state) => {
      const world = await startWorld({ policy: 'standard' })
      await world.register({ status })
      world.receiver.answer(404)
      for (let day = 0; day < 7; day += 1) {
        await world.comment()
        await pass(world, oneDayMs, oneDayMs / 24)
      }
      expect(await world.hookward.explain('bot')).toMatchObject({ state })
      const walked = (await world.hookward.transitions('bot')).map(({ to }) => to).reverse()
      expect(walked.slice(0, 3)).toEqual(['degraded', 'broken.holding', 'broken.probing'])
      expect(walked.slice(-2)).toEqual(
        state === 'disabled' ? ['broken.condemned', 'disabled'] : ['broken.probing', 'broken.holding'],
      )
    })
  })

  describe("Disabling the Sentry App and Notifying the Organization's Owners", () => {
    underEachRule('under %s', (_, { policy, fatal, disable }) => {
      it('disables once, sends nothing more, and tells each owner once with the evidence', async () => {
        const world = await startWorld({ policy })
        await world.register()
        await disable(world)
        const sent = world.receiver.requests.length
        await world.comment()
        expect(world.receiver.requests).toHaveLength(sent)
        expect(await world.hookward.explain('bot')).toMatchObject({ state: 'disabled', held: { disabled: 1 } })
        expect(world.events.filter(({ type }) => type === 'disabled')).toHaveLength(1)
        expect(world.smtp.mails.map(({ to }) => to).sort()).toEqual([['ada@acme.example'], ['grace@acme.example']])
        expect(world.smtp.mails[0]?.subject).toBe('Action required: Fix your Acme Bot integration')
        expect(world.smtp.mails[0]?.text).toContain(fatal.summary)
        expect(world.smtp.mails[0]?.text).toContain(`HTTP_${fatal.status}`)
        expect(aboutHealth(await world.hookward.audit('bot'))).toMatchObject([
          { by: 'system', action: 'integration.disabled' },
        ])
      })

      it('leaves the configuration as it was, and goes on with what was missed once enabled', async () => {
        const world = await startWorld({ policy })
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

    it('under standard enables only a receiver that answers, and leaves everything as it is otherwise', async () => {
      const world = await startWorld({ policy: 'standard' })
      await world.register()
      world.receiver.answer(410)
      await world.comment()
      await world.comment('missed')
      const refusal = world.hookward.integrations.enable('bot')
      await expect(refusal).rejects.toMatchObject({ code: 'PROBE_FAILED' })
      expect(await world.hookward.explain('bot')).toMatchObject({ state: 'disabled', held: { disabled: 1 } })
    })
  })

  describe('Sending the Constructed Email Message to the Recipients Asynchronously', () => {
    underEachRule('under %s', (_, { policy, disable }) => {
      it('makes nobody wait for the mail, and sends it when the mail server is back', async () => {
        const world = await startWorld({ policy })
        await world.register()
        world.smtp.refuse(451, 'try later', 'MAIL')
        await disable(world)
        expect(await world.hookward.explain('bot')).toMatchObject({ state: 'disabled' })
        expect(world.smtp.mails).toHaveLength(0)
        world.smtp.accept()
        world.clock.advanceBy(60_000)
        await world.hookward.idle()
        expect(world.smtp.mails.map(({ to }) => to).sort()).toEqual([['ada@acme.example'], ['grace@acme.example']])
      })

      it('sends each owner a message of its own with an id that was fixed beforehand', async () => {
        const world = await startWorld({ policy })
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
})

/** What each rule writes down of the first attempt of a delivery. */
const recorded: Readonly<Record<string, { readonly timeout: object; readonly unreachable: object }>> = {
  sentry: {
    timeout: { days: [{ day: '2024-06-01', success: 0, error: 0, timeout: 1 }] },
    unreachable: { days: [{ timeout: 1 }] },
  },
  standard: {
    timeout: { window: { failed: 1, total: 1, inARow: 1 }, sinceSuccess: { attempts: 1, timeouts: 1, absent: 0 } },
    unreachable: { window: { failed: 1, total: 1, inARow: 1 }, sinceSuccess: { attempts: 1, timeouts: 0, absent: 1 } },
  },
}

const arrived: Outcome = {
  ...{ kind: 'ok', status: 200, code: 'HTTP_200', phase: 'body', durationMs: 1 },
  ...{ body: '', bodyBytes: 0, truncated: false, headers: {} },
}

/** A comment that arrives, an alert that does not, and a comment that does not. */
async function withAlert({ register, receiver, comment, hookward }: World): Promise<void> {
  await register({ topics: ['issue', 'comment', 'event_alert'] })
  receiver.answer(200, 404)
  await comment()
  await hookward.emit({ topic: 'event_alert.triggered', organization: 'acme', data: { event: {} } })
  await hookward.idle()
  await comment()
}

/** Spec 5.9: the bytes and the signature, as a real server receives them. */
describe('The message', () => {
  underEachRule('under %s', (_, { policy }) => {
    it('arrives byte for byte as the worked vector has it', async () => {
      const world = await startWorld({ policy })
      await world.hookward.integrations.put(anIntegration(world.receiver.url))
      await world.hookward.installations.install(
        { integration: 'bot', organization: 'acme', uuid },
        { announce: false },
      )
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
})
