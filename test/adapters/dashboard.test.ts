import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { DashboardHost, HostEvent } from '../../src/adapters/dashboard/host.ts'
import { Live } from '../../src/adapters/dashboard/live.ts'
import { stream } from '../../src/adapters/dashboard/stream.ts'
import { dashboard, nodeHandler, type Authorize, type DashboardOptions } from '../../src/dashboard.ts'
import type { Hookward } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { asked, listen, serving, type Answered } from '../support/http.ts'
import { secret, startWorld, turns, type World } from '../support/world.ts'

interface Mounted extends World {
  /** Where it is mounted, with a slash behind it. */
  readonly url: string
  readonly get: (part: string, headers?: Record<string, string>) => Promise<Answered>
  /** Posts a change as a page of our own does. */
  readonly act: (body: object, headers?: Record<string, string>) => Promise<Answered>
}

async function mounted(
  options: DashboardOptions = {},
  change: (hookward: Hookward) => Hookward = (one) => one,
): Promise<Mounted> {
  const world = await startWorld()
  const origin = await serving(nodeHandler(dashboard(change(world.hookward), options)))
  const url = `${origin}/hooks/`
  const get = (part: string, headers: Record<string, string> = {}) => asked(`${url}${part}`, { headers })
  const act = async (body: object, headers: Record<string, string> = {}) => {
    const { token } = (await get('api/session')).json()
    const own = { 'content-type': 'application/json', 'x-hookward-token': String(token), origin }
    return asked(`${url}api/act`, { method: 'POST', headers: { ...own, ...headers }, body: JSON.stringify(body) })
  }
  return { ...world, url, get, act }
}

const anyone = { authorize: () => 'ada' } as const
const pause = { action: 'pause', slug: 'bot', reason: 'their maintenance window' } as const

describe('the page', () => {
  it('is one file of ours and the files it names, none of which may load anything else', async () => {
    const { get, url } = await mounted()
    const { status, headers, text } = await get('')
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    const policy = headers['content-security-policy']
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(policy).toContain(part)
    expect(policy).not.toContain('unsafe')
    expect(text).not.toMatch(/<script(?![^>]* src=)|<style|style=| on\w+=/)
    const files = [...text.matchAll(/(?:src|href|data-chart)="([^"]+)"/g)].map(([, path = '']) => path)
    expect(files).toHaveLength(4)
    for (const path of files) {
      expect(path).toMatch(/^\/hooks\/assets\//)
      const file = await asked(new URL(path, url).href, { headers: { 'accept-encoding': 'identity' } })
      expect([file.status, file.headers['cache-control']]).toEqual([200, 'private, max-age=31536000, immutable'])
      expect(file.text).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/)
    }
  })

  it('is sent zipped to whoever takes it so', async () => {
    const { get } = await mounted()
    const [, path = ''] = /src="\/hooks\/([^"]+)"/.exec((await get('')).text) ?? []
    expect((await get(path, { 'accept-encoding': 'br, gzip' })).headers['content-encoding']).toBe('gzip')
  })

  it('finds its files with and without a slash behind the path, and never on another host', async () => {
    const { url } = await mounted()
    const { origin } = new URL(url)
    const baseOf = async (path: string) => /data-base="([^"]*)"/.exec((await asked(origin + path)).text)?.[1]
    expect(await baseOf('/hooks')).toBe('/hooks/')
    expect(await baseOf('/a/b/')).toBe('/a/b/')
    expect(await baseOf('/')).toBe('/')
    expect(await baseOf('//evil.example/')).toBe('/evil.example/')
    const html = { headers: { accept: 'text/html,*/*' } }
    expect((await asked(`${origin}/api/hooks`, html)).text).toContain('data-base="/api/hooks/"')
    expect(await baseOf('/%22%3E%3Cscript%3E/')).toBe('/%22%3E%3Cscript%3E/')
  })

  it('is found where basePath says, for a framework that takes the path off', async () => {
    const { hookward } = await startWorld()
    const panel = dashboard(hookward, { ...anyone, basePath: '/ops/hooks' })
    const answer = await panel(new Request('http://host.example/'))
    expect(await answer.text()).toContain('data-base="/ops/hooks/"')
  })

  it.each([
    [{ basePath: '//evil.example' }, 'basePath must be a path'],
    [{ basePath: '/"><script>' }, 'basePath must be a path'],
    [{ authorize: true }, 'authorize must be a function'],
    [{ autorize: () => true }, 'has no field "autorize"'],
  ])('is refused options it does not know: %j', async (options, fact) => {
    const { hookward } = await startWorld()
    expect(() => dashboard(hookward, options as DashboardOptions)).toThrow(fact)
    expect(() => dashboard({} as Hookward)).toThrow('has no method overview')
  })
})

describe('without authorize', () => {
  it('whoever is on this machine may look, and change nothing', async () => {
    const { act, get, hookward, register } = await mounted()
    await register()
    const { may } = (await get('api/session')).json() as { may: object }
    expect(may).toEqual({
      read: true,
      enable: false,
      disable: false,
      pause: false,
      resume: false,
      probe: false,
      send: false,
      replay: false,
      import: false,
    })
    const { status, json } = await act(pause)
    expect([status, json().code]).toEqual([403, 'REFUSED'])
    expect((await hookward.explain('bot')).state).toBe('healthy')
  })

  it.each([
    ['through a proxy', { 'x-forwarded-for': '198.51.100.7' }],
    ['under a name of somebody else, as a rebound name server makes it', { host: 'evil.example' }],
  ])('nobody may look %s', async (_, headers) => {
    const { get } = await mounted()
    for (const part of ['', 'api/list', 'api/stream']) expect((await get(part, headers)).status).toBe(403)
  })

  it('nobody may look whose address is not told, or is another machine', async () => {
    const { hookward } = await startWorld()
    const panel = dashboard(hookward)
    const request = () => new Request('http://localhost/hooks/')
    expect((await panel(request())).status).toBe(403)
    expect((await panel(request(), { remoteAddress: '192.0.2.1' })).status).toBe(403)
    for (const remoteAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
      expect((await panel(request(), { remoteAddress })).status, remoteAddress).toBe(200)
  })
})

describe('authorize', () => {
  it('is asked for every request, by the name of what is to be done', async () => {
    const seen: string[] = []
    const authorize: Authorize = (request, action) => {
      seen.push(`${request.method} ${action} ${request.headers.get('cookie')}`)
      return true
    }
    const { act, get, register } = await mounted({ authorize })
    await register()
    await get('api/list', { cookie: 'me' })
    expect(seen).toEqual(['GET read me'])
    await act(pause, { cookie: 'me' })
    expect(seen.slice(-2)).toEqual(['POST read me', 'POST pause me'])
  })

  it.each([
    ['false', () => false],
    ['nothing', () => undefined as never],
    ['an empty name', () => ''],
    ['a promise of false', () => Promise.resolve(false)],
  ])('that answers %s refuses everything', async (_, authorize) => {
    const { get } = await mounted({ authorize })
    for (const part of ['', 'api/session', 'api/list', 'api/integration?slug=bot', 'api/stream', 'assets/x.js']) {
      const { status, text } = await get(part)
      expect([part, status]).toEqual([part, 403])
      expect(text).not.toContain('token')
    }
  })

  it('that throws refuses, and tells nothing of why', async () => {
    const { get } = await mounted({
      authorize: () => {
        throw new Error('the session store at 10.0.0.3 is down')
      },
    })
    const { status, text } = await get('api/list')
    expect(status).toBe(500)
    expect(text).not.toContain('10.0.0.3')
  })

  it('refuses by the server what the page hides', async () => {
    const { act, get, register, hookward } = await mounted({
      authorize: (_, action) => action === 'read' || action === 'probe',
    })
    await register()
    expect((await get('api/session')).json()).toMatchObject({ may: { probe: true, pause: false } })
    for (const action of ['enable', 'disable', 'pause', 'resume', 'send', 'replay'])
      expect((await act({ action, slug: 'bot', reason: 'because' })).status, action).toBe(403)
    expect((await act({ action: 'probe', slug: 'bot', reason: 'because' })).json()).toEqual({
      kind: 'not-made',
      because: 'nothing-held',
    })
    expect((await hookward.explain('bot')).state).toBe('healthy')
  })

  it('names who acts in the audit, with the reason', async () => {
    const { act, hookward, register } = await mounted({ authorize: () => 'ada\n' })
    await register()
    expect((await act(pause)).json()).toMatchObject({ state: 'paused' })
    const [entry] = await hookward.audit('bot')
    expect(entry).toMatchObject({ by: 'ada ', action: 'integration.paused', reason: 'their maintenance window' })
  })
})

describe('a change', () => {
  it.each([
    ['of another origin', { origin: 'https://evil.example' }, 'FOREIGN'],
    ['of another site, by the word of the browser', { 'sec-fetch-site': 'cross-site' }, 'FOREIGN'],
    ['of a neighbour on the same site', { 'sec-fetch-site': 'same-site' }, 'FOREIGN'],
    ['without an origin', { origin: 'null' }, 'FOREIGN'],
    ['as a form sends it', { 'content-type': 'text/plain' }, 'FOREIGN'],
    ['without the token', { 'x-hookward-token': '' }, 'TOKEN_STALE'],
    ['with the token of an earlier start', { 'x-hookward-token': 'a'.repeat(32) }, 'TOKEN_STALE'],
  ])('%s is refused', async (_, headers, code) => {
    const { act, hookward, register } = await mounted(anyone)
    await register()
    const { status, json } = await act(pause, headers)
    expect([status, json().code]).toEqual([403, code])
    expect((await hookward.explain('bot')).state).toBe('healthy')
  })

  it.each([
    ['without a reason', { action: 'pause', slug: 'bot' }, 'reason must be a text'],
    ['with a reason of blanks', { action: 'pause', slug: 'bot', reason: '  ' }, 'reason must not be empty'],
    ['of no known name', { action: 'remove', slug: 'bot', reason: 'because' }, 'action must be one of'],
    ['with a field of another action', { ...pause, force: true }, 'has no field "force"'],
    [
      'with a wrong field',
      { action: 'enable', slug: 'bot', reason: 'because', replay: 'all' },
      'replay must be one of',
    ],
    ['in no object', [], 'must be an object'],
  ])('%s is refused', async (_, body, fact) => {
    const { act, register } = await mounted(anyone)
    await register()
    const { status, json } = await act(body)
    expect(status).toBe(400)
    expect(json().fact).toContain(fact)
  })

  it('is posted, and no larger than it need be', async () => {
    const { act, get, register } = await mounted(anyone)
    await register()
    expect((await get('api/act')).status).toBe(405)
    const { status, json } = await act({ ...pause, reason: 'x'.repeat(70_000) })
    expect([status, json().fact]).toEqual([400, 'the body must not be longer than 65536 bytes'])
  })

  it('says what the engine says: what is unknown, and what cannot be done now', async () => {
    const { act, register } = await mounted(anyone)
    await register()
    expect((await act({ ...pause, slug: 'nobody' })).status).toBe(404)
    await act(pause)
    const refused = await act({ action: 'enable', slug: 'bot', reason: 'because' })
    expect([refused.status, refused.json()]).toMatchObject([409, { code: 'INTEGRATION_PAUSED' }])
  })

  it('sends an event to one integration alone, under the name of whoever asked for it', async () => {
    const { act, hookward, receiver, register } = await mounted(anyone)
    await register()
    const send = { action: 'send', slug: 'bot', topic: 'order.paid', reason: 'does it work?' } as const
    const refused = await act(send)
    expect([refused.status, refused.json().code]).toEqual([400, 'EVENT_INVALID'])
    const sent = await act({ ...send, data: { total: 42 } })
    expect(sent.status).toBe(200)
    await hookward.idle()
    expect(String(receiver.requests[0]?.body)).toContain('"total":42')
    expect((await hookward.log('bot'))[0]).toMatchObject(sent.json())
    expect((await hookward.audit('bot'))[0]).toMatchObject({ by: 'ada', action: 'event.sent', reason: 'does it work?' })
  })

  it('replays what is dead, after a look at how much that is', async () => {
    const { act, comment, get, hookward, receiver, register } = await mounted(anyone)
    await register()
    receiver.answer(400, 200)
    await comment()
    const preview = await get('api/preview?slug=bot&which=dead')
    expect(preview.json()).toEqual({ matched: 1, replayed: 1, skipped: 0 })
    expect(receiver.requests).toHaveLength(1)
    const sent = await act({ action: 'replay', slug: 'bot', which: 'dead', reason: 'they mended it' })
    expect(sent.json()).toEqual({ matched: 1, replayed: 1, skipped: 0 })
    await hookward.idle()
    expect(receiver.requests).toHaveLength(2)
    expect((await hookward.audit('bot'))[0]).toMatchObject({ by: 'ada', action: 'ledger.replayed' })
  })
})

describe('what is shown', () => {
  it('lists integrations, the worst first, by name, state and page', async () => {
    const { get, hookward, register } = await mounted(anyone)
    for (const slug of ['one', 'two', 'three']) await register({ slug, name: `Bot ${slug}` })
    await hookward.integrations.disable('two', { reason: 'because' })
    const list = (await get('api/list')).json()
    expect(list).toMatchObject({ total: 3, matching: 3, states: { healthy: 2, disabled: 1 } })
    const slugs = async (query: string) =>
      ((await get(`api/list?${query}`)).json().rows as { integration: string }[]).map(({ integration }) => integration)
    expect(await slugs('')).toEqual(['two', 'one', 'three'])
    expect(await slugs('sort=name')).toEqual(['one', 'three', 'two'])
    expect(await slugs('q=THREE')).toEqual(['three'])
    expect(await slugs('state=disabled')).toEqual(['two'])
    expect(await slugs('limit=1')).toEqual(['two'])
    expect(await slugs('limit=2&offset=1')).toEqual(['one', 'three'])
    expect(await slugs('offset=3')).toEqual([])
  })

  it('tells of one integration what the engine tells, and nothing secret', async () => {
    const { comment, get, hookward, receiver, register } = await mounted(anyone)
    await register({ url: `${receiver.url}/hook?key=hidden-key`, headers: { 'X-Api-Key': 'hidden-header' } })
    receiver.answer({ status: 404, body: '<script>alert(1)</script>' })
    await comment('what was said')
    const { json, text } = await get('api/integration?slug=bot')
    expect(json()).toMatchObject({
      integration: { id: 'bot', url: `${receiver.url}/hook?...` },
      explanation: { state: 'degraded', sentence: (await hookward.explain('bot')).sentence },
      hours: [{ ok: 0, failed: 1 }],
      topics: ['comment.created'],
    })
    const log = await get('api/log?slug=bot&errorsOnly=true&topic=comment.created')
    const [entry] = JSON.parse(log.text) as [{ deliveryId: string; responseBody: string }]
    const delivery = await get(`api/delivery?slug=bot&id=${entry.deliveryId}`)
    expect(delivery.json()).toMatchObject({
      dead: { reason: 'refused' },
      attempts: [
        {
          attempt: 1,
          responseBody: '<script>alert(1)</script>',
          phasesMs: { dns: expect.any(Number) as number },
          requestHeaders: { 'Sentry-Hook-Signature': '***' },
        },
      ],
    })
    expect(delivery.headers['content-type']).toBe('application/json; charset=utf-8')
    for (const shown of [text, log.text, delivery.text, (await get('api/list')).text, (await get('api/operator')).text])
      for (const hidden of [secret, 'hidden-key', 'hidden-header']) expect(shown).not.toContain(hidden)
  })

  it('counts every attempt of an hour, also those that the log has let go', async () => {
    const { comment, get, hookward, receiver, register } = await mounted(anyone)
    await register()
    const paid = () => hookward.emit({ topic: 'comment.created', organization: 'acme', data: {} })
    await Promise.all(Array.from({ length: 140 }, paid))
    await hookward.idle()
    receiver.answer(404)
    await comment()
    expect((await hookward.log('bot')).length).toBe(100)
    const { hours } = (await get('api/integration?slug=bot')).json()
    expect(hours).toMatchObject([{ ok: 140, failed: 1 }])
    expect((await get('api/list')).json().rows).toMatchObject([{ rate: { ok: 140, failed: 1 } }])
  })

  it('tells where a policy in the shadow would have it otherwise', async () => {
    const { hookward, receiver, register, comment } = await startWorld({
      shadow: sentry({ windowDays: 1, retriesMs: [] }),
    })
    await register()
    receiver.answer(404)
    await comment()
    const panel = dashboard(hookward, anyone)
    const operator = await panel(new Request('http://host.example/api/operator'))
    expect(await operator.json()).toMatchObject({
      shadow: {
        policy: { name: 'sentry' },
        differing: 1,
        differences: [
          { integration: 'bot', live: 'degraded', shadow: 'disabled', summary: expect.any(String) as string },
        ],
      },
    })
  })

  it('pages through a ledger', async () => {
    const { comment, get, hookward, register } = await mounted(anyone)
    await register()
    await hookward.integrations.pause('bot', { reason: 'because' })
    for (let n = 0; n < 3; n += 1) await comment(`${n}`)
    const first = (await get('api/held?slug=bot&limit=2')).json()
    expect(first).toMatchObject({ count: 3, entries: [{ reason: 'paused' }, {}] })
    const second = (await get(`api/held?slug=bot&limit=2&after=${String(first.next)}`)).json()
    expect((second.entries as object[]).length).toBe(1)
  })

  it.each([
    ['api/integration?slug=nobody', 404],
    ['api/integration', 400],
    ['api/log?slug=bot&from=soon', 400],
    ['api/log?slug=bot&limit=0', 400],
    ['api/log?slug=bot&errorsOnly=1', 400],
    ['api/list?limit=1001', 400],
    ['api/list?offset=-1', 400],
    ['api/list?state=sad', 400],
    ['api/list?sort=price', 400],
    [`api/list?q=${'x'.repeat(257)}`, 400],
    ['api/list?limt=5', 400],
    ['api/stream?slug=nobody', 404],
    ['api/nothing', 404],
    ['api/constructor', 404],
    ['assets/panel.js', 404],
    ['assets/..%2fpackage.json', 200],
  ])('%s is answered with %d', async (part, status) => {
    const { get, register } = await mounted(anyone)
    await register()
    const answer = await get(part)
    expect(answer.status).toBe(status)
    // What names no file of ours is the page, and nothing else.
    if (status === 200) expect(answer.text).toContain('<div id="app">')
  })

  it('says that the engine has stopped', async () => {
    const { get, hookward } = await mounted(anyone)
    await hookward.stop()
    const { status, json } = await get('api/list')
    expect([status, json().code]).toEqual([503, 'ENGINE_STOPPED'])
  })

  it('counts the same in an overview as in an explanation', async () => {
    const { comment, hookward, register } = await mounted()
    await register()
    await hookward.integrations.pause('bot', { reason: 'because' })
    await comment()
    const { integrations } = await hookward.overview()
    const { state, chartState, since, held } = await hookward.explain('bot')
    expect(integrations).toMatchObject([
      { integration: 'bot', state, chartState, since, held: held.paused, waiting: 0, gate: 'closed' },
    ])
  })
})

describe('whoever leaves', () => {
  it('is there for ten seconds yet, then nothing is listened to, and who comes back later has to look anew', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    let listeners = 0
    const on = () => {
      listeners += 1
      return () => void (listeners -= 1)
    }
    const live = new Live({ on } as unknown as DashboardHost, () => undefined)
    const watch = (lastId: string | null = null) => {
      const said: string[] = []
      const leave = live.join({ slug: undefined, send: (text) => said.push(text) > 0, close: () => undefined }, lastId)
      return {
        leave,
        id: /id: (\S+)/.exec(said[0] ?? '')?.[1] ?? '',
        isToldToLook: said.join('').includes('event: hello'),
      }
    }
    const first = watch()
    first.leave()
    vi.advanceTimersByTime(9_999)
    expect(listeners).toBe(1)
    const second = watch(first.id)
    expect(second.isToldToLook).toBe(false)
    second.leave()
    vi.advanceTimersByTime(10_000)
    expect(listeners).toBe(0)
    expect(watch(first.id).isToldToLook).toBe(true)
    expect(listeners).toBe(1)
  })
})

describe('whoever is too slow', () => {
  it('is cut off, and nobody else misses anything for it', () => {
    let tell: (event: HostEvent) => void = () => undefined
    const on = (_: '*', listener: typeof tell) => {
      tell = listener
      return () => undefined
    }
    const live = new Live({ on } as unknown as DashboardHost, () => undefined)
    const said: string[] = []
    let isCut = false
    const leaves = [
      live.join({ slug: undefined, send: () => false, close: () => (isCut = true) }, null),
      live.join({ slug: undefined, send: (text) => said.push(text) > 0, close: () => undefined }, null),
    ]
    tell({ type: 'degraded', at: 1, integration: 'bot' })
    expect(isCut).toBe(true)
    expect(said.at(-1)).toContain('"type":"degraded"')
    for (const leave of leaves) leave()
  })

  it('loses its socket, and what waits for it, when it reads nothing', async () => {
    let tell: (event: HostEvent) => void = () => undefined
    const host = {
      overview: () => Promise.resolve({}),
      on: (_: '*', listener: typeof tell) => {
        tell = listener
        return () => undefined
      },
    } as unknown as DashboardHost
    let closed: Promise<unknown> = Promise.resolve()
    const handle = nodeHandler(dashboard(host, anyone))
    const origin = await serving((incoming, outgoing) => {
      closed = once(incoming.socket, 'close')
      handle(incoming, outgoing)
    })
    const sent = request(`${origin}/api/stream`, { agent: false }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    onTestFinished(() => void sent.destroy())
    response.on('error', () => undefined)
    const evidence = { summary: 'x'.repeat(60_000) }
    for (let n = 0; n < 1_200; n += 1) {
      tell({ type: 'degraded', at: n, integration: 'bot', explanation: { state: 'degraded', evidence } } as HostEvent)
      // As much as the socket takes is on its way before the next.
      await turns()
    }
    await closed
    expect(response.complete).toBe(false)
  })

  it('is asked who it is every five minutes, as its stream ends then', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const on = () => () => undefined
    const live = new Live({ on } as unknown as DashboardHost, () => undefined)
    const reader = stream(live, new Request('http://host.example/api/stream'), undefined).body?.getReader()
    await reader?.read()
    vi.advanceTimersByTime(299_999)
    expect(live.viewers).toBe(1)
    vi.advanceTimersByTime(1)
    expect(live.viewers).toBe(0)
    let done = false
    while (!done) done = (await reader?.read())?.done ?? true
  })

  it('does not stay when it only looks at the head, or is gone before the answer', async () => {
    const { hookward } = await startWorld()
    const panel = dashboard(hookward, anyone)
    const watchers = async () => {
      const answer = await panel(new Request('http://host.example/api/operator'))
      return ((await answer.json()) as { viewers: number }).viewers
    }
    const url = 'http://host.example/api/stream'
    expect((await panel(new Request(url, { method: 'HEAD' }))).status).toBe(404)
    await panel(new Request(url, { signal: AbortSignal.abort() }))
    expect(await watchers()).toBe(0)
    const stream = await panel(new Request(url))
    expect(await watchers()).toBe(1)
    await stream.body?.cancel()
    expect(await watchers()).toBe(0)
  })
})

describe('the stream', () => {
  it('tells what happens as it happens: of one integration its deliveries and the steps of its machine', async () => {
    const { comment, hookward, receiver, register, url } = await mounted(anyone)
    await register()
    const [one, all] = [await listen(`${url}api/stream?slug=bot`), await listen(`${url}api/stream`)]
    await Promise.all([one.until('hello', { isNew: true }), all.until('hello', { isNew: true })])
    receiver.answer({ status: 404, body: 'a body', headers: { 'x-answer': 'a header' } })
    await comment('what was said')
    await hookward.integrations.disable('bot', { reason: 'because' })
    await Promise.all([one.until('told', { type: 'disabled' }), all.until('told', { type: 'disabled' })])
    expect(one.events.filter(({ event }) => event === 'chart').map(({ data }) => data.value)).toContain('disabled')
    expect(one.events.map(({ data }) => data.type)).toContain('delivery.failed')
    expect(all.events.map(({ data }) => data.type)).not.toContain('delivery.failed')
    const said = JSON.stringify([one.events, all.events])
    for (const hidden of [secret, 'what was said', 'a body', 'a header', receiver.url])
      expect(said).not.toContain(hidden)
  })

  it('tells whoever comes back what was missed, each once and in order', async () => {
    const { hookward, register, url } = await mounted(anyone)
    await register()
    const first = await listen(`${url}api/stream`)
    await hookward.integrations.disable('bot', { reason: 'because' })
    await first.until('told', { type: 'disabled' })
    const [hello, disabled] = first.events
    first.close()
    await hookward.integrations.enable('bot', { reason: 'because' })
    const missed = async (id = '') => {
      const again = await listen(`${url}api/stream`, { 'last-event-id': id })
      await again.until('told', { type: 'recovered' })
      return again.events.map(({ event, data }) => data.type ?? event)
    }
    expect(await missed(hello?.id)).toEqual(['disabled', 'recovered'])
    expect(await missed(disabled?.id)).toEqual(['recovered'])
  })

  it('tells whoever comes back from another start to look anew', async () => {
    const { url } = await mounted(anyone)
    const stream = await listen(`${url}api/stream`, { 'last-event-id': '0123456789ab.7' })
    await stream.until('hello', { isNew: false })
  })

  it('listens to the engine only once somebody watches', async () => {
    const listening = { on: 0, inspect: 0 }
    const { comment, get, register, url } = await mounted(anyone, (hookward) => ({
      ...hookward,
      on: ((name: '*', listener: () => void) => {
        listening.on += 1
        const off = hookward.on(name, listener)
        return () => {
          listening.on -= 1
          off()
        }
      }) as Hookward['on'],
      inspect: (listener, options) => {
        listening.inspect += 1
        const off = hookward.inspect(listener, options)
        return () => {
          listening.inspect -= 1
          off()
        }
      },
    }))
    await register()
    await comment()
    for (const part of ['', 'api/list', 'api/integration?slug=bot', 'api/operator']) await get(part)
    expect(listening).toEqual({ on: 0, inspect: 0 })
    const one = await listen(`${url}api/stream?slug=bot`)
    const two = await listen(`${url}api/stream`)
    await Promise.all([one.until('hello'), two.until('hello')])
    expect(listening).toEqual({ on: 1, inspect: 1 })
    one.close()
    while (listening.inspect > 0) await turns()
    expect(listening).toEqual({ on: 1, inspect: 0 })
  })
})
