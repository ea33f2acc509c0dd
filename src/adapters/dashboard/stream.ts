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
        const send = (text: string) => {
          controller.enqueue(encoder.encode(text))
          return (controller.desiredSize ?? 0) > 0
        }
        const close = () => {
          end()
          controller.close()
        }
        leave = live.join({ slug, send, close }, request.headers.get('last-event-id'))
        request.signal.addEventListener('abort', end)
      },
      cancel: () => leave?.(),
    },
    { highWaterMark: waitingMax },
  )
  return respond(body, 'text/event-stream; charset=utf-8', { 'x-accel-buffering': 'no' })
}
