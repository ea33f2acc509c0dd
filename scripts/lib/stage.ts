import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dashboard, nodeHandler, type DashboardOptions } from '../../src/dashboard.ts'
import { createHookward, memoryStore, type Hookward, type MailOptions } from '../../src/index.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'

/** How a receiver of the stage answers. */
export type Manner = 'ok' | 'flaky' | 'down' | 'gone' | 'hostile'

/** An engine with a past, and its dashboard on loopback. */
export interface Stage {
  readonly hookward: Hookward
  readonly clock: ManualClock
  readonly url: string
  /** How the receiver of an integration answers from now on. */
  readonly answers: (slug: string, manner: Manner) => void
  readonly register: (slug: string, name: string, manner?: Manner) => Promise<void>
  /** Emits events, and has everything done that is due. */
  readonly emit: (slug: string, count?: number) => Promise<void>
  /** Lets time pass, with an event for each of these in every step. */
  readonly pass: (spanMs: number, stepMs: number, slugs: readonly string[]) => Promise<void>
  readonly close: () => Promise<void>
}

const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
const answersOf = {
  ok: () => [200, 'ok'],
  flaky: (n: number) => (n % 3 === 0 ? [200, 'ok'] : [503, 'upstream is busy']),
  down: () => [500, 'Internal Server Error'],
  gone: () => [404, 'no such hook'],
  hostile: () => [500, hostile],
} as const satisfies Record<Manner, (n: number) => readonly [number, string]>

/** Real sockets on loopback, a clock that is moved by hand. */
export async function startStage(options: DashboardOptions = {}, mail?: MailOptions): Promise<Stage> {
  const manners = new Map<string, Manner>()
  let requests = 0
  const receiver = createServer((request, response) => {
    request.resume()
    requests += 1
    const [status, body] = answersOf[manners.get(request.url?.slice(1).split('?')[0] ?? '') ?? 'ok'](requests)
    response.writeHead(status, { 'content-type': 'text/html' }).end(body)
  })
  const receiverUrl = await listening(receiver)
  const clock = manualClock(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 4 * 86_400_000)
  const hookward = await createHookward({
    ...{ store: memoryStore(), clock, network: { allow: ['127.0.0.1'] } },
    ...(mail === undefined ? {} : { mail }),
  })
  const panel = nodeHandler(dashboard(hookward, options))
  const server = createServer(panel)
  const url = `${await listening(server)}/hooks/`
  const emit = async (slug: string, count = 1) => {
    for (let n = 0; n < count; n += 1)
      await hookward.emit({
        topic: n % 2 === 0 ? 'order.paid' : 'order.shipped',
        organization: slug,
        data: { order: 1_000 + n, total: '42.00' },
      })
    await hookward.idle()
  }
  return {
    ...{ hookward, clock, url, emit },
    answers: (slug, manner) => void manners.set(slug, manner),
    register: async (slug, name, manner = 'ok') => {
      manners.set(slug, manner)
      const topics = ['order']
      const owners = [{ email: `ops@${slug}.example` }]
      const secret = 'a secret that both sides know'
      await hookward.integrations.put({
        slug,
        name,
        organization: slug,
        url: `${receiverUrl}/${slug}?key=hidden`,
        secret,
        topics,
        owners,
      })
      await hookward.installations.install({ integration: slug, organization: slug }, { announce: false })
    },
    pass: async (spanMs, stepMs, slugs) => {
      for (let passedMs = 0; passedMs < spanMs; passedMs += stepMs) {
        clock.advanceBy(stepMs)
        for (const slug of slugs) await emit(slug)
      }
    },
    close: async () => {
      await hookward.stop({ graceMs: 0 })
      for (const one of [server, receiver]) {
        one.closeAllConnections()
        one.close()
      }
    },
  }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
