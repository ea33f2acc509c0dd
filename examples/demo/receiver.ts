import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A receiver in a process of its own: it checks each signature, and answers as its parent tells it. */
export type Mood = 'answer' | 'fail' | 'hang'

/** What it reports of each request. */
export interface Arrival {
  readonly path: string
  readonly resource: string
  readonly body: string
  readonly signed: boolean
}

let mood: Mood = 'answer'
const secret = process.env.HOOK_SECRET ?? ''

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request)
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const arrival: Arrival = {
    path: request.url ?? '',
    resource: String(request.headers['sentry-hook-resource']),
    body: body.toString(),
    signed: request.headers['sentry-hook-signature'] === signature,
  }
  process.send?.(arrival)
  // Only the first integration's receiver has a bad week.
  if (arrival.path !== '/acme-bot' || mood === 'answer') response.writeHead(200).end('thanks')
  else if (mood === 'fail') response.writeHead(404).end('no such hook')
}

const server = createServer((request, response) => void receive(request, response))
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('message', (told: Mood) => {
  mood = told
  process.send?.(told)
})
process.on('disconnect', () => process.exit())
