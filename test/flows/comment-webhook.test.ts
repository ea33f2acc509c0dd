import { describe, expect, it } from 'vitest'
import { underEachRule } from '../support/rules.ts'
import { aComment, oneDayMs, startWorld } from '../support/world.ts'

/** The second document, heading by heading. */
describe('Comment Webhook Flow', () => {
  describe('Initiating the Comment Webhook Flow', () => {
    underEachRule('under %s', (_, { policy }) => {
      it.each(['created', 'updated', 'deleted'] as const)(
        'prepares the five keys of a comment that was %s, in their order',
        async (action) => {
          const world = await startWorld({ policy })
          await world.register()
          await world.hookward.notifyComment({ ...aComment(), action })
          await world.hookward.idle()
          const body = JSON.parse(String(world.receiver.requests[0]?.body)) as { action: string; data: object }
          expect(body.action).toBe(action)
          expect(Object.entries(body.data)).toEqual([
            ['comment_id', 1234],
            ['issue_id', 100],
            ['project_slug', 'web-app'],
            ['timestamp', '2024-06-01T12:00:00.000000Z'],
            ['comment', 'looks good'],
          ])
        },
      )

      it('sends what the host left out as null, and names the application where nobody acted', async () => {
        const world = await startWorld({ policy })
        await world.register()
        await world.hookward.notifyComment({ organization: 'acme', action: 'deleted', comment: { id: 1 } })
        await world.hookward.idle()
        expect(JSON.parse(String(world.receiver.requests[0]?.body))).toMatchObject({
          data: { comment_id: 1, issue_id: null, project_slug: null, timestamp: null, comment: null },
          actor: { type: 'application', id: 'sentry', name: 'Sentry' },
        })
      })

      it('names the integration itself where it acted', async () => {
        const world = await startWorld({ policy })
        await world.register()
        await world.hookward.notifyComment({ ...aComment(), actor: { type: 'integration', integration: 'bot' } })
        await world.hookward.idle()
        expect(JSON.parse(String(world.receiver.requests[0]?.body))).toMatchObject({
          actor: { type: 'application', id: world.hookward.integrations.get('bot').uuid, name: 'Acme Bot' },
        })
      })
    })
  })

  describe('Sending the Webhook and Logging the Response', () => {
    underEachRule('under %s', (_, { policy, refused }) => {
      it('logs each request with its answer, newest first', async () => {
        const world = await startWorld({ policy })
        await world.register()
        world.receiver.answer(200, { status: 404, body: 'gone fishing' })
        await world.comment('first')
        world.clock.advanceBy(1_000)
        await world.comment('second')
        const entries = await world.hookward.log('bot')
        expect(entries).toMatchObject([
          { responseCode: 404, became: refused, responseBody: 'gone fishing' },
          { responseCode: 200, became: 'delivered' },
        ])
        expect(entries[1]).not.toHaveProperty('requestBody')
        expect(await world.hookward.log('bot', { errorsOnly: true })).toHaveLength(1)
      })
    })
  })

  describe('Handling Timeout or Connection Errors', () => {
    underEachRule('under %s', (_, { hasty, retriesMs }) => {
      it('records the error, logs it without a body of an answer, and retries on the schedule', async () => {
        const world = await startWorld({ policy: hasty })
        await world.register()
        world.receiver.answer('hang', 'reset', 'reset', 200)
        await world.comment()
        for (const [retried, delayMs] of retriesMs.entries()) {
          world.clock.advanceBy(delayMs - 1)
          await world.hookward.idle()
          expect(world.receiver.requests).toHaveLength(retried + 1)
          world.clock.advanceBy(1)
          await world.hookward.idle()
          expect(world.receiver.requests).toHaveLength(retried + 2)
        }
        const entries = await world.hookward.log('bot')
        expect(entries.map(({ outcome }) => outcome.kind)).toEqual(['ok', 'unreachable', 'unreachable', 'timeout'])
        expect(entries.map(({ attempt }) => attempt)).toEqual([4, 3, 2, 1])
        expect(entries[3]).not.toHaveProperty('responseBody')
        expect(entries[3]).toMatchObject({
          ...{ topic: 'comment.created', subject: { type: 'comment', id: '1234' } },
          requestHeaders: { 'Sentry-Hook-Resource': 'comment' },
          requestBody: String(world.receiver.requests[0]?.body),
        })
      })
    })
  })

  describe('Checking if the Integration is Broken', () => {
    it('disables an integration whose comments and issues failed on each day of the window', async () => {
      const world = await startWorld()
      await world.register()
      world.receiver.answer(403)
      await world.comment()
      world.clock.advanceBy(oneDayMs)
      await world.hookward.notifyWorkflow({ organization: 'acme', action: 'created', issue: { id: '100' } })
      await world.hookward.idle()
      expect(await world.hookward.explain('bot')).toMatchObject({
        state: 'disabled',
        incident: { cause: { signal: 'delivery.failed', topic: 'comment.created', outcome: { status: 403 } } },
      })
    })

    it('spares one that succeeded on one of them', async () => {
      const world = await startWorld()
      await world.register()
      world.receiver.answer(403, 200, 403)
      await world.comment()
      await world.comment()
      world.clock.advanceBy(oneDayMs)
      await world.comment()
      expect(await world.hookward.explain('bot')).toMatchObject({ state: 'degraded' })
    })

    it.each([
      ['breaks one whose comments and issues failed ten times in a row', false, 'broken', 'failures-in-a-row'],
      ['leaves one healthy that succeeded between', true, 'healthy', 'no-clause-holds'],
    ] as const)('under standard %s', async (_, succeeds, state, rule) => {
      const world = await startWorld({ policy: 'standard' })
      await world.register()
      for (let n = 0; n < 5; n += 1) {
        world.receiver.answer(403, succeeds ? 200 : 403)
        await world.comment()
        await world.hookward.notifyWorkflow({ organization: 'acme', action: 'created', issue: { id: '100' } })
        await world.hookward.idle()
        world.clock.advanceBy(80_000)
        await world.hookward.idle()
      }
      expect(await world.hookward.explain('bot')).toMatchObject({ state, evidence: { rule } })
    })
  })

  describe('Notifying the Organization Owners', () => {
    underEachRule('under %s', (_, { policy, fatal, disable }) => {
      it('writes to every owner why and what to do, once, however many comments follow', async () => {
        const world = await startWorld({ policy })
        await world.register()
        await disable(world)
        for (let n = 0; n < 5; n += 1) await world.comment()
        expect(world.smtp.mails).toHaveLength(2)
        for (const mail of world.smtp.mails) {
          expect(mail.from).toBe('hooks@example.com')
          expect(mail.text).toContain("integrations.enable('bot')")
          expect(mail.html).toContain(fatal.summary)
          expect(mail.raw).not.toContain('test-client-secret')
        }
      })
    })
  })
})
