import type { Message } from './engine.ts'

/** Server-sent events as they come in; ends with the stream, however it ends. */
export async function* messagesOf(body: ReadableStream<Uint8Array> | null): AsyncIterable<Message> {
  if (body === null) return
  const decoder = new TextDecoder()
  let rest = ''
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true as const, value: undefined }))
      if (done) return
      const parts = (rest + decoder.decode(value, { stream: true })).split('\n\n')
      rest = parts.pop() ?? ''
      for (const part of parts) yield* messageIn(part)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function messageIn(part: string): readonly Message[] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1]
  const [id, event, data] = [field('id'), field('event'), field('data')]
  if (event === undefined || data === undefined) return []
  return [{ event, ...(id === undefined ? {} : { id }), data: JSON.parse(data) as Message['data'] }]
}
