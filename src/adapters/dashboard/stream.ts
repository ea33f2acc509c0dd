import { respond } from './answers.ts'
import type { Live } from './live.ts'

/** So many pieces may wait for a slow viewer; then it is cut off, and comes back for the rest. */
const waitingMax = 500
/** So long it stays open: then a browser comes back by itself, and `authorize` is asked again. */
const openMsMax = 300_000

/** A viewer's stream: server-sent events until it goes away. */
export function stream(live: Live, request: Request, slug: string | undefined): Response {
  let leave: (() => void) | undefined
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    clearTimeout(timer)
    leave?.()
    leave = undefined
  }
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        // One that went away a moment ago may not have been noticed yet: it is cut off like one that is too slow.
        const send = (text: string) => attempted(() => controller.enqueue(encoder.encode(text))) && hasRoom(controller)
        // What waits is let go, too: somebody who does not read would keep it, and a socket, for ever.
        const cut = () => {
          end()
          attempted(() => controller.error(new Error('too slow')))
        }
        timer = setTimeout(() => {
          end()
          attempted(() => controller.close())
        }, openMsMax).unref()
        leave = live.join({ slug, send, close: cut }, request.headers.get('last-event-id'))
        request.signal.addEventListener('abort', end)
        if (request.signal.aborted) end()
      },
      cancel: end,
    },
    { highWaterMark: waitingMax },
  )
  return respond(body, 'text/event-stream; charset=utf-8', { 'x-accel-buffering': 'no' })
}

function attempted(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

function hasRoom({ desiredSize }: ReadableStreamDefaultController): boolean {
  return (desiredSize ?? 0) > 0
}
