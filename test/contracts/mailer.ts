import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Mailer, OutgoingMail } from '../../src/ports.ts'
import { startSmtp, type SmtpListener } from '../support/smtp.ts'

/** How a test asks for a mailer that talks to `url` and waits at most `timeoutMs` for an answer. */
export type MakeMailer = (options: { readonly url: string; readonly timeoutMs: number }) => Mailer

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

/** What every mailer keeps to, checked against a real mail server. */
export function mailerContract(name: string, make: MakeMailer): void {
  describe(`${name} as a mailer`, () => {
    let smtp: SmtpListener
    let mailer: Mailer
    const open = (parts: { readonly timeoutMs?: number } = {}) =>
      (mailer = make({ url: smtp.url, timeoutMs: 10_000, ...parts }))

    beforeEach(async () => {
      smtp = await startSmtp()
      open()
    })
    afterEach(async () => {
      await mailer.close()
      await smtp.close()
    })

    it('hands the mail to the server with its recipient, subject and both parts', async () => {
      expect(await mailer.send(aMail())).toEqual({ kind: 'sent' })
      expect(smtp.mails).toHaveLength(1)
      expect(smtp.mails[0]).toMatchObject({
        to: ['owner@acme.test'],
        subject: 'Action required: Fix your myAPI integration',
        text: expect.stringContaining('the text part') as string,
        html: expect.stringContaining('<p>Hello, this is the HTML part.</p>') as string,
      })
    })

    it('keeps the Message-ID it is given, also when the mail is sent again', async () => {
      await mailer.send(aMail())
      await mailer.send(aMail())
      expect(smtp.mails.map((mail) => mail.messageId)).toEqual(['letter-1@hookward.test', 'letter-1@hookward.test'])
    })

    it('says that a machine wrote the mail', async () => {
      await mailer.send(aMail())
      expect(smtp.mails[0]?.headers['auto-submitted']).toBe('auto-generated')
    })

    it('carries any writing in the subject and in both parts', async () => {
      const words = 'Größe 東京 🚀 “quoted”'
      await mailer.send(aMail({ subject: words, text: words, html: `<p>${words}</p>` }))
      expect(smtp.mails[0]?.subject).toBe(words)
      expect(smtp.mails[0]?.text).toContain(words)
      expect(smtp.mails[0]?.html).toContain(words)
    })

    it.each([
      ['RCPT', 550],
      ['MAIL', 550],
      ['DATA', 554],
    ] as const)('calls a 5xx answer to %s permanent', async (at, code) => {
      smtp.refuse(code, 'No such user here', at)
      const outcome = await mailer.send(aMail())
      expect(outcome).toMatchObject({ kind: 'failed', permanent: true })
      expect(errorOf(outcome)).toContain(String(code))
      expect(errorOf(outcome)).toContain('No such user here')
      expect(smtp.mails).toHaveLength(0)
    })

    it.each(['CONNECT', 'MAIL', 'RCPT', 'DATA'] as const)('calls a 4xx answer to %s passing', async (at) => {
      smtp.refuse(451, 'Try again later', at)
      const outcome = await mailer.send(aMail())
      expect(outcome).toMatchObject({ kind: 'failed', permanent: false })
      expect(errorOf(outcome)).toContain('451')
    })

    it('calls a refused connection passing: the server may come back', async () => {
      await smtp.close()
      expect(await mailer.send(aMail())).toMatchObject({ kind: 'failed', permanent: false })
    })

    it('calls a 5xx greeting passing: it is about the connection, not the mail', async () => {
      smtp.refuse(554, 'Closed for today', 'CONNECT')
      expect(await mailer.send(aMail())).toMatchObject({ kind: 'failed', permanent: false })
    })

    it('gives a server up that never answers', async () => {
      await mailer.close()
      open({ timeoutMs: 50 })
      smtp.hang()
      expect(await mailer.send(aMail())).toMatchObject({ kind: 'failed', permanent: false })
    })

    it.each(['MAIL', 'RCPT', 'DATA'] as const)('gives a server up that falls silent at %s', async (at) => {
      await mailer.close()
      open({ timeoutMs: 500 })
      smtp.hang(at)
      expect(await mailer.send(aMail())).toMatchObject({ kind: 'failed', permanent: false })
      expect(smtp.mails).toHaveLength(0)
    })

    it('sends the next mail after a refusal', async () => {
      smtp.refuse(550, 'No such user here')
      await mailer.send(aMail())
      smtp.accept()
      expect(await mailer.send(aMail())).toEqual({ kind: 'sent' })
    })

    it('sends over a new connection when the server has cut the old one', async () => {
      await mailer.send(aMail())
      smtp.cut()
      expect(await mailer.send(aMail({ messageId: 'letter-2@hookward.test' }))).toEqual({ kind: 'sent' })
      expect(smtp.mails.map((mail) => mail.messageId)).toEqual(['letter-1@hookward.test', 'letter-2@hookward.test'])
    })

    it('sends many mails at once, each exactly once', async () => {
      const ids = Array.from({ length: 20 }, (_, i) => `letter-${i}@hookward.test`)
      const outcomes = await Promise.all(ids.map((messageId) => mailer.send(aMail({ messageId }))))
      await smtp.waitFor(20)
      expect(outcomes.every((outcome) => outcome.kind === 'sent')).toBe(true)
      expect(smtp.mails.map((mail) => mail.messageId).sort()).toEqual([...ids].sort())
    })

    it.each([
      ['a line break', 'owner@acme.test\r\nBcc: everyone@acme.test'],
      ['two addresses', 'owner@acme.test, other@acme.test'],
      ['a name', 'Owner <owner@acme.test>'],
      ['no domain', 'owner'],
    ])('refuses a recipient with %s and asks no server', async (_what, to) => {
      expect(await mailer.send(aMail({ to }))).toMatchObject({ kind: 'failed', permanent: true })
      expect(smtp.connections()).toBe(0)
    })

    it('cuts a subject to its first line, so no header can be smuggled in', async () => {
      await mailer.send(aMail({ subject: 'Hello\r\nBcc: everyone@acme.test\r\n\r\nbody' }))
      expect(smtp.mails[0]?.subject).toBe('Hello')
      expect(smtp.mails[0]?.to).toEqual(['owner@acme.test'])
      expect(smtp.mails[0]?.raw).not.toContain('everyone')
    })

    it('keeps a Message-ID in its header, whatever it holds', async () => {
      await mailer.send(aMail({ messageId: 'a>\r\nBcc: everyone@acme.test' }))
      expect(Object.keys(smtp.mails[0]?.headers ?? {})).not.toContain('bcc')
      expect(smtp.mails[0]?.to).toEqual(['owner@acme.test'])
    })

    it('cuts a long answer at 200 characters', async () => {
      smtp.refuse(550, 'x'.repeat(400))
      expect(errorOf(await mailer.send(aMail()))).toHaveLength(200)
    })

    it('lets a mail finish that is being sent when it is closed', async () => {
      smtp.hang()
      const sending = mailer.send(aMail())
      while (smtp.connections() === 0) await new Promise(setImmediate)
      const closing = mailer.close()
      smtp.accept()
      await closing
      expect(await sending).toEqual({ kind: 'sent' })
    })

    it('is done with every mail when close resolves', async () => {
      let left = 20
      for (let i = 0; i < 20; i += 1) void mailer.send(aMail()).finally(() => (left -= 1))
      await mailer.close()
      await new Promise(setImmediate)
      expect(left).toBe(0)
    })

    it('fails a mail that comes after close, and closes twice without harm', async () => {
      await mailer.close()
      await mailer.close()
      expect(await mailer.send(aMail())).toMatchObject({ kind: 'failed', permanent: false })
      expect(smtp.connections()).toBe(0)
    })
  })
}

function errorOf(outcome: Awaited<ReturnType<Mailer['send']>>): string {
  return outcome.kind === 'failed' ? outcome.error : ''
}
