import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { WebSocket, WebSocketServer } from 'ws'
import { HookwardError, textOf } from '../../domain/errors.ts'
import type { Inspection } from '../../ports.ts'
import { page, pageHeaders } from './page.ts'
import { frameOf } from './wire.ts'

/** What the relay needs of an engine. */
export interface Inspectable {
  inspect(listener: (inspection: Inspection) => void, options?: { readonly integration?: string }): () => void
}

/** A relay that runs. */
export interface Relay {
  readonly port: number
  /** Viewers connected now. */
  viewers(): number
  close(): Promise<void>
}

/** A viewer that is further behind than this is cut off: it must not cost the host memory. */
const behindBytesMax = 4 * 1_048_576
/** Viewers have nothing to say. */
const heardBytesMax = 1_024
const viewersMax = 16
/** WebSocket has room for no more; a refusal is ASCII. */
const reasonCharsMax = 120

/**
 * Serves what an engine lets be seen, on this machine's loopback only: frames over WebSocket, one way, and a page that
 * draws them. Watches the engine only while somebody watches it.
 */
export async function startRelay(engine: Inspectable, port: number): Promise<Relay> {
  const { WebSocketServer: Sockets } = await webSockets()
  const server = createServer(answer)
  const sockets: WebSocketServer = new Sockets({ noServer: true, maxPayload: heardBytesMax })
  server.on('upgrade', (request, socket, head) => {
    if (!isOwn(request) || sockets.clients.size >= viewersMax) return socket.destroy()
    sockets.handleUpgrade(request, socket, head, (viewer) => show(engine, viewer, request))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    viewers: () => sockets.clients.size,
    close: async () => {
      for (const viewer of sockets.clients) viewer.terminate()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function show(engine: Inspectable, viewer: WebSocket, request: IncomingMessage): void {
  const integration = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('integration')
  viewer.on('error', () => viewer.terminate())
  const listener = (inspection: Inspection) => {
    if (viewer.bufferedAmount > behindBytesMax) viewer.terminate()
    else viewer.send(JSON.stringify(frameOf(inspection)))
  }
  try {
    viewer.on('close', engine.inspect(listener, integration === null ? {} : { integration }))
  } catch (refusal) {
    // What a viewer asks for is no reason for the host to end.
    viewer.close(1_008, textOf(refusal).slice(0, reasonCharsMax))
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (!isOwn(request)) response.writeHead(403).end()
  else if (request.method !== 'GET' || (request.url ?? '/').split('?')[0] !== '/') response.writeHead(404).end()
  else response.writeHead(200, pageHeaders).end(page)
}

/** Named as this machine, and from no page but our own: another page in the operator's browser must not look on. */
function isOwn({ headers: { host = '', origin } }: IncomingMessage): boolean {
  const isLocal = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)
  return isLocal && (origin === undefined || origin === `http://${host}`)
}

async function webSockets(): Promise<{ readonly WebSocketServer: typeof WebSocketServer }> {
  try {
    return await import('ws')
  } catch (cause) {
    throw new HookwardError('PEER_MISSING', 'the inspector needs the package ws: npm install ws', { cause })
  }
}
