import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { memoryStore, type Hookward } from '../../src/index.ts'
import { sentry, standard } from '../../src/policy/index.ts'
import { readEnable, signEnable } from '../../src/policy/enable-token.ts'
import { startWorld, type World, type WorldOptions } from '../support/world.ts'

const linkSecret = 'a-link-secret-of-at-least-32-chars'
const dayMs = 86_400_000
/** The first 4xx disables. */
const policy = sentry({ windowDays: 1, retriesMs: [] })
const name = `Ann's <b>"Bot"</b> & Co`

it('shows a page that changes nothing, however often it is looked at', async () => {
  const { link, hookward, receiver } = await disabled()
  const before = receiver.requests.length
  for (let look = 0; look < 3; look += 1) {
    const { status, html, headers } = await open(link)
    expect(status).toBe(200)
    expect(html).toContain('<form method="post">')
    expect(html).toContain('Ann&#39;s &lt;b&gt;&quot;Bot&quot;&lt;/b&gt; &amp; Co')
    expect(html).not.toContain('<b>')
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-store', 'no-referrer'])
  }
  expect((await open(link, 'HEAD')).status).toBe(200)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled' })
  expect(receiver.requests).toHaveLength(before)
})

it('enables when its button is pressed, once', async () => {
  const { link, hookward } = await disabled()
  expect((await open(link, 'POST')).status).toBe(200)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
  const [entry] = await hookward.audit('bot')
  expect(entry).toMatchObject({ by: 'enable link', action: 'integration.enabled' })
  await hookward.integrations.disable('bot')
  expect((await open(link, 'POST')).status).toBe(410)
  expect((await open(link)).html).not.toContain('<form')
  expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled' })
})

it('is the same link for every owner and in both parts of the letter, and another one for the next incident', async () => {
  const { link, hookward, smtp } = await disabled()
  expect(new Set(smtp.mails.map(linkIn))).toEqual(new Set([link]))
  expect(smtp.mails[0]?.html).toContain('Enable it')
  await open(link, 'POST')
  await hookward.integrations.disable('bot')
  await hookward.idle()
  expect(linkIn(smtp.mails.at(-1))).not.toBe(link)
})

it('sends a held delivery first where the policy asks for it, and stays good while that fails', async () => {
  const { link, hookward, receiver, comment, clock } = await disabled({ policy: standard() }, 410)
  await comment()
  receiver.answer(500)
  const failed = await open(link, 'POST')
  expect([failed.status, failed.html]).toEqual([409, expect.stringContaining('its probe ended with HTTP_500')])
  expect((await open(link, 'POST')).status).toBe(429)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled' })
  receiver.answer(200)
  clock.advanceBy(300_000)
  expect((await open(link, 'POST')).status).toBe(200)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
})

it('expires after seven days', async () => {
  const { link, clock } = await disabled()
  clock.advanceBy(7 * dayMs - 1)
  expect((await open(link)).status).toBe(200)
  clock.advanceBy(1)
  expect((await open(link)).status).toBe(410)
  expect((await open(link, 'POST')).status).toBe(410)
})

it('does nothing while the integration is paused', async () => {
  const { link, hookward } = await disabled()
  await hookward.integrations.pause('bot')
  expect((await open(link, 'POST')).status).toBe(410)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'paused' })
})

it.each([
  ['no token', () => ''],
  ['a token of another secret', (claim) => signEnable(claim, 'another-secret-of-32-characters-!')],
  ['a token that was changed', (claim) => `${signEnable(claim, linkSecret).replace(/^./, 'A')}x`],
  ['a token of another integration', (claim) => signEnable({ ...claim, integrationId: 'other' }, linkSecret)],
  ['a token with more behind it', (claim) => `${signEnable(claim, linkSecret)}.x`],
  ['a token without a signature', (claim) => signEnable(claim, linkSecret).split('.')[0] ?? ''],
  ['a token that is far too long', () => 'x'.repeat(5_000)],
] as readonly [string, (claim: NonNullable<ReturnType<typeof readEnable>>) => string][])(
  'finds nothing for %s',
  async (_, forge) => {
    const { link, hookward } = await disabled()
    const url = new URL(link)
    const claim = readEnable(url.searchParams.get('token') ?? '', linkSecret)
    url.searchParams.set('token', forge(claim as never))
    expect((await open(url.href, 'POST')).status).toBe(404)
    expect((await open(url.href)).status).toBe(404)
    expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled' })
  },
)

it('takes no other method, and says so when the engine is stopped', async () => {
  const { link, hookward } = await disabled()
  expect((await open(link, 'DELETE')).status).toBe(405)
  await hookward.stop()
  expect((await open(link, 'POST')).status).toBe(503)
})

it('is found by nobody when there are no links', async () => {
  const { hookward } = await startWorld()
  const response = await hookward.handler(new Request('http://host.example/enable?token=x.y', { method: 'POST' }))
  expect(response.status).toBe(404)
})

it.each<[WorldOptions, string]>([
  [{ mail: { ...aMail(), enableUrl: 'https://a.example/e' } }, 'linkSecret'],
  [{ linkSecret }, 'mail.enableUrl'],
  [{ linkSecret: 'short', mail: { ...aMail(), enableUrl: 'https://a.example/e' } }, '32 characters'],
  [{ linkSecret, mail: { ...aMail(), enableUrl: 'javascript:alert(1)' } }, 'mail.enableUrl'],
])('asks for a long secret and an address, both or neither: case %#', async (options, text) => {
  const message = expect.stringContaining(text) as string
  await expect(startWorld({ store: memoryStore(), ...options })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message,
  })
})

function aMail() {
  return { url: 'smtp://127.0.0.1:1', from: 'hooks@example.com' }
}

/** An integration that its rule has switched off, and the link its owners got. */
async function disabled(options: WorldOptions = {}, answer = 404): Promise<World & { readonly link: string }> {
  const server = await hostOf(() => engine)
  const first = await startWorld({ policy, ...options })
  await first.hookward.stop()
  const mail = { url: first.smtp.url, from: 'hooks@example.com', enableUrl: `${server}/enable?lang=en` }
  const engine: Hookward = await first.again({ mail, linkSecret })
  const comment = async () => {
    await engine.notifyComment({ ...aComment })
    await engine.idle()
  }
  const owners = [{ email: 'ada@acme.example' }, { email: 'grace@acme.example' }]
  const url = `${first.receiver.url}/hook`
  await engine.integrations.put({
    ...{ slug: 'bot', organization: 'acme', name, url, secret, owners },
    topics: ['comment'],
  })
  await engine.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
  first.receiver.answer(answer)
  await comment()
  expect(await engine.explain('bot')).toMatchObject({ state: 'disabled' })
  return { ...first, hookward: engine, comment, link: linkIn(first.smtp.mails[0]) }
}

const secret = 'test-client-secret-0001'
const aComment = {
  organization: 'acme',
  action: 'created',
  comment: { id: 1, text: 'hello', timestamp: 0 },
  issue: { id: 100 },
  project: { slug: 'web-app' },
  actor: { type: 'user', id: 42, name: 'Ada' },
} as const

/** A host of node:http that has mounted the handler. */
async function hostOf(engine: () => Hookward): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/' } = incoming
    void engine()
      .handler(new Request(`http://${incoming.headers.host ?? ''}${url}`, { method }))
      .then(async (response) => {
        outgoing.writeHead(response.status, Object.fromEntries(response.headers))
        outgoing.end(await response.text())
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function open(link: string, method = 'GET') {
  const response = await fetch(link, { method, headers: { connection: 'close' } })
  return { status: response.status, headers: response.headers, html: await response.text() }
}

function linkIn(mail: { readonly text: string } | undefined): string {
  return /http:\/\/127\.0\.0\.1:\d+\/enable\?\S+/.exec(mail?.text ?? '')?.[0] ?? ''
}
