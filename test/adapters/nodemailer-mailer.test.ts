import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { inspect, promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { outcomeOf } from '../../src/adapters/nodemailer/mail-outcome.ts'
import { nodemailerMailer } from '../../src/adapters/nodemailer/mailer.ts'
import { HookwardError } from '../../src/domain/errors.ts'
import { mailerContract } from '../../src/testing.ts'
import { aMail } from '../../src/testing/contracts/mailer.ts'
import { keepsTo } from '../support/contract.ts'
import { startSmtp, type SmtpListener } from '../support/smtp.ts'

const from = 'Hookward <ops@example.com>'

keepsTo(
  'nodemailerMailer as a mailer',
  mailerContract({ mailer: ({ url, timeoutMs }) => nodemailerMailer({ url, from, timeoutMs }), server: startSmtp }),
)

describe('the mail URL', () => {
  it.each([
    ['is empty', ''],
    ['is no URL', 'mail.example.com'],
    ['has another scheme', 'https://user:hunter2@mail.example.com'],
    ['names no host', 'smtp://'],
    ['has no host after its login', 'smtp://user:hunter2@'],
    ['has a bad port', 'smtp://user:hunter2@mail.example.com:99999'],
    ['has a password with a slash', 'smtp://user:25/hunter2@mail.example.com'],
    ['has a password with a number sign', 'smtp://user:25#hunter2@mail.example.com'],
    ['has a password with a lone percent sign', 'smtp://user:100%hunter2@mail.example.com'],
  ])('is refused when it %s, and never printed', (_what, url) => {
    const error = thrownBy(() => nodemailerMailer({ url, from }))
    expect(error).toBeInstanceOf(HookwardError)
    expect(error).toMatchObject({ code: 'MAIL_URL_INVALID' })
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('hunter2')
  })

  it.each([
    'smtp://localhost',
    'smtp://localhost:1025/',
    'smtps://user:p%40ss@mail.example.com:465',
    'smtp://mail.example.com:587?requireTLS=true&tls.rejectUnauthorized=false',
    'smtp://[::1]:25',
  ])('%s is taken', (url) => {
    expect(() => nodemailerMailer({ url, from })).not.toThrow()
  })
})

describe('the other mail options', () => {
  const url = 'smtp://localhost'
  it.each([{ from: '' }, { from: 'ops' }, { from: 'ops@example.com\r\nBcc: x@example.com' }])('refuse %j', (bad) => {
    expect(thrownBy(() => nodemailerMailer({ url, ...bad }))).toMatchObject({ code: 'OPTION_INVALID' })
  })

  it.each([0, -1, 1.5, Number.NaN, 600_001])('refuse a timeout of %d ms', (timeoutMs) => {
    expect(thrownBy(() => nodemailerMailer({ url, from, timeoutMs }))).toMatchObject({ code: 'OPTION_INVALID' })
  })
})

describe('nodemailerMailer', () => {
  let smtp: SmtpListener
  beforeEach(async () => {
    smtp = await startSmtp()
  })
  afterEach(() => smtp.close())

  const withMailer = async <T>(url: string, use: (mailer: ReturnType<typeof nodemailerMailer>) => Promise<T>) => {
    const mailer = nodemailerMailer({ url, from, timeoutMs: 5_000 })
    try {
      return await use(mailer)
    } finally {
      await mailer.close()
    }
  }

  it('writes as the sender it was given, name and address', async () => {
    await withMailer(smtp.url, (mailer) => mailer.send(aMail()))
    expect(smtp.mails[0]?.from).toBe('ops@example.com')
    expect(smtp.mails[0]?.headers['from']).toBe('Hookward <ops@example.com>')
  })

  it('sends several mails over few connections', async () => {
    await withMailer(smtp.url, (mailer) => Promise.all(Array.from({ length: 12 }, () => mailer.send(aMail()))))
    expect(smtp.mails).toHaveLength(12)
    expect(smtp.connections()).toBeLessThanOrEqual(2)
  })

  it('keeps the query options of the URL', async () => {
    const url = `${smtp.url}?name=greeter.example.com&requireTLS=true`
    const outcome = await withMailer(url, (mailer) => mailer.send(aMail()))
    expect(outcome).toMatchObject({ kind: 'failed', permanent: false })
    expect(smtp.mails).toHaveLength(0)
  })

  it('takes a login from the URL', async () => {
    const url = `smtp://user:p%40ss@127.0.0.1:${smtp.port}`
    expect(await withMailer(url, (mailer) => mailer.send(aMail()))).toEqual({ kind: 'sent' })
  })

  it('calls a refused login passing: the operator can mend it', async () => {
    smtp.refuse(535, 'Authentication failed', 'AUTH')
    const url = `smtp://user:secret@127.0.0.1:${smtp.port}`
    const outcome = await withMailer(url, (mailer) => mailer.send(aMail()))
    expect(outcome).toMatchObject({ kind: 'failed', permanent: false })
    expect(JSON.stringify(outcome)).toContain('535')
  })

  it.each([
    [530, 'Authentication required'],
    [503, 'Bad sequence of commands'],
  ])('calls answer %i to MAIL FROM passing: it is about the session', async (code, words) => {
    smtp.refuse(code, words, 'MAIL')
    expect(await withMailer(smtp.url, (mailer) => mailer.send(aMail()))).toMatchObject({ permanent: false })
  })

  it.each(['AUTH', 'RCPT'] as const)('blots the login out of an answer to %s that repeats it', async (at) => {
    const seen = ['hunter@2', 'hunter%402', base64('hunter@2'), base64('\0pat\0hunter@2')]
    smtp.refuse(550, `no ${seen.join(' ')}`, at)
    const url = `smtp://pat:hunter%402@127.0.0.1:${smtp.port}`
    const outcome = JSON.stringify(await withMailer(url, (mailer) => mailer.send(aMail())))
    expect(outcome).toContain('550')
    expect(outcome).toContain('***')
    seen.forEach((secret) => expect(outcome).not.toContain(secret))
  })

  it('blots before it cuts, so no half of a password stays at the edge', async () => {
    smtp.refuse(550, `${'x'.repeat(190)}hunter2hunter2`)
    const url = `smtp://pat:hunter2hunter2@127.0.0.1:${smtp.port}`
    expect(JSON.stringify(await withMailer(url, (mailer) => mailer.send(aMail())))).not.toContain('hunter')
  })

  it('keeps the first line of an answer of several', () => {
    const error = Object.assign(new Error('refused'), {
      response: '550-5.1.1 No such user\r\n550 5.1.1 see https://help.example.com',
      responseCode: 550,
      command: 'RCPT TO',
    })
    expect(outcomeOf(error, [])).toEqual({ kind: 'failed', error: '550-5.1.1 No such user', permanent: true })
  })

  it.each(['CONNECT', 'RCPT'] as const)('gives a silent server up after one timeout at %s, not three', async (at) => {
    smtp.hang(at)
    const mailer = nodemailerMailer({ url: smtp.url, from, timeoutMs: 500 })
    const outcome = await mailer.send(aMail())
    await mailer.close()
    expect(outcome).toMatchObject({ kind: 'failed', permanent: false })
    expect(JSON.stringify(outcome)).toMatch(/ETIMEDOUT: (Timeout|Greeting never received)/)
  })

  it('gives a server up that trickles its answer for ever', async () => {
    const trickling = createServer((socket) => {
      socket.write('220 slow.example.com\r\n')
      const timer = setInterval(() => socket.write('250-more\r\n'), 20)
      socket.on('error', () => undefined).on('close', () => clearInterval(timer))
      socket.resume()
    }).listen(0, '127.0.0.1')
    await once(trickling, 'listening')
    const { port } = trickling.address() as AddressInfo
    const mailer = nodemailerMailer({ url: `smtp://127.0.0.1:${port}`, from, timeoutMs: 200 })
    expect(await mailer.send(aMail())).toEqual({
      kind: 'failed',
      error: 'ETIMEDOUT: the server did not finish in time',
      permanent: false,
    })
    await mailer.close()
    await new Promise((resolve) => trickling.close(resolve))
  })

  it('loads nodemailer with its first mail, not before', async () => {
    const hooks = `export const resolve = (name, context, next) => {
      if (name === 'nodemailer') throw new Error('nodemailer is out of reach')
      return next(name, context)
    }`
    const script = `
      import { register } from 'node:module'
      register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)})
      const { nodemailerMailer } = await import(${JSON.stringify(mailerModule)})
      const mailer = nodemailerMailer({ url: 'smtp://127.0.0.1:${smtp.port}', from: 'ops@example.com' })
      console.log('constructed')
      console.log((await mailer.send(${JSON.stringify(aMail())})).error)
      await mailer.close()`
    const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script])
    expect(stdout).toMatch(/^constructed\n.*nodemailer is out of reach\n$/)
  })
})

const mailerModule = new URL('../../src/adapters/nodemailer/mailer.ts', import.meta.url).href
const run = promisify(execFile)

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function thrownBy(fn: () => unknown): Error {
  try {
    fn()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}
