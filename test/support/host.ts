import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { startReceiver, type Receiver } from './receiver.ts'
import { aFolder } from './world.ts'

/** In good order, and without a word of complaint. */
export const ended = { code: 0, errors: '' }

/** A receiver, a folder, and an example as a process of its own over both. */
export async function aHost(program: string) {
  const [receiver, dir] = [await startReceiver(), await aFolder()]
  onTestFinished(() => receiver.close())
  const launch = (more: Readonly<Record<string, string>> = {}) =>
    launched(program, {
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

function launched(program: string, env: Readonly<Record<string, string>>) {
  const command = ['--import', 'tsx', program]
  const child = spawn(process.execPath, command, { env: { PATH: process.env['PATH'], ...env }, stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [out, err] = [gathered(child.stdout), gathered(child.stderr)]
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  const stop = async () => {
    child.kill('SIGTERM')
    return { code: await exit, errors: err() }
  }
  const say = (line: string) => void child.stdin.write(`${line}\n`)
  return { exit, stop, say, output: () => out() + err(), listening: portOf(child, () => out() + err()) }
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

/** Asks the server of a host. */
export function callsTo(url: string) {
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
export async function refused({ get }: ReturnType<typeof callsTo>): Promise<void> {
  for (;;) {
    const isRefused = await get('/health').then(
      () => false,
      () => true,
    )
    if (isRefused) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** What was sent, as it came. */
export function topicsOf({ requests }: Receiver): readonly string[] {
  return requests.map(({ headers, body }) => {
    const { data } = JSON.parse(String(body)) as { data: { invoice?: string } }
    return [headers['sentry-hook-resource'], data.invoice].filter((part) => part !== undefined).join(' ')
  })
}
