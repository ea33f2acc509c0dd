import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect'
import { once } from 'node:events'
import { expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Hookward } from '../../src/index.ts'
import { inspect } from '../../src/inspector.ts'
import { oneDayMs, secret, startWorld, type World } from '../support/world.ts'

it('shows a client of @statelyai/inspect the definition, and the walk to disabled while deliveries fail', async () => {
  const { world, server } = await watched()
  await world.register({ headers: { 'x-token': 'a-planted-token' } })
  const frames = await client(server)
  world.receiver.answer({ status: 404, body: 'a-planted-body' })
  await world.comment('a-planted-comment')
  world.clock.advanceBy(oneDayMs)
  await world.comment()
  await until(frames, (frame) => frame.type === '@xstate.snapshot' && valueOf(frame) === 'disabled')
  const bot = frames.filter(({ sessionId }) => sessionId === 'integration:bot')
  const [actor] = bot
  expect(actor).toMatchObject({ type: '@xstate.actor', name: 'integration:bot (integration-v1)' })
  const { states } = JSON.parse((actor as { definition?: string }).definition ?? '{}') as { states: object }
  expect(Object.keys(states)).toEqual(['healthy', 'degraded', 'broken', 'disabled', 'paused'])
  const walk = bot.flatMap((frame) => (frame.type === '@xstate.event' ? [] : [valueOf(frame)]))
  expect([...new Set(walk)]).toEqual(['healthy.steady', 'degraded', 'broken.condemned', 'disabled'])
  expect(frames.some(({ sessionId }) => sessionId === 'integration:bot/notifier')).toBe(true)
  const told = JSON.stringify(frames)
  for (const hidden of [secret, 'planted', world.receiver.url, 'ada@acme.example']) expect(told).not.toContain(hidden)
})

it('announces the actors that are awake first, and narrows to one integration where asked', async () => {
  const { world, server } = await watched()
  await world.register()
  await world.register({ slug: 'other', url: `${world.receiver.url}/other` })
  world.receiver.answer(404)
  await world.comment()
  const [all, one] = [await client(server), await client(`${server}?integration=other`)]
  await until(all, ({ sessionId }) => sessionId === 'integration:other')
  await until(one, ({ sessionId }) => sessionId === 'integration:other')
  expect(all.map(({ type, sessionId }) => [type, sessionId])).toEqual([
    ['@xstate.actor', 'webhook'],
    ['@xstate.actor', 'integration:bot'],
    ['@xstate.actor', 'integration:other'],
  ])
  expect(one.map(({ sessionId }) => sessionId)).toEqual(['integration:other'])
})

it('watches the engine only while somebody watches it', async () => {
  const { world, inspector } = await watched()
  await world.register()
  const viewer = new WebSocket(inspector.server)
  await once(viewer, 'message')
  expect(inspector.viewers()).toBe(1)
  viewer.close()
  await once(viewer, 'close')
  await vi.waitFor(() => expect(inspector.viewers()).toBe(0))
  await inspector.close()
  await world.comment()
  expect(world.receiver.requests).toHaveLength(1)
})

it('serves a page that draws the charts without a network, and nothing to other pages or names', async () => {
  const { inspector } = await watched()
  const page = await fetch(inspector.url)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await page.text()).toContain('<title>hookward inspector</title>')
  expect((await fetch(`${inspector.url}other`)).status).toBe(404)
  const stranger = new WebSocket(inspector.server, { origin: 'https://elsewhere.example' })
  const [error] = (await once(stranger, 'error')) as [Error]
  expect(error.message).toContain('socket hang up')
  const rebound = new WebSocket(inspector.server, { headers: { host: 'elsewhere.example' } })
  await expect(once(rebound, 'open')).rejects.toThrow('socket hang up')
})

it('sends a viewer away that asks for an integration nobody knows, and says why', async () => {
  const { world, inspector } = await watched()
  await world.register()
  const viewer = new WebSocket(`${inspector.server}?integration=bto`)
  const [code, reason] = (await once(viewer, 'close')) as [number, Buffer]
  expect([code, reason.toString()]).toEqual([1008, expect.stringContaining('INTEGRATION_UNKNOWN')])
  await vi.waitFor(() => expect(inspector.viewers()).toBe(0))
})

it.each([
  ['no engine', () => inspect(undefined as never), 'the engine'],
  ['an option it does not know', (engine: Hookward) => inspect(engine, { prot: 1 } as never), '"prot"'],
  ['a port that is none', (engine: Hookward) => inspect(engine, { port: 65_536 }), 'port'],
])('refuses %s', async (_, start, named) => {
  const { hookward } = await startWorld()
  const refused = start(hookward)
  await expect(refused).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  await expect(refused).rejects.toThrow(named)
})

it('says of a port that is taken how to get another', async () => {
  const { world, inspector } = await watched()
  const again = inspect(world.hookward, { port: Number(new URL(inspector.url).port) })
  await expect(again).rejects.toThrow(/OPTION_INVALID: port \d+ .*EADDRINUSE/)
})

it('does not run in production unless that is asked for', async () => {
  vi.stubEnv('NODE_ENV', 'production')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { hookward } = await startWorld()
  await expect(inspect(hookward)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  const inspector = await inspect(hookward, { production: true })
  await inspector.close()
})

async function watched() {
  const world: World = await startWorld()
  const inspector = await inspect(world.hookward)
  onTestFinished(() => inspector.close())
  return { world, inspector, server: inspector.server }
}

/** Connects as the documentation of `@statelyai/inspect` has it, and keeps what comes. */
async function client(server: string): Promise<StatelyInspectionEvent[]> {
  const frames: StatelyInspectionEvent[] = []
  createWebSocketReceiver({ server }).subscribe({ next: (frame) => void frames.push(frame) })
  await until(frames, () => true)
  return frames
}

async function until(frames: readonly StatelyInspectionEvent[], isIt: (frame: StatelyInspectionEvent) => boolean) {
  await vi.waitFor(() => expect(frames.some(isIt)).toBe(true), { timeout: 10_000 })
}

function valueOf(frame: StatelyInspectionEvent): string {
  const { value } = (frame as { snapshot?: { value?: unknown } }).snapshot ?? {}
  return typeof value === 'string' ? value : (Object.entries(value as Record<string, string>)[0]?.join('.') ?? '')
}
