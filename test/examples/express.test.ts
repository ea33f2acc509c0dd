import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startReceiver, type Receiver } from '../support/receiver.ts'
import { aFolder } from '../support/world.ts'

describe('The Express example', { timeout: 60_000 }, () => {
  it('sends what a request caused, and says that it is up', async () => {
    const { receiver, start } = await aHost()
    const server = await start()
    expect(await server.get('/health')).toEqual({ status: 200, body: { up: true } })
    expect(await server.post('/invoices/42/paid')).toMatchObject({ status: 202, body: { deliveries: 1 } })
    await receiver.received(2)
    expect(topicsOf(receiver)).toEqual(['installation', 'invoice 42'])
    expect(await server.post('/invoices/42/paid')).toMatchObject({ status: 202, body: { duplicate: true } })
    const refusal = await server.post(`/invoices/${'4'.repeat(300)}/paid`)
    expect(refusal).toEqual({ status: 400, body: { code: 'EVENT_INVALID' } })
    const { code, errors } = await server.stop()
    expect([code, errors.match(/^\w+Error: \w+/gm)]).toEqual([0, ['HookwardError: EVENT_INVALID']])
  })

  it('lets a delivery in flight arrive on SIGTERM, and repeats nothing', async () => {
    const { receiver, start } = await aHost()
    const first = await start()
    await receiver.received(1)
    receiver.answer('hang')
    await first.post('/invoices/43/paid')
    await receiver.received(2)
    const stopped = first.stop()
    await refused(first)
    receiver.answer(200)
    receiver.release()
    expect(await stopped).toEqual(ended)

    const second = await start()
    expect(await second.post('/invoices/43/paid')).toMatchObject({ body: { duplicate: true } })
    await second.post('/invoices/44/paid')
    await receiver.received(3)
    expect(await second.stop()).toEqual(ended)
    expect(topicsOf(receiver)).toEqual(['installation', 'invoice 43', 'invoice 44'])
  })

  it('says that it is leaving, and serves on until the balancer has looked', async () => {
    const { receiver, start } = await aHost()
    const server = await start({ DRAIN_MS: String(waitingMs) })
    const stopped = server.stop()
    while ((await server.get('/health')).status === 200) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await server.get('/health')).toEqual({ status: 503, body: { up: false } })
    expect(await server.post('/invoices/46/paid')).toMatchObject({ status: 202 })
    expect(await stopped).toEqual(ended)
    expect(topicsOf(receiver)).toEqual(['installation', 'invoice 46'])
  })

  it('cuts off what hangs when the grace is over, and sends it again after a restart', async () => {
    const { receiver, start } = await aHost()
    const first = await start({ GRACE_MS: '100' })
    await receiver.received(1)
    receiver.answer('hang')
    await first.post('/invoices/45/paid')
    await receiver.received(2)
    expect(await first.stop()).toEqual(ended)

    receiver.answer(200)
    const second = await start()
    await receiver.received(3)
    expect(await second.stop()).toEqual(ended)
    const [, cut, repeated] = receiver.requests
    expect(repeated?.body).toEqual(cut?.body)
    expect(repeated?.headers['idempotency-key']).toBe(cut?.headers['idempotency-key'])
  })

  it('says at boot what is wrong, and exits with 1 before it listens', async () => {
    const { start, launch } = await aHost()
    const first = await start()
    const second = launch({ LOCK_WAIT_MS: '0' })
    expect(await second.exit).toBe(1)
    expect(second.output()).toContain('STORE_LOCKED')
    expect(second.output()).not.toContain('listening')
    expect(await first.stop()).toEqual(ended)
  })

  it('waits in a rolling deploy until the old process has let the folder go', async () => {
    const { start, launch } = await aHost()
    const first = await start()
    const second = launch()
    await new Promise((resolve) => setTimeout(resolve, waitingMs))
    expect(second.output()).toBe('')
    expect(await first.stop()).toEqual(ended)
    const { get } = callsTo(`http://127.0.0.1:${await second.listening}`)
    expect(await get('/health')).toEqual({ status: 200, body: { up: true } })
    expect(await second.stop()).toEqual(ended)
  })
})

const ended = { code: 0, errors: '' }
/** Long enough to ask twice, and for a second process to stand before the lock. */
const waitingMs = 2_000

/** A receiver, a folder, and the example as a process of its own over both. */
async function aHost() {
  const [receiver, dir] = [await startReceiver(), await aFolder()]
  onTestFinished(() => receiver.close())
  const launch = (more: Readonly<Record<string, string>> = {}) =>
    launched({
      ...{ PORT: '0', DATA_DIR: dir, ALLOW: '127.0.0.0/8' },
      ...{ RECEIVER_URL: `${receiver.url}/hook`, RECEIVER_SECRET: 'a secret that both sides know' },
      ...more,
    })
  const start = async (more?: Readonly<Record<string, string>>) => {
    const server = launch(more)
    const port = await server.listening
    if (port === '') throw new Error(server.output())
    return { ...server, port, ...callsTo(`http://127.0.0.1:${port}`) }
  }
  return { receiver, launch, start }
}

function launched(env: Readonly<Record<string, string>>) {
  const command = ['--import', 'tsx', 'examples/express/server.ts']
  const child = spawn(process.execPath, command, { env: { PATH: process.env['PATH'], ...env }, stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [out, err] = [gathered(child.stdout), gathered(child.stderr)]
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  const stop = async () => {
    child.kill('SIGTERM')
    return { code: await exit, errors: err() }
  }
  return { exit, stop, output: () => out() + err(), listening: portOf(child, () => out() + err()) }
}

async function portOf(child: ChildProcess, output: () => string): Promise<string> {
  while (child.exitCode === null) {
    const port = /^listening on (\d+)$/m.exec(output())?.[1]
    if (port !== undefined) return port
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  // A launch that is meant to fail is asked for its exit code alone.
  return ''
}

function gathered(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return () => text
}

function callsTo(url: string) {
  const call = async (path: string, init: RequestInit) => {
    // Over connections that are kept: the server closes those that are idle.
    const response = await fetch(`${url}${path}`, init)
    return { status: response.status, body: await response.json() }
  }
  return {
    get: (path: string) => call(path, {}),
    post: (path: string) => call(path, { method: 'POST' }),
  }
}

/** Resolves when the port takes no connection any more. */
async function refused({ get }: ReturnType<typeof callsTo>): Promise<void> {
  for (;;) {
    const isRefused = await get('/health').then(
      () => false,
      () => true,
    )
    if (isRefused) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function topicsOf({ requests }: Receiver): readonly string[] {
  return requests.map(({ headers, body }) => {
    const { data } = JSON.parse(String(body)) as { data: { invoice?: string } }
    return [headers['sentry-hook-resource'], data.invoice].filter((part) => part !== undefined).join(' ')
  })
}
