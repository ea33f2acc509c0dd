import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** How the receiver answers. `slow` takes a second, `hang` never ends, `reset` breaks the connection off. */
export type Mood = (typeof moods)[number]

/** Every mood, in the order of their keys. */
export const moods = ['ok', 'slow', '500', 'hang', 'reset', '404'] as const

/** What came with one request. */
export interface Arrival {
  readonly path: string
  readonly resource: string
  readonly body: string
  /** Its signature is right. */
  readonly signed: boolean
}

/** A receiver on loopback. */
export interface PlayReceiver {
  readonly url: string
  /** The latest ones, oldest first. */
  readonly arrivals: readonly Arrival[]
  readonly mood: Mood
  /** Answers so from now on; what hangs is left hanging. */
  become(mood: Mood): void
  close(): Promise<void>
}

const slowMs = 1_000
const arrivalsMax = 1_000

/** Starts one. Only what is sent to `path` is answered by its mood; all else is taken. */
export async function startReceiver(secret: string, path: string): Promise<PlayReceiver> {
  const arrivals: Arrival[] = []
  let mood: Mood = 'ok'
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request)
    arrivals.push(arrivalOf(request, body, secret))
    if (arrivals.length > arrivalsMax) arrivals.shift()
    answer(request.url === path ? mood : 'ok', response)
  }
  const server = createServer((request, response) => void receive(request, response).catch(() => response.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    get mood() {
      return mood
    },
    become: (next) => void (mood = next),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function arrivalOf({ url = '', headers }: IncomingMessage, body: Buffer, secret: string): Arrival {
  const signature = Buffer.from(String(headers['sentry-hook-signature']))
  const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'))
  const signed = signature.length === expected.length && timingSafeEqual(signature, expected)
  return { path: url, resource: String(headers['sentry-hook-resource']), body: body.toString(), signed }
}

function answer(mood: Mood, response: ServerResponse): void {
  const end = (status: number, body: string) => void response.writeHead(status).end(body)
  if (mood === 'ok') end(200, 'thanks')
  else if (mood === '500') end(500, 'Internal Server Error')
  else if (mood === '404') end(404, 'no such hook')
  else if (mood === 'reset') response.socket?.resetAndDestroy()
  else if (mood === 'slow') setTimeout(() => end(200, 'thanks, at last'), slowMs).unref()
}
