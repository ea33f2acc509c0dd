import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dashboard } from '../../adapters/dashboard/index.ts'
import { nodeHandler } from '../../adapters/dashboard/node.ts'
import { createHookward, memoryStore, type Hookward } from '../../index.ts'
import { seededRandom } from '../../testing/random.ts'
import { failed } from '../failure.ts'
import { comment, register, slug, secret } from './cast.ts'
import { playClock, type PlayClock } from './clock.ts'
import { startMailServer, type PlayMailServer } from './mail-server.ts'
import { isFromHere, pageOf } from './page.ts'
import { moods, startReceiver, type Mood, type PlayReceiver } from './receiver.ts'

/** How a playground is set up. */
export interface PlaygroundOptions {
  readonly port: number
  readonly policy: 'standard' | 'sentry'
  /** A folder that keeps everything. @default all of it is forgotten, and no file is written */
  readonly dir?: string
  /** So many seconds pass in a real one. */
  readonly speed: number
  /** It begins with a past in which the receiver has failed for an hour and a half. @default it begins with nothing */
  readonly isBroken: boolean
}

/** An engine, a receiver that is switched, an inbox and the dashboard, all on loopback. */
export interface Playground {
  readonly url: string
  readonly hookward: Hookward
  readonly receiver: PlayReceiver
  readonly inbox: PlayMailServer
  /** Somebody comments: one delivery for each of the two integrations. */
  readonly send: () => Promise<void>
  close(): Promise<void>
}

/** Of each attempt: what hangs is seen soon. */
const deadlineMs = 2_000
const [dayMs, hourMs, minuteMs] = [86_400_000, 3_600_000, 60_000]

/** Starts one. Throws `PORT_TAKEN`. */
export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  const { dir, isBroken, policy, port, speed } = options
  const server = createServer()
  const url = await listening(server, port)
  const [receiver, inbox] = await Promise.all([startReceiver(secret, `/${slug}`), startMailServer()])
  const clock = playClock(Date.now() - (isBroken ? dayMs + 2 * hourMs : 0))
  const hookward = await createHookward({
    ...(dir === undefined ? { store: memoryStore() } : { dir }),
    ...{ clock, policy, network: { allow: ['127.0.0.0/8'] }, linkSecret: randomBytes(32).toString('hex') },
    // The same past each time, so that what a page tells of it can be found again.
    ...(isBroken ? { random: seededRandom(1) } : {}),
    mail: {
      ...{ url: inbox.url, from: 'Hooks <hooks@playground.example>', baseUrl: url },
      enableUrl: `${url}playground/enable`,
    },
  })
  await register(hookward, receiver.url, deadlineMs)
  let comments = 0
  const send = () => comment(hookward, `comment ${(comments += 1)}`)
  if (isBroken) await aBadMorning({ hookward, receiver, clock, send })
  const stop = clock.run(speed)
  serve(server, { hookward, receiver, inbox })
  return {
    ...{ url, hookward, receiver, inbox, send },
    close: async () => {
      stop()
      server.closeAllConnections()
      server.close()
      await hookward.stop({ graceMs: 0 })
      await Promise.all([receiver.close(), inbox.close()])
    },
  }
}

interface Past {
  readonly hookward: Hookward
  readonly receiver: PlayReceiver
  readonly clock: PlayClock
  readonly send: () => Promise<void>
}

/** A day on which all is well, an event an hour; then two hours in which the receiver fails, an event every five minutes. */
async function aBadMorning({ hookward, receiver, clock, send }: Past): Promise<void> {
  const pass = async (ms: number) => {
    clock.advanceBy(ms)
    await hookward.idle()
  }
  for (let hour = 0; hour < 24; hour += 1) {
    await send()
    await pass(hourMs)
  }
  receiver.become('500')
  for (let minute = 0; minute < 120; minute += 1) {
    if (minute % 5 === 0) await send()
    await pass(minuteMs)
  }
}

function serve(server: Server, parts: Pick<Playground, 'hookward' | 'receiver' | 'inbox'>): void {
  const { hookward, receiver, inbox } = parts
  const panel = dashboard(hookward, { authorize: (request) => isFromHere(request) && 'playground', import: true })
  const answer = async (request: Request, caller: Parameters<typeof panel>[1]): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url)
    if (!isFromHere(request)) return new Response('on this machine alone', { status: 403 })
    if (pathname === '/playground/enable') return hookward.handler(request)
    if (!pathname.startsWith('/playground')) return panel(request, caller)
    const asked = moods.find((mood): mood is Mood => mood === searchParams.get('become'))
    if (request.method === 'POST' && asked !== undefined) receiver.become(asked)
    return pageOf(receiver, inbox)
  }
  server.on('request', nodeHandler(answer))
}

async function listening(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException
    throw failed('PORT_TAKEN', `nothing can listen on port ${port} of 127.0.0.1 (${code})`, { cause })
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
