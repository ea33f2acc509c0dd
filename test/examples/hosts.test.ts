import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { POST } from '../../examples/next/app/invoices/[id]/paid/route.ts'
import { register } from '../../examples/next/instrumentation.ts'
import { aHost, ended, topicsOf } from '../support/host.ts'
import { startReceiver } from '../support/receiver.ts'
import { aFolder } from '../support/world.ts'

const decorated = { TSX_TSCONFIG_PATH: 'examples/nest/tsconfig.json' }
const servers = [
  // Its router takes no name of more than 100 characters.
  ['Fastify', 'examples/hosts/fastify.ts', {}, 414],
  ['Hono', 'examples/hosts/hono.ts', {}, 400],
  ['NestJS', 'examples/nest/main.ts', decorated, 400],
] as const

describe.each(servers)('The %s example', { timeout: 60_000 }, (_, program, env, refusedAs) => {
  it('sends what a request caused, answers what cannot be taken, and stops in good order', async () => {
    const { receiver, start } = await aHost(program)
    const server = await start(env)
    expect(await server.post('/invoices/42/paid')).toMatchObject({ status: 202, body: { deliveries: 1 } })
    await receiver.received(2)
    expect(await server.post('/invoices/42/paid')).toMatchObject({ status: 202, body: { duplicate: true } })
    const refusal = await server.post(`/invoices/${'4'.repeat(300)}/paid`)
    expect(refusal.status).toBe(refusedAs)
    expect(await server.stop()).toEqual(ended)
    expect(topicsOf(receiver)).toEqual(['installation', 'invoice 42'])
  })
})

describe('The worker example', { timeout: 60_000 }, () => {
  it('acknowledges a job when its event is on disk, and sends it once though it comes twice', async () => {
    const { receiver, launch } = await aHost('examples/hosts/worker.ts')
    const worker = launch()
    worker.say('42')
    worker.say('42')
    await receiver.received(2)
    while (!worker.output().includes('done 42')) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await worker.stop()).toEqual(ended)
    expect(worker.output().match(/^done 42 evt_\w+$/gm)).toHaveLength(2)
    expect(topicsOf(receiver)).toEqual(['installation', 'invoice 42'])
  })
})

describe('The Next example', () => {
  it('opens one engine by register, which its routes share, and none on the edge', async () => {
    const [receiver, dir] = [await startReceiver(), await aFolder()]
    onTestFinished(() => receiver.close())
    onTestFinished(() => void vi.unstubAllEnvs())
    const env = { DATA_DIR: dir, ALLOW: '127.0.0.0/8', RECEIVER_URL: receiver.url }
    for (const [name, value] of Object.entries({ ...env, RECEIVER_SECRET: 'a secret that both know' }))
      vi.stubEnv(name, value)
    const shared = globalThis as { hookward?: Promise<{ stop(): Promise<void> }> }
    vi.stubEnv('NEXT_RUNTIME', 'edge')
    await register()
    expect(shared.hookward).toBeUndefined()

    vi.stubEnv('NEXT_RUNTIME', 'nodejs')
    await register()
    const opened = shared.hookward
    onTestFinished(async () => (await opened)?.stop())
    const paid = (id: string) => POST(new Request('http://127.0.0.1/'), { params: Promise.resolve({ id }) })
    const answer = await paid('42')
    expect([answer.status, await answer.json()]).toMatchObject([202, { deliveries: 1 }])
    expect((await paid('4'.repeat(300))).status).toBe(400)
    expect(shared.hookward).toBe(opened)
    await receiver.received(2)
    expect(topicsOf(receiver)).toEqual(['installation', 'invoice 42'])
  })
})
