import { describe, expect, it } from 'vitest'
import { sentry } from '../../src/policy/health/sentry.ts'
import { skipped } from '../support/restate.ts'
import { aComment, anIntegration, oneDayMs } from '../support/world.ts'
import { runtimes, serverFor, startEitherWorld } from './either.ts'

const assigned = {
  organization: 'acme',
  action: 'assigned',
  issue: {
    id: '100',
    shortId: 'WEB-7',
    title: 'x is undefined',
    status: 'unresolved',
    project: { id: '9', slug: 'web', name: 'web' },
  },
  actor: { type: 'user', id: 7, name: 'Grace' },
  data: { assignee: { type: 'user', name: 'Ada', id: 42 } },
} as const

/** The documents' flows, from the host's call to the owner's mailbox. */
describe.each(runtimes)('the flows %s', (runtime) => {
  const { server, isSkipped } = serverFor(runtime)

  describe.skipIf(isSkipped)(skipped, () => {
    it('sends a workflow notification with the body, the headers and the signature of the documents', async () => {
      const { hookward, receiver } = await world()
      const { deliveries } = await hookward.notifyWorkflow(assigned)
      await hookward.idle()
      expect(deliveries).toBe(1)
      const [request] = receiver.requests
      expect(JSON.parse(String(request?.body))).toMatchObject({ action: 'assigned', actor: { name: 'Grace' } })
      expect(request?.headers).toMatchObject({
        'sentry-hook-resource': 'issue',
        'sentry-hook-signature': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      })
      expect(await hookward.log('bot')).toMatchObject([{ became: 'delivered', responseCode: 200 }])
    })

    it('sends a comment to those who hear comments, and an event with a known key to nobody twice', async () => {
      const { hookward, receiver } = await world()
      const first = await hookward.notifyComment(aComment(), { key: 'comment-1' })
      const again = await hookward.notifyComment(aComment(), { key: 'comment-1' })
      await hookward.idle()
      expect(again).toMatchObject({ eventId: first.eventId, duplicate: true })
      expect(receiver.requests).toHaveLength(1)
      await expect(hookward.notifyComment(aComment('another'), { key: 'comment-1' })).rejects.toThrow(
        'IDEMPOTENCY_CONFLICT',
      )
    })

    it('tries a delivery that fails again when it is due, under the same id', async () => {
      const { hookward, receiver, clock } = await world({ retriesMs: [60_000] })
      receiver.answer({ status: 500 })
      await hookward.notifyComment(aComment())
      await hookward.idle()
      expect(receiver.requests).toHaveLength(1)
      receiver.answer({ status: 200 })
      clock.advanceBy(60_000)
      await hookward.idle()
      const [first, second] = receiver.requests.map(({ headers }) => headers['idempotency-key'])
      expect(receiver.requests).toHaveLength(2)
      expect(first).toBe(second)
    })

    it('disables a receiver that keeps failing, mails each owner once, and sends what was held when it is enabled', async () => {
      const { hookward, receiver, smtp, clock } = await world()
      receiver.answer({ status: 404 })
      for (let day = 0; day < 2; day += 1) {
        await hookward.notifyComment(aComment())
        await hookward.idle()
        clock.advanceBy(oneDayMs)
        await hookward.idle()
      }
      await hookward.notifyComment(aComment())
      await hookward.idle()
      expect((await hookward.explain('bot')).state).toBe('disabled')
      expect(smtp.mails.map(({ to }) => String(to)).sort()).toEqual(['ada@acme.example', 'grace@acme.example'])
      const sent = receiver.requests.length
      receiver.answer({ status: 200 })
      await hookward.notifyComment(aComment('while it is off'))
      await hookward.idle()
      expect(receiver.requests).toHaveLength(sent)
      expect((await hookward.held('bot')).entries.at(-1)).toMatchObject({ reason: 'disabled' })
      await hookward.integrations.enable('bot', { by: 'ada' })
      await hookward.idle()
      expect(String(receiver.requests.at(-1)?.body)).toContain('while it is off')
      expect((await hookward.overview()).integrations).toMatchObject([
        { integration: 'bot', state: 'healthy', held: 0 },
      ])
    })

    it('holds what comes while it is paused, and sends it when it is resumed', async () => {
      const { hookward, receiver } = await world()
      await hookward.integrations.pause('bot', { by: 'ada', reason: 'a holiday' })
      await hookward.notifyComment(aComment())
      await hookward.idle()
      expect(receiver.requests).toHaveLength(0)
      await hookward.integrations.resume('bot', { by: 'ada' })
      await hookward.idle()
      expect(receiver.requests).toHaveLength(1)
      expect((await hookward.audit('bot')).map(({ action }) => action)).toEqual(
        expect.arrayContaining(['integration.paused', 'integration.resumed']),
      )
    })

    it('refuses in the same words what cannot be', async () => {
      const { hookward } = await world()
      await expect(hookward.integrations.enable('nobody')).rejects.toThrow('INTEGRATION_UNKNOWN')
      await expect(hookward.integrations.put({ ...anIntegration('ftp://x'), slug: 'bot' })).rejects.toThrow('URL_')
      await expect(hookward.emit({ topic: 'nothing', organization: 'acme', data: {} })).rejects.toThrow('TOPIC_INVALID')
      expect(() => hookward.integrations.get('nobody')).toThrow('INTEGRATION_UNKNOWN')
    })
  })

  const world = (rule: Parameters<typeof sentry>[0] = {}) =>
    startEitherWorld(runtime, server, { policy: sentry({ windowDays: 2, retriesMs: [], ...rule }) })
})
