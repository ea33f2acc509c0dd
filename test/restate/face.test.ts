import { describe, expect, it } from 'vitest'
import { manualClock } from '../../src/testing.ts'
import { skipped } from '../support/restate.ts'
import { aComment, anIntegration, until } from '../support/world.ts'
import { runtimes, serverFor, startEither, startEitherWorld } from './either.ts'

const linkSecret = 'a-link-secret-of-at-least-32-chars'

/** What a host can ask for beside the flows: the same answers wherever deliveries are made. */
describe.each(runtimes)('the calls of a host %s', (runtime) => {
  const { server, isSkipped } = serverFor(runtime)
  const world = (options: Parameters<typeof startEitherWorld>[2] = {}) => startEitherWorld(runtime, server, options)

  describe.skipIf(isSkipped)(skipped, () => {
    it('send an event by hand to one integration alone, and count its attempts by the hour', async () => {
      const { hookward, receiver, clock } = await world()
      const event = { topic: 'invoice.paid', data: { id: 'in_1' } }
      const sent = await hookward.integrations.send('bot', event, { by: 'ada', reason: 'a try' })
      await hookward.idle()
      expect(sent.deliveryId).toMatch(/^dlv_[0-9a-f]{32}$/)
      expect(String(receiver.requests[0]?.body)).toContain('in_1')
      expect(await hookward.audit('bot')).toContainEqual(expect.objectContaining({ action: 'event.sent', by: 'ada' }))
      receiver.answer(500)
      await hookward.notifyComment(aComment())
      await hookward.idle()
      const hour = Math.floor(clock.now() / 3_600_000) * 3_600_000
      expect(await hookward.hours('bot')).toEqual([{ at: hour, ok: 1, failed: 1 }])
      expect(hookward.isStandby()).toBe(false)
      expect(hookward.shadow()).toBeNull()
      await expect(hookward.integrations.send('nobody', event)).rejects.toThrow('INTEGRATION_UNKNOWN')
    })

    it('check the data of events by their schemas, and take nothing once the host was stopped meanwhile', async () => {
      const asked: Array<() => void> = []
      const schema = {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: (value: unknown) =>
            new Promise<{ value: unknown }>((resolve) =>
              asked.push(() => resolve({ value: { ...Object(value), seen: true } })),
            ),
        },
      } as const
      const { hookward, receiver } = await world({ schemas: { 'issue.assigned': schema } })
      const event = { topic: 'issue.assigned', organization: 'acme', data: {} }
      const first = hookward.emit(event)
      await until(() => asked.length === 1)
      asked.shift()?.()
      await first
      await hookward.idle()
      expect(JSON.parse(String(receiver.requests[0]?.body))).toMatchObject({ data: { seen: true } })
      const late = hookward.emit(event)
      await until(() => asked.length === 1)
      await hookward.integrations.remove('bot', { waiting: 'skip' })
      const stopped = hookward.stop({ graceMs: 0 })
      asked.shift()?.()
      await expect(late).rejects.toThrow('ENGINE_STOPPED')
      await stopped
    })

    it('import many lines at once, after a look at what would become of them', async () => {
      const { hookward, receiver } = await world()
      const { name, organization, secret, topics } = anIntegration(receiver.url)
      const line = (slug: string, more: object = {}) =>
        JSON.stringify({ name, organization, secret, topics, slug, url: `${receiver.url}/hook`, ...more })
      const text = [
        line('one', { installations: [{ organization: 'acme' }] }),
        line('two'),
        JSON.stringify({ ...anIntegration(receiver.url), installations: [{ organization: 'acme' }] }),
      ].join('\n')
      const looked = await hookward.integrations.import(text, { format: 'jsonl', dryRun: true })
      expect(looked).toMatchObject({ isWritten: false, created: 2, same: 1, refused: 0 })
      expect(hookward.integrations.list()).toHaveLength(1)
      expect(await hookward.integrations.import(text, { format: 'jsonl', by: 'ada' })).toEqual({
        ...looked,
        isWritten: true,
      })
      expect(hookward.integrations.list().map(({ id }) => id)).toEqual(expect.arrayContaining(['bot', 'one', 'two']))
      const changed = [line('one', { secret: 'another-secret-of-one' }), line('two', { url: 'ftp://x' })].join('\n')
      expect(await hookward.integrations.import(changed, { format: 'jsonl' })).toMatchObject({
        isWritten: false,
        refused: 1,
        lines: [
          { slug: 'one', becomes: 'changed', changes: ['secret'] },
          { slug: 'two', becomes: 'refused' },
        ],
      })
    })

    it('open the link of a letter, and enable by its button, once', async () => {
      const mail = { enableUrl: 'https://app.example.com/hooks/enable' }
      const { hookward, smtp } = await world({ linkSecret, mail })
      await hookward.integrations.disable('bot', { by: 'ada', reason: 'a reason' })
      await hookward.idle()
      const link = linkIn(smtp.mails[0])
      const open = async (method: string, url = link) => {
        const answer = await hookward.handler(new Request(url, { method }))
        return { status: answer.status, html: await answer.text() }
      }
      expect(await open('GET')).toMatchObject({ status: 200, html: expect.stringContaining('<form') as string })
      expect((await hookward.explain('bot')).state).toBe('disabled')
      expect((await open('GET', `${link}x`)).status).toBe(404)
      expect((await open('POST')).status).toBe(200)
      expect((await hookward.explain('bot')).state).toBe('healthy')
      expect((await open('POST')).status).toBe(410)
      expect((await hookward.audit('bot'))[0]).toMatchObject({ by: 'enable link', action: 'integration.enabled' })
    })

    it('back off from trouble of our own, lane by lane and longer each time', async () => {
      const clock = manualClock()
      let [isTroubled, attempts] = [true, 0]
      const attempt = () => {
        attempts += 1
        return Promise.resolve(isTroubled ? troubled : arrived)
      }
      const transport = { attempt, close: () => Promise.resolve() }
      const { hookward } = await startEither(runtime, { clock, transport }, server)
      await hookward.integrations.put(anIntegration('https://bot.example.com'))
      await hookward.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
      await hookward.notifyComment(aComment())
      await hookward.idle()
      const seen = [attempts]
      for (let second = 1; second <= 8; second += 1) {
        clock.advanceBy(1_000)
        if (second === 5) await hookward.notifyComment(aComment('while it rests'))
        await hookward.idle()
        seen.push(attempts)
      }
      expect(seen.map((count, n) => count - (seen[n - 1] ?? 0) > 0)).toEqual(
        [0, 1, 2, 3, 4, 5, 6, 7, 8].map((second) => [0, 1, 3, 7].includes(second)),
      )
      isTroubled = false
      clock.advanceBy(8_000)
      await hookward.idle()
      expect(attempts - (seen.at(-1) ?? 0)).toBe(2)
      expect((await hookward.overview()).integrations).toMatchObject([{ state: 'healthy', waiting: 0 }])
    })

    it('take our own outage for what it is: nobody is judged while nobody is reached', async () => {
      let isDown = false
      const attempt = ({ url }: { readonly url: string }) =>
        Promise.resolve(isDown ? unreachable : url.includes('host-4') ? failing : arrived)
      const transport = { attempt, close: () => Promise.resolve() }
      const clock = manualClock()
      const { hookward } = await startEither(runtime, { clock, transport, policy: 'standard' }, server)
      for (const n of [1, 2, 3, 4]) {
        await hookward.integrations.put({ ...anIntegration(`https://host-${n}.example`), slug: `host-${n}` })
        await hookward.installations.install({ integration: `host-${n}`, organization: 'away' }, { announce: false })
      }
      const pass = async (minutes: number) => {
        for (let n = 0; n < minutes; n += 1) {
          clock.advanceBy(60_000)
          await hookward.notifyComment({ ...aComment(), organization: 'away' })
          await hookward.idle()
        }
      }
      await pass(12)
      const { state, since } = await hookward.explain('host-4')
      expect(state).toBe('broken')
      isDown = true
      await pass(30)
      const states = await Promise.all([1, 2, 3].map((n) => hookward.explain(`host-${n}`)))
      expect(states.map(({ state }) => state)).toEqual(['healthy', 'healthy', 'healthy'])
      expect(states.every(({ frozenAt }) => frozenAt !== undefined)).toBe(true)
      expect((await hookward.overview()).outage).toMatchObject({ sign: 'silence' })
      isDown = false
      clock.advanceBy(120_000)
      await hookward.idle()
      expect((await hookward.overview()).outage).toBeUndefined()
      // Its owners are told after an hour of health time: later by the half hour that did not count.
      const toldAfter = async (minutes: number) => {
        clock.advanceBy(since + minutes * 60_000 - clock.now())
        await hookward.idle()
        return (await hookward.notices('host-4')).map(({ notice }) => notice.step)
      }
      expect(await toldAfter(75)).toEqual([])
      expect(await toldAfter(95)).toEqual(['broken'])
    })
  })
})

const answer = { phase: 'body', durationMs: 1, body: '', bodyBytes: 0, truncated: false, headers: {} } as const
const arrived = { kind: 'ok', status: 200, code: 'HTTP_200', ...answer } as const
const failing = { kind: 'server', status: 500, code: 'HTTP_500', ...answer } as const
const troubled = { kind: 'local', status: 0, code: 'EMFILE', ...answer, phase: 'connect' } as const
const unreachable = { kind: 'unreachable', status: 0, code: 'ECONNREFUSED', ...answer, phase: 'connect' } as const

function linkIn(mail: { readonly text: string } | undefined): string {
  return /https:\/\/app\.example\.com\/\S+token=\S+/.exec(mail?.text ?? '')?.[0] ?? ''
}
