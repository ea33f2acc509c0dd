import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve, type HttpBindings } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { mount } from 'hono/mount'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dashboard, nodeHandler, type DashboardOptions } from '../../src/dashboard.ts'
import type { Hookward } from '../../src/index.ts'
import { asked, listen } from '../support/http.ts'
import { startWorld } from '../support/world.ts'

/** Mounts a dashboard at `/hooks` and gives the origin; it is gone when the test ends. */
type Mount = (hookward: Hookward, options?: DashboardOptions) => Promise<string>

async function listening(server: Server): Promise<string> {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const frameworks: Readonly<Record<string, Mount>> = {
  'node:http': (hookward, options) => listening(createServer(nodeHandler(dashboard(hookward, options)))),
  'Express 5': (hookward, options) => {
    const app = express().use('/hooks', nodeHandler(dashboard(hookward, options)))
    return listening(createServer(app))
  },
  'Express 5, behind a parser of bodies': (hookward, options) => {
    const app = express()
      .use(express.json())
      .use('/hooks', nodeHandler(dashboard(hookward, options)))
    return listening(createServer(app))
  },
  'Fastify 5': async (hookward, options) => {
    const handle = nodeHandler(dashboard(hookward, options))
    const app = Fastify()
    await app.register(
      (scope, _, done) => {
        scope.removeAllContentTypeParsers()
        scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
        for (const path of ['/', '/*'])
          scope.all(path, (request, reply) => {
            reply.hijack()
            handle(request.raw, reply.raw)
          })
        done()
      },
      { prefix: '/hooks' },
    )
    await app.ready()
    return listening(app.server)
  },
  'Hono 4': (hookward, options) => {
    const panel = dashboard(hookward, options)
    const app = new Hono<{ Bindings: HttpBindings }>()
    const answer = (raw: Request, { incoming }: HttpBindings) =>
      panel(raw, { remoteAddress: incoming.socket.remoteAddress })
    app.all('/hooks', (c) => answer(c.req.raw, c.env)).all('/hooks/*', (c) => answer(c.req.raw, c.env))
    return listening(serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server)
  },
  'Hono 4, which takes the path off': (hookward, options) => {
    const panel = dashboard(hookward, { ...options, basePath: '/hooks' })
    const answer = mount((raw, env: HttpBindings) => panel(raw, { remoteAddress: env.incoming.socket.remoteAddress }))
    const app = new Hono<{ Bindings: HttpBindings }>().all('/hooks', answer).all('/hooks/*', answer)
    return listening(serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server)
  },
}

describe.each(Object.entries(frameworks))('under %s', (_, mounted) => {
  it('the page, its files, its questions, its changes and its stream arrive', async () => {
    const world = await startWorld()
    await world.register()
    const origin = await mounted(world.hookward, { authorize: () => 'ada' })
    const page = await asked(`${origin}/hooks`)
    expect(page.status).toBe(200)
    const files = [...page.text.matchAll(/(?:src|href|data-chart)="([^"]+)"/g)].map(([, path = '']) => path)
    expect(files).toHaveLength(4)
    for (const path of files) expect((await asked(origin + path)).status, path).toBe(200)
    const [, base = ''] = /data-base="([^"]+)"/.exec(page.text) ?? []
    expect(base).toBe('/hooks/')

    const session = (await asked(`${origin}${base}api/session`)).json()
    expect((await asked(`${origin}${base}api/list?q=bot`)).json()).toMatchObject({ matching: 1 })
    const stream = await listen(`${origin}${base}api/stream?slug=bot`)
    await stream.until('hello')

    const headers = { 'content-type': 'application/json', 'x-hookward-token': String(session.token), origin }
    const body = JSON.stringify({ action: 'pause', slug: 'bot', reason: 'because' })
    const paused = await asked(`${origin}${base}api/act`, { method: 'POST', headers, body })
    expect([paused.status, paused.json().state]).toEqual([200, 'paused'])
    await stream.until('chart', { value: 'paused' })
    stream.close()
  })

  it('whoever is on this machine may look where no authorize is given', async () => {
    const { hookward } = await startWorld()
    const origin = await mounted(hookward)
    expect((await asked(`${origin}/hooks/`)).status).toBe(200)
    expect((await asked(`${origin}/hooks/`, { headers: { host: 'evil.example' } })).status).toBe(403)
  })
})
