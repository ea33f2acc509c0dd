import type { Mailer, MailOutcome, OutgoingMail } from '../../ports.ts'
import { expect } from './expect.ts'
import type { TestMailServer } from './mail-server.ts'
import { suiteOf, type ContractCase, type Suite } from './suite.ts'

/** How a mailer by SMTP is made for a case, and the server that it talks to. */
export interface MailerSubject {
  /** A mailer that talks to `url`, and waits at most so long for each answer. */
  readonly mailer: (options: { readonly url: string; readonly timeoutMs: number }) => Mailer
  /** A server of its own for each case. */
  readonly server: () => Promise<TestMailServer>
}

/**
 * What a mailer of your own by SMTP must keep to, as cases for any test runner.
 * @example
 * import { test } from 'node:test'
 * for (const { title, run } of mailerContract({ mailer: myMailer, server: startListener })) test(title, run)
 */
export function mailerContract({ mailer, server }: MailerSubject): readonly ContractCase[] {
  const suite = suiteOf(
    async () => new MailerBench(mailer, await server()),
    (bench) => bench.close(),
  )
  fill(suite)
  return suite.cases
}

/** A mail that any server takes. */
export function aMail(parts: Partial<OutgoingMail> = {}): OutgoingMail {
  return {
    messageId: 'letter-1@hookward.test',
    to: 'owner@acme.test',
    subject: 'Action required: Fix your myAPI integration',
    text: 'Hello, this is the text part.\n',
    html: '<p>Hello, this is the HTML part.</p>\n',
    ...parts,
  }
}

class MailerBench {
  readonly server: TestMailServer
  mailer: Mailer
  readonly #make: MailerSubject['mailer']

  constructor(make: MailerSubject['mailer'], server: TestMailServer) {
    this.#make = make
    this.server = server
    this.mailer = this.#open(10_000)
  }

  /** Has another mailer, which waits no longer than this. */
  async hurry(timeoutMs: number): Promise<void> {
    await this.mailer.close()
    this.mailer = this.#open(timeoutMs)
  }

  async close(): Promise<void> {
    await this.mailer.close()
    await this.server.close()
  }

  #open(timeoutMs: number): Mailer {
    return this.#make({ url: this.server.url, timeoutMs })
  }
}

function fill({ it }: Suite<MailerBench>): void {
  it('hands the mail to the server with its recipient, subject and both parts', async (bench) => {
    expect(await bench.mailer.send(aMail())).toEqual({ kind: 'sent' })
    expect(bench.server.mails).toHaveLength(1)
    expect(bench.server.mails[0]).toMatchObject({
      to: ['owner@acme.test'],
      subject: 'Action required: Fix your myAPI integration',
      text: /the text part/,
      html: /<p>Hello, this is the HTML part\.<\/p>/,
    })
  })

  it('keeps the Message-ID it is given, also when the mail is sent again', async (bench) => {
    await bench.mailer.send(aMail())
    await bench.mailer.send(aMail())
    expect(bench.server.mails.map((mail) => mail.messageId)).toEqual([
      'letter-1@hookward.test',
      'letter-1@hookward.test',
    ])
  })

  it('says that a machine wrote the mail', async (bench) => {
    await bench.mailer.send(aMail())
    expect(bench.server.mails[0]?.headers['auto-submitted']).toBe('auto-generated')
  })

  it('carries any writing in the subject and in both parts', async (bench) => {
    const words = 'Größe 東京 🚀 “quoted”'
    await bench.mailer.send(aMail({ subject: words, text: words, html: `<p>${words}</p>` }))
    expect(bench.server.mails[0]?.subject).toBe(words)
    expect(bench.server.mails[0]?.text).toContain(words)
    expect(bench.server.mails[0]?.html).toContain(words)
  })

  it.each([
    ['RCPT', 550],
    ['MAIL', 550],
    ['DATA', 554],
  ] as const)('calls a 5xx answer to %s permanent', async (bench, at, code) => {
    bench.server.refuse(code, 'No such user here', at)
    const outcome = await bench.mailer.send(aMail())
    expect(outcome).toMatchObject({ kind: 'failed', permanent: true })
    expect(errorOf(outcome)).toContain(String(code))
    expect(errorOf(outcome)).toContain('No such user here')
    expect(bench.server.mails).toHaveLength(0)
  })

  it.each(['CONNECT', 'MAIL', 'RCPT', 'DATA'] as const)('calls a 4xx answer to %s passing', async (bench, at) => {
    bench.server.refuse(451, 'Try again later', at)
    const outcome = await bench.mailer.send(aMail())
    expect(outcome).toMatchObject({ kind: 'failed', permanent: false })
    expect(errorOf(outcome)).toContain('451')
  })

  it('calls a refused connection passing: the server may come back', async (bench) => {
    await bench.server.close()
    expect(await bench.mailer.send(aMail())).toMatchObject({ kind: 'failed', permanent: false })
  })

  it('calls a 5xx greeting passing: it is about the connection, not the mail', async (bench) => {
    bench.server.refuse(554, 'Closed for today', 'CONNECT')
    expect(await bench.mailer.send(aMail())).toMatchObject({ kind: 'failed', permanent: false })
  })

  it('gives a server up that never answers', async (bench) => {
    await bench.hurry(50)
    bench.server.hang()
    expect(await bench.mailer.send(aMail())).toMatchObject({ kind: 'failed', permanent: false })
  })

  it.each(['MAIL', 'RCPT', 'DATA'] as const)('gives a server up that falls silent at %s', async (bench, at) => {
    await bench.hurry(500)
    bench.server.hang(at)
    expect(await bench.mailer.send(aMail())).toMatchObject({ kind: 'failed', permanent: false })
    expect(bench.server.mails).toHaveLength(0)
  })

  it('sends the next mail after a refusal', async (bench) => {
    bench.server.refuse(550, 'No such user here')
    await bench.mailer.send(aMail())
    bench.server.accept()
    expect(await bench.mailer.send(aMail())).toEqual({ kind: 'sent' })
  })

  it('sends over a new connection when the server has cut the old one', async (bench) => {
    await bench.mailer.send(aMail())
    bench.server.cut()
    expect(await bench.mailer.send(aMail({ messageId: 'letter-2@hookward.test' }))).toEqual({ kind: 'sent' })
    expect(bench.server.mails.map((mail) => mail.messageId)).toEqual([
      'letter-1@hookward.test',
      'letter-2@hookward.test',
    ])
  })

  it('sends many mails at once, each exactly once', async (bench) => {
    const ids = Array.from({ length: 20 }, (_, i) => `letter-${i}@hookward.test`)
    const outcomes = await Promise.all(ids.map((messageId) => bench.mailer.send(aMail({ messageId }))))
    await bench.server.waitFor(20)
    expect(outcomes.every((outcome) => outcome.kind === 'sent')).toBe(true)
    expect(bench.server.mails.map((mail) => mail.messageId).sort()).toEqual([...ids].sort())
  })

  it.each([
    ['a line break', 'owner@acme.test\r\nBcc: everyone@acme.test'],
    ['two addresses', 'owner@acme.test, other@acme.test'],
    ['a name', 'Owner <owner@acme.test>'],
    ['no domain', 'owner'],
  ])('refuses a recipient with %s and asks no server', async (bench, _what, to) => {
    expect(await bench.mailer.send(aMail({ to }))).toMatchObject({ kind: 'failed', permanent: true })
    expect(bench.server.connections()).toBe(0)
  })

  it('cuts a subject to its first line, so no header can be smuggled in', async (bench) => {
    await bench.mailer.send(aMail({ subject: 'Hello\r\nBcc: everyone@acme.test\r\n\r\nbody' }))
    expect(bench.server.mails[0]?.subject).toBe('Hello')
    expect(bench.server.mails[0]?.to).toEqual(['owner@acme.test'])
    expect(bench.server.mails[0]?.raw).not.toContain('everyone')
  })

  it('keeps a Message-ID in its header, whatever it holds', async (bench) => {
    await bench.mailer.send(aMail({ messageId: 'a>\r\nBcc: everyone@acme.test' }))
    expect(Object.keys(bench.server.mails[0]?.headers ?? {})).not.toContain('bcc')
    expect(bench.server.mails[0]?.to).toEqual(['owner@acme.test'])
  })

  it('cuts a long answer at 200 characters', async (bench) => {
    bench.server.refuse(550, 'x'.repeat(400))
    expect(errorOf(await bench.mailer.send(aMail()))).toHaveLength(200)
  })

  it('lets a mail finish that is being sent when it is closed', async (bench) => {
    bench.server.hang()
    const sending = bench.mailer.send(aMail())
    while (bench.server.connections() === 0) await new Promise(setImmediate)
    const closing = bench.mailer.close()
    bench.server.accept()
    await closing
    expect(await sending).toEqual({ kind: 'sent' })
  })

  it('is done with every mail when close resolves', async (bench) => {
    let left = 20
    for (let i = 0; i < 20; i += 1) void bench.mailer.send(aMail()).finally(() => (left -= 1))
    await bench.mailer.close()
    await new Promise(setImmediate)
    expect(left).toBe(0)
  })

  it('fails a mail that comes after close, and closes twice without harm', async (bench) => {
    await bench.mailer.close()
    await bench.mailer.close()
    expect(await bench.mailer.send(aMail())).toMatchObject({ kind: 'failed', permanent: false })
    expect(bench.server.connections()).toBe(0)
  })
}

function errorOf(outcome: MailOutcome): string {
  return outcome.kind === 'failed' ? outcome.error : ''
}
