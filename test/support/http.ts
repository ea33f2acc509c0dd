import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** How a server answered, as it came over the wire. */
export interface Answered {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** Reads `text` as JSON. */
  readonly json: () => Record<string, unknown>
}

/** A server on loopback that is gone when the test ends; gives its origin. */
export async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** One request over a real socket; any header may be sent, also those that `fetch` keeps for itself. */
export async function asked(
  url: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Answered> {
  const { method = 'GET', headers = {}, body } = options
  const sent = request(url, { method, headers, agent: false }).end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const read = await text(response)
  const { statusCode = 0 } = response
  return {
    status: statusCode,
    headers: response.headers,
    text: read,
    json: () => JSON.parse(read) as Record<string, unknown>,
  }
}

/** Server-sent events as they come in. */
export interface Listened {
  readonly events: readonly { readonly id?: string; readonly event: string; readonly data: Record<string, unknown> }[]
  /** Resolves when one of this name, and with this in its data, is there. */
  readonly until: (event: string, part?: Record<string, unknown>) => Promise<void>
  readonly close: () => void
}

/** Listens to a stream of server-sent events. */
export async function listen(url: string, headers: Record<string, string> = {}): Promise<Listened> {
  const sent = request(url, { headers, agent: false }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const events: Listened['events'][number][] = []
  const waiting = new Set<() => void>()
  let rest = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n\n')
    rest = parts.pop() ?? ''
    events.push(...parts.flatMap(eventOf))
    for (const look of waiting) look()
  })
  response.on('error', () => undefined)
  onTestFinished(() => void sent.destroy())
  const until = (event: string, part: Record<string, unknown> = {}) =>
    new Promise<void>((resolve) => {
      const isIt = (one: Listened['events'][number]) =>
        one.event === event && Object.entries(part).every(([name, value]) => one.data[name] === value)
      const look = () => {
        if (!events.some(isIt)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { events, until, close: () => void sent.destroy() }
}

function eventOf(part: string): Listened['events'] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1]
  const [id, event, data] = [field('id'), field('event'), field('data')]
  if (event === undefined || data === undefined) return []
  return [{ ...(id === undefined ? {} : { id }), event, data: JSON.parse(data) as Record<string, unknown> }]
}
