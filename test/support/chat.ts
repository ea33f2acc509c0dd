import type { Channel } from '../../src/index.ts'
import { startReceiver, type Receiver } from './receiver.ts'

/** What a chat of the test's own got. */
export interface ChatMessage {
  readonly id: string
  readonly to: string
  readonly text: string
}

/** A chat that is spoken to by HTTP, and the channel to it, as a host would write them. */
export interface Chat {
  readonly channel: Channel
  readonly server: Receiver
  /** What it took: what was answered otherwise than by 200 is left out. */
  readonly arrived: () => readonly ChatMessage[]
}

export async function startChat(): Promise<Chat> {
  const server = await startReceiver()
  const taken: ChatMessage[] = []
  const channel: Channel = {
    send: async ({ id, to, subject, text }) => {
      const message: ChatMessage = { id, to, text: `${subject}\n${text}` }
      try {
        const { ok, status } = await fetch(`${server.url}/post`, { method: 'POST', body: JSON.stringify(message) })
        if (ok) taken.push(message)
        return ok ? { kind: 'sent' } : { kind: 'failed', error: `HTTP ${status}`, permanent: status < 500 }
      } catch {
        return { kind: 'failed', error: 'the chat cannot be reached', permanent: false }
      }
    },
  }
  return { channel, server, arrived: () => taken }
}
