import { respond } from './answers.ts'
import type { Live } from './live.ts'

/** So many pieces may wait for a slow viewer; then it is cut off, and comes back for the rest. */
const waitingMax = 500

/** A viewer's stream: server-sent events until it goes away. */
export function stream(live: Live, request: Request, slug: string | undefined): Response {
  let leave: (() => void) | undefined
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const end = () => {
          leave?.()
          leave = undefined
        }
        // One that went away a moment ago may not have been noticed yet: it is cut off like one that is too slow.
        const send = (text: string) => attempted(() => controller.enqueue(encoder.encode(text))) && hasRoom(controller)
        const close = () => {
          end()
          attempted(() => controller.close())
        }
        leave = live.join({ slug, send, close }, request.headers.get('last-event-id'))
        request.signal.addEventListener('abort', end)
        if (request.signal.aborted) end()
      },
      cancel: () => leave?.(),
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
