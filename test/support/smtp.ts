import type { Socket } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import type { ReceivedMail, SmtpMoment, TestMailServer } from '../../src/testing/contracts/mail-server.ts'

export type { ReceivedMail, SmtpMoment } from '../../src/testing/contracts/mail-server.ts'

/** A real mail server on 127.0.0.1, without TLS, that takes any login or none. */
export interface SmtpListener extends TestMailServer {
  readonly port: number
}

type Answer = (error?: Error | null) => void
type Mood =
  | { readonly kind: 'accept' }
  | { readonly kind: 'hang'; readonly at: SmtpMoment | undefined }
  | { readonly kind: 'refuse'; readonly error: Error; readonly at: SmtpMoment }

/** Starts a mail server. `port` left out: any free one. */
export async function startSmtp({ port = 0 }: { readonly port?: number } = {}): Promise<SmtpListener> {
  const mails: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  const moods = moodOfServer()
  const arrivals = waiters(mails)
  let connections = 0

  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onConnect: (_session, answer) => moods.answer('CONNECT', answer),
    onAuth: (_auth, _session, answer) =>
      moods.answer('AUTH', (error) => (error ? answer(error) : answer(null, { user: 'anyone' }))),
    onMailFrom: (_address, _session, answer) => moods.answer('MAIL', answer),
    onRcptTo: (_address, _session, answer) => moods.answer('RCPT', answer),
    onData: (stream, session, answer) => {
      const keep = async (raw: string) => {
        mails.push(await received(raw, session))
        arrivals.look()
      }
      text(stream).then(
        (raw) =>
          moods.answer('DATA', (error) => {
            if (error) answer(error)
            else void keep(raw).then(() => answer(), answer)
          }),
        // The client is gone: nobody waits for an answer.
        () => undefined,
      )
    },
  })
  server.on('error', () => undefined)
  server.server.on('connection', (socket) => {
    connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')

  const cut = () => sockets.forEach((socket) => socket.destroy())
  const taken = portOf(server)
  return {
    url: `smtp://127.0.0.1:${taken}`,
    port: taken,
    mails,
    connections: () => connections,
    ...moods.controls,
    cut,
    waitFor: arrivals.waitFor,
    close: () =>
      new Promise((resolve) => {
        arrivals.giveUp()
        server.close(() => resolve())
        cut()
      }),
  }
}

function portOf(server: SMTPServer): number {
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('the mail server has no port')
  return address.port
}

/** What the server does with the next question, and the questions it left hanging. */
function moodOfServer() {
  let mood: Mood = { kind: 'accept' }
  let hanging: (() => void)[] = []
  const answer = (at: SmtpMoment, reply: Answer) => {
    if (mood.kind === 'hang' && (mood.at ?? at) === at) hanging.push(() => reply())
    else if (mood.kind === 'refuse' && mood.at === at) reply(mood.error)
    else reply()
  }
  const controls = {
    refuse: (responseCode: number, message: string, at: SmtpMoment = 'RCPT') => {
      mood = { kind: 'refuse', at, error: Object.assign(new Error(message), { responseCode }) }
    },
    hang: (at?: SmtpMoment) => {
      mood = { kind: 'hang', at }
    },
    accept: () => {
      mood = { kind: 'accept' }
      const left = hanging
      hanging = []
      left.forEach((reply) => reply())
    },
  }
  return { answer, controls }
}

interface Waiter {
  readonly n: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

function waiters(mails: readonly ReceivedMail[]) {
  let waiting: readonly Waiter[] = []
  const look = () => {
    const done = waiting.filter(({ n }) => mails.length >= n)
    waiting = waiting.filter(({ n }) => mails.length < n)
    done.forEach(({ resolve }) => resolve())
  }
  const waitFor = (n: number) =>
    new Promise<void>((resolve, reject) => {
      waiting = [...waiting, { n, resolve, reject }]
      look()
    })
  const giveUp = () => {
    const left = waiting
    waiting = []
    left.forEach(({ n, reject }) => reject(new Error(`the mail server closed after ${mails.length} of ${n} mails`)))
  }
  return { look, waitFor, giveUp }
}

async function received(raw: string, { envelope }: SMTPServerSession): Promise<ReceivedMail> {
  const mail = await PostalMime.parse(raw)
  return {
    to: envelope.rcptTo.map(({ address }) => address),
    from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    messageId: (mail.messageId ?? '').replace(/^<|>$/g, ''),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers: Object.fromEntries(mail.headers.map(({ key, value }) => [key, value])),
    raw,
  }
}
