import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { readMail, type Mail } from './mail.ts'

/** A mail server on loopback that keeps what it gets. */
export interface PlayMailServer {
  readonly url: string
  /** The latest ones, oldest first. */
  readonly mails: readonly Mail[]
  /** Hears of each mail as it comes. */
  onMail(listener: (mail: Mail) => void): void
  close(): Promise<void>
}

const mailsMax = 1_000
const lineBytesMax = 2 ** 20

/** Starts one: it speaks as much of SMTP as a client needs that sends without login and TLS. */
export async function startMailServer(): Promise<PlayMailServer> {
  const mails: Mail[] = []
  const listeners: ((mail: Mail) => void)[] = []
  const sockets = new Set<Socket>()
  const keep = (to: readonly string[], raw: string) => {
    const mail = readMail(to, raw)
    mails.push(mail)
    if (mails.length > mailsMax) mails.shift()
    for (const listener of listeners) listener(mail)
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    converse(socket, keep)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    onMail: (listener) => void listeners.push(listener),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function converse(socket: Socket, keep: (to: readonly string[], raw: string) => void): void {
  const say = (line: string) => void socket.write(`${line}\r\n`)
  let [rest, to, data]: [string, string[], string[] | undefined] = ['', [], undefined]
  const hear = (line: string) => {
    if (data !== undefined) {
      if (line !== '.') return void data.push(line.replace(/^\./, ''))
      keep(to, data.join('\r\n'))
      data = undefined
      say('250 kept')
      return
    }
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'QUIT') return void socket.end('221 bye\r\n')
    if (verb === 'MAIL') to = []
    if (verb === 'RCPT') to.push(/<([^>]*)>/.exec(line)?.[1] ?? '')
    if (verb === 'DATA') data = []
    say(answers[verb] ?? '502 not known here')
  }
  socket.on('error', () => undefined)
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\r\n')
    rest = lines.pop() ?? ''
    if (rest.length > lineBytesMax) return void socket.destroy()
    lines.forEach(hear)
  })
  say('220 playground')
}

const answers: Readonly<Record<string, string>> = {
  EHLO: '250 playground',
  HELO: '250 playground',
  MAIL: '250 ok',
  RCPT: '250 ok',
  RSET: '250 ok',
  NOOP: '250 ok',
  DATA: '354 go on',
}
