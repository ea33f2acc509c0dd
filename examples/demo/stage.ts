import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { SMTPServer } from 'smtp-server'
import type { Arrival, Mood } from './receiver.ts'

/** The receiver's process. */
export interface ReceiverProcess {
  readonly url: string
  readonly arrivals: readonly Arrival[]
  /** Resolves when the process has heard it. */
  become(mood: Mood): Promise<void>
  close(): Promise<void>
}

/** Starts the receiver in a process of its own. */
export async function startReceiver(secret: string): Promise<ReceiverProcess> {
  const path = fileURLToPath(new URL('./receiver.ts', import.meta.url))
  const child = fork(path, { env: { ...process.env, HOOK_SECRET: secret } })
  const [port] = (await once(child, 'message')) as [number]
  const arrivals: Arrival[] = []
  child.on('message', (told: Arrival | Mood) => typeof told === 'object' && arrivals.push(told))
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    become: (mood) =>
      new Promise((resolve) => {
        const heard = (told: unknown) => {
          if (told !== mood) return
          child.off('message', heard)
          resolve()
        }
        child.on('message', heard)
        child.send(mood)
      }),
    close: async () => {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/** A mail server that keeps what it gets. */
export interface Mailbox {
  readonly url: string
  readonly mails: readonly string[]
  close(): Promise<void>
}

/** Starts a mail server on loopback. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, _session, done) =>
      void text(stream)
        .then((mail) => mails.push(mail))
        .then(() => done()),
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
