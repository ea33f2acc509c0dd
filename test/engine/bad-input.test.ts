import { expect, it, onTestFinished } from 'vitest'
import { undiciTransport } from '../../src/adapters/undici/transport.ts'
import type { Logger } from '../../src/index.ts'
import { createNetwork } from '../../src/policy/network.ts'
import { sentry } from '../../src/policy/index.ts'
import { startDns } from '../support/dns.ts'
import { aComment, anIntegration, startWorld } from '../support/world.ts'
import { tapped } from './tap.ts'

const issue = { id: '100', project: { slug: 'web-app' } }
const anEvent = { topic: 'error.created', organization: 'acme', data: {} }

it('rejects an unknown installation, integration and issue, each with a reason of its own', async () => {
  const { hookward, receiver, register } = await startWorld()
  await register()
  const place = { integration: 'bot', organization: 'elsewhere' }
  await expect(hookward.installations.uninstall(place)).rejects.toMatchObject({ code: 'INSTALLATION_UNKNOWN' })
  await expect(hookward.explain('nobody')).rejects.toMatchObject({ code: 'INTEGRATION_UNKNOWN' })
  const about = { organization: 'acme', action: 'created' } as const
  await expect(hookward.notifyWorkflow(about as never)).rejects.toThrow('EVENT_INVALID: issue must be an object')
  await expect(hookward.notifyWorkflow({ ...about, issue: {} as never })).rejects.toThrow('EVENT_INVALID: issue.id')
  await hookward.idle()
  expect(receiver.requests).toEqual([])
})

it('names the application where the acting user is unknown, and warns with the id', async () => {
  const lines: unknown[] = []
  const logger: Logger = { info: () => undefined, error: () => undefined, warn: (...line) => lines.push(line) }
  const { hookward, receiver, register } = await startWorld({ logger })
  await register()
  await hookward.notifyComment(aComment())
  expect(lines).toEqual([])
  const actor = { type: 'user', id: 77 } as const
  await hookward.notifyComment({ ...aComment(), actor })
  await hookward.notifyWorkflow({ organization: 'acme', action: 'ignored', issue, actor })
  await hookward.idle()
  const actors = receiver.requests.map(({ body }) => (JSON.parse(body.toString()) as { actor: object }).actor)
  expect(actors).toEqual([
    { type: 'user', id: 42, name: 'Ada' },
    { type: 'application', id: 'sentry', name: 'Sentry' },
    { type: 'application', id: 'sentry', name: 'Sentry' },
  ])
  expect(lines).toEqual([
    [{ topic: 'comment.created', user: 77 }, expect.stringContaining('unknown')],
    [{ topic: 'issue.ignored', user: 77 }, expect.stringContaining('unknown')],
  ])
})

it('rejects an unknown event name when it is emitted', async () => {
  const store = tapped()
  const { hookward, receiver, register } = await startWorld({ store })
  await register()
  const written = store.asked.length
  await expect(hookward.emit({ ...anEvent, topic: 'issue.exploded' })).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' })
  await expect(hookward.emit({ ...anEvent, topic: 'exploded' })).rejects.toMatchObject({ code: 'TOPIC_INVALID' })
  const action = 'exploded' as never
  await expect(hookward.notifyComment({ ...aComment(), action })).rejects.toThrow('EVENT_INVALID: action')
  await expect(hookward.notifyWorkflow({ organization: 'acme', action, issue })).rejects.toThrow(
    'EVENT_INVALID: action',
  )
  await hookward.idle()
  expect([store.asked.length, receiver.requests]).toEqual([written, []])
})

it('counts an event that nobody subscribed to as filtered, and not as a failure', async () => {
  const { hookward, receiver, register, events } = await startWorld()
  await register({ topics: ['issue', 'error'] })
  await register({ slug: 'narrow', topics: ['issue', 'error'] })
  const narrowed = { integration: 'narrow', organization: 'acme', projects: ['other-app'] }
  await hookward.installations.install(narrowed, { announce: false })
  const filtered = { deliveries: 0, filtered: 2, duplicate: false }
  expect(await hookward.notifyComment(aComment())).toMatchObject(filtered)
  expect(await hookward.notifyComment(aComment(), { key: 'k' })).toMatchObject(filtered)
  expect(await hookward.notifyComment(aComment(), { key: 'k' })).toMatchObject({ ...filtered, duplicate: true })
  await hookward.idle()
  expect([receiver.requests, events, await hookward.log('bot')]).toEqual([[], [], []])
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', evidence: { facts: { days: [] } } })
  expect(await hookward.emit(anEvent)).toMatchObject({ deliveries: 1, filtered: 1 })
  expect(await hookward.emit({ ...anEvent, organization: 'elsewhere' })).toMatchObject({ deliveries: 0, filtered: 0 })
})

it.each([undefined, null, '', '/hook'])(
  'rejects an integration without a URL when it is registered: %j',
  async (url) => {
    const { hookward, receiver } = await startWorld()
    const put = hookward.integrations.put({ ...anIntegration(receiver.url), url: url as never })
    await expect(put).rejects.toMatchObject({ code: 'URL_INVALID' })
    expect(hookward.integrations.list()).toEqual([])
  },
)

it('takes a private address for the outcome blocked: logged, told, not retried, and not counted for health', async () => {
  const dns = await startDns()
  onTestFinished(() => dns.close())
  const transport = undiciTransport({ network: createNetwork({}), nameServers: [dns.address] })
  // The first error and the first timeout would disable.
  const policy = sentry({ windowDays: 1, timeoutsPerDay: 1 })
  const { hookward, receiver, clock, register, comment, events, smtp } = await startWorld({ transport, policy })
  dns.answer(['127.0.0.1'])
  await register({ url: `http://hook.test:${receiver.port}/hook` })
  await comment()
  clock.advanceBy(86_400_000)
  await hookward.idle()
  expect(receiver.connections()).toBe(0)
  expect(await hookward.log('bot')).toMatchObject([
    {
      ...{ attempt: 1, became: 'dead', responseCode: 0, topic: 'comment.created' },
      outcome: { kind: 'blocked', code: 'ADDRESS_REFUSED' },
    },
  ])
  expect(events).toMatchObject([
    { type: 'delivery.failed', outcome: { kind: 'blocked' } },
    { type: 'delivery.dead', outcome: { kind: 'blocked' } },
  ])
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', evidence: { facts: { days: [] } } })
  expect(smtp.mails).toEqual([])
})

it('logs an answer that cannot be decoded with its broken characters replaced', async () => {
  const { hookward, receiver, register, comment } = await startWorld()
  await register()
  receiver.answer({ status: 404, body: Buffer.from([0x61, 0xff, 0xfe, 0x62, 0xe2, 0x82]) })
  await comment()
  expect(await hookward.log('bot')).toMatchObject([{ responseBody: 'a\ufffd\ufffdb\ufffd', became: 'dead' }])
})

it.each([
  ['9', true],
  ['web', false],
  ['9a', false],
  ['-1', false],
  ['1.0', false],
  ['', false],
])('keeps the project %j that an answer names: %s', async (project, isKept) => {
  const { hookward, receiver, register, comment } = await startWorld()
  await register()
  receiver.answer({ status: 500, headers: { 'Sentry-Hook-Error': 'e1', 'Sentry-Hook-Project': project } })
  await comment()
  const [entry] = await hookward.log('bot')
  expect([entry?.errorId, entry?.projectId]).toEqual(isKept ? ['e1', project] : [undefined, undefined])
})

it('reads no more of a huge answer than the log keeps, and then hangs up', async () => {
  const { hookward, receiver, register, comment } = await startWorld()
  await register()
  let sentBytes = 0
  receiver.answer({
    raw: (function* () {
      yield 'HTTP/1.1 404 Not Found\r\ncontent-length: 1000000000\r\n\r\n'
      for (;;) {
        sentBytes += 65_536
        yield Buffer.alloc(65_536, 'x')
      }
    })(),
  })
  await comment()
  await receiver.until(() => receiver.open() === 0)
  expect(await hookward.log('bot')).toMatchObject([
    { responseCode: 404, responseBody: 'x'.repeat(1_024), became: 'dead' },
  ])
  // What was not read stands in the buffers of the system: some megabytes at most, of a billion bytes.
  expect(sentBytes).toBeLessThan(64 * 1_048_576)
})
