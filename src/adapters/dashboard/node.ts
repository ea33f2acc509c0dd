import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Dashboard } from './index.ts'

/** What frameworks leave beside a request. */
type Given = IncomingMessage & { readonly originalUrl?: string; readonly body?: unknown }

/**
 * A dashboard for servers that call `(req, res)`: Express, Fastify's `raw`, `node:http`.
 * @example
 * app.use('/hooks', nodeHandler(dashboard(hookward)))
 */
export function nodeHandler(panel: Dashboard): (request: IncomingMessage, response: ServerResponse) => void {
  return (incoming, outgoing) => {
    const gone = new AbortController()
    outgoing.once('close', () => gone.abort())
    serve(panel, incoming, outgoing, gone.signal).catch(() => outgoing.destroy())
  }
}

async function serve(panel: Dashboard, incoming: Given, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  const { remoteAddress } = incoming.socket
  const answer = await panel(requestOf(incoming, signal), { remoteAddress })
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
  outgoing.flushHeaders()
  const reader = answer.body?.getReader()
  if (reader === undefined) return void outgoing.end()
  const cancel = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', cancel)
  if (signal.aborted) cancel()
  const room = roomOf(outgoing, reader)
  for (let part = await reader.read(); !part.done; part = await reader.read())
    if (!outgoing.write(part.value)) await room()
  outgoing.end()
}

/** Resolves when there is room for more, or nobody is there any more; one that is cut off is not waited for. */
function roomOf(outgoing: ServerResponse, reader: ReadableStreamDefaultReader): () => Promise<void> {
  let wake = () => undefined as void
  let isOver = false
  const end = () => {
    isOver = true
    wake()
  }
  outgoing.on('drain', () => wake()).once('close', end)
  reader.closed.then(end, end)
  return () => new Promise((resolve) => (isOver ? resolve() : (wake = resolve)))
}

function requestOf(incoming: Given, signal: AbortSignal): Request {
  const { method = 'GET', headers, rawHeaders } = incoming
  const isSecure = 'encrypted' in incoming.socket
  const path = (incoming.originalUrl ?? incoming.url ?? '/').replace(/^\/*/, '/')
  const host = /^[\w.:[\]-]+$/.test(headers.host ?? '') ? headers.host : 'unknown.invalid'
  const given = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.startsWith(':') === false) given.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? { body: bodyOf(incoming), duplex: 'half' as const } : {}
  return new Request(`${isSecure ? 'https' : 'http'}://${host}${path}`, { method, headers: given, signal, ...body })
}

/** A parser that was there first has taken the body already. */
function bodyOf(incoming: Given) {
  if (incoming.readableEnded && incoming.body !== undefined) return JSON.stringify(incoming.body)
  return Readable.toWeb(incoming)
}
