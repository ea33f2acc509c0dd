import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readMail } from '../../src/cli/playground/mail.ts'
import { startPlayground, type PlaygroundOptions } from '../../src/cli/playground/playground.ts'
import { asked } from '../support/http.ts'
import { spawned } from '../support/cli.ts'
import { aFolder } from '../support/world.ts'

const usual: PlaygroundOptions = { port: 0, policy: 'standard', speed: 1, isBroken: false }

async function playground(options: Partial<PlaygroundOptions> = {}) {
  const started = await startPlayground({ ...usual, ...options })
  onTestFinished(() => started.close())
  return started
}

describe('the playground', () => {
  it('has an engine whose dashboard anybody on this machine may steer, and nobody else', async () => {
    const { hookward, send, url } = await playground()
    await send()
    await hookward.idle()
    const list = (await asked(`${url}api/list`)).json()
    expect(list).toMatchObject({ rows: [{ integration: 'acme-bot' }, { integration: 'audit-log' }] })
    for (const headers of [{ host: 'evil.example' }, { origin: 'https://evil.example' }])
      for (const part of ['', 'api/list', 'playground', 'playground/enable'])
        expect([part, (await asked(url + part, { headers })).status]).toEqual([part, 403])
  })

  it('begins with a past where it is asked to: broken for long enough that its owners were told', async () => {
    const { hookward, inbox, url } = await playground({ isBroken: true })
    const { state, held } = await hookward.explain('acme-bot')
    expect([state, held]).toEqual(['broken', { broken: 24 }])
    expect((await hookward.explain('audit-log')).state).toBe('healthy')
    expect(inbox.mails.map(({ to, subject }) => [...to, subject])).toEqual([
      ['ada@acme.example', expect.stringContaining('Acme Bot')],
      ['grace@acme.example', expect.stringContaining('Acme Bot')],
    ])
    const page = (await asked(`${url}playground`)).text
    expect(page).toContain('Inbox: 2')
    expect(page).toContain('to ada@acme.example')
  })

  it('switches its receiver on its page, and enables by the link of a letter', async () => {
    const { hookward, inbox, receiver, url } = await playground()
    const switched = await asked(`${url}playground?become=hang`, { method: 'POST' })
    expect([switched.status, receiver.mood]).toEqual([200, 'hang'])
    await hookward.integrations.disable('acme-bot', { reason: 'it hangs' })
    await hookward.idle()
    const [link = ''] = /http:\S+\/playground\/enable\S*/.exec(inbox.mails[0]?.text ?? '') ?? []
    expect((await asked(link)).text).toContain('<button')
    receiver.become('ok')
    expect((await asked(link, { method: 'POST', headers: { origin: new URL(url).origin } })).status).toBe(200)
    expect((await hookward.explain('acme-bot')).state).toBe('healthy')
  })

  it('writes no file unless it is given a folder', { timeout: 60_000 }, async () => {
    const [none, dir] = [await aFolder(), await aFolder()]
    const cwd = process.cwd()
    const before = readdirSync(cwd)
    expect(await spawned(['dev', '--port', '0', '--every', '0'], { TMPDIR: none }, 'quit\n')).toMatchObject({ code: 0 })
    expect([readdirSync(none).filter((name) => !/^(?:tsx|node-compile)/.test(name)), readdirSync(cwd)]).toEqual([
      [],
      before,
    ])
    expect((await spawned(['dev', '--port', '0', '--store', dir], {}, 'quit\n')).code).toBe(0)
    expect(existsSync(`${dir}/store.json`)).toBe(true)
  })

  it(
    'is driven by words where stdin is no terminal, and keeps stdout for what happens',
    { timeout: 60_000 },
    async () => {
      const { code, stdout, stderr } = await spawned(
        ['dev', '--port', '0', '--every', '0', '--json'],
        {},
        '500\nhello\nquit\n',
      )
      expect([code, stdout]).toEqual([0, ''])
      expect(stderr).toContain('the receiver answers: 500')
    },
  )

  it('says where a port is taken', async () => {
    const { url } = await playground()
    const { port } = new URL(url)
    await expect(playground({ port: Number(port) })).rejects.toThrow(/^PORT_TAKEN: nothing can listen on port .*--port/)
  })
})

describe('a mail', () => {
  const crlf = (text: string) => text.replaceAll('\n', '\r\n')

  it('is read by its plain part, whatever it was encoded by', () => {
    const raw = crlf(`Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=
 =?UTF-8?B?IMOW?=
Content-Type: multipart/alternative;
 boundary="--x"

----x
Content-Type: text/html

<b>no</b>
----x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

f=C3=BCr Ada =
und Grace
----x--
`)
    expect(readMail(['ada@acme.example'], raw)).toEqual({
      to: ['ada@acme.example'],
      subject: 'Grüße Ö',
      text: 'für Ada und Grace',
    })
  })

  it('without parts is its body', () => {
    const raw = crlf('Subject: plain\nContent-Transfer-Encoding: base64\n\nZsO8cg==\n')
    expect(readMail([], raw)).toEqual({ to: [], subject: 'plain', text: 'für' })
  })
})
