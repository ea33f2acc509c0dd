import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createHookward, memoryStore, type HookwardOptions } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { aFolder } from '../support/world.ts'

const mail = { url: 'smtp://127.0.0.1:2525', from: 'hooks@example.com' }
const port = () => Promise.resolve() as never

describe('impossible options', () => {
  it.each<[string, unknown, string]>([
    ['none at all', undefined, 'OPTION_INVALID'],
    ['null', null, 'OPTION_INVALID'],
    ['a text', './data', 'OPTION_INVALID'],
    ['a list', [], 'OPTION_INVALID'],
  ])('%s', async (_, options, code) => {
    await expect(createHookward(options as never)).rejects.toMatchObject({ code })
  })

  it.each<[string, object, string, string]>([
    ['an unknown policy', { policy: 'strict' }, 'POLICY_INVALID', 'strict'],
    ['a policy that is null', { policy: null }, 'OPTION_INVALID', 'policy'],
    ['a policy without functions', { policy: { ...sentry(), judge: undefined } }, 'POLICY_INVALID', 'policy.judge'],
    ['neither dir nor store', { dir: undefined }, 'STORE_REQUIRED', 'neither'],
    ['an empty dir', { dir: '' }, 'OPTION_INVALID', 'dir'],
    ['a dir that is a number', { dir: 42 }, 'OPTION_INVALID', 'dir'],
    ['an unknown name', { direktory: './data' }, 'OPTION_INVALID', 'direktory'],
    ['dir beside store', { store: memoryStore() }, 'OPTION_INVALID', 'dir'],
    [
      'lockWaitMs beside store',
      { dir: undefined, store: memoryStore(), lockWaitMs: 1 },
      'OPTION_INVALID',
      'lockWaitMs',
    ],
    [
      'backlogBytesMax beside store',
      { dir: undefined, store: memoryStore(), backlogBytesMax: 1 },
      'OPTION_INVALID',
      'backlogBytesMax',
    ],
    [
      'a store that lacks a method',
      { dir: undefined, store: { ...memoryStore(), open: port } },
      'OPTION_INVALID',
      'store',
    ],
    ['a negative lockWaitMs', { lockWaitMs: -1 }, 'OPTION_INVALID', 'lockWaitMs'],
    ['a lockWaitMs that is a text', { lockWaitMs: '1' }, 'OPTION_INVALID', 'lockWaitMs'],
    ['a lockWaitMs over a day', { lockWaitMs: 86_400_001 }, 'OPTION_INVALID', 'lockWaitMs'],
    ['a backlogBytesMax of none', { backlogBytesMax: 0 }, 'OPTION_INVALID', 'backlogBytesMax'],
    ['a broken backlogBytesMax', { backlogBytesMax: 1.5 }, 'OPTION_INVALID', 'backlogBytesMax'],
    ['mail that is a text', { mail: mail.url }, 'OPTION_INVALID', 'mail'],
    ['mail without a URL', { mail: { from: mail.from } }, 'MAIL_URL_INVALID', ''],
    ['mail over HTTP', { mail: { ...mail, url: 'https://mail.example.com' } }, 'MAIL_URL_INVALID', ''],
    ['mail without a sender', { mail: { url: mail.url } }, 'OPTION_INVALID', 'mail.from'],
    ['mail from a name without address', { mail: { ...mail, from: 'Hooks' } }, 'OPTION_INVALID', 'mail.from'],
    [
      'mail from two lines',
      { mail: { ...mail, from: 'a@example.com\nBcc: b@example.com' } },
      'OPTION_INVALID',
      'mail.from',
    ],
    ['a mail timeout of none', { mail: { ...mail, timeoutMs: 0 } }, 'OPTION_INVALID', 'timeoutMs'],
    ['a mail timeout that is a text', { mail: { ...mail, timeoutMs: '5' } }, 'OPTION_INVALID', 'timeoutMs'],
    ['a baseUrl that is no URL', { mail: { ...mail, baseUrl: 'our pages' } }, 'OPTION_INVALID', 'mail.baseUrl'],
    [
      'a supportUrl of script',
      { mail: { ...mail, supportUrl: 'javascript:alert(1)' } },
      'OPTION_INVALID',
      'mail.supportUrl',
    ],
    ['an unknown part of mail', { mail: { ...mail, password: 'x' } }, 'OPTION_INVALID', 'password'],
    ['mailer beside mail', { mail, mailer: { send: port, close: port } }, 'OPTION_INVALID', 'mailer'],
    ['a mailer that cannot send', { mailer: { close: port } }, 'OPTION_INVALID', 'mailer'],
    ['network that is a list', { network: ['127.0.0.0/8'] }, 'OPTION_INVALID', 'network'],
    ['network.allow that is a text', { network: { allow: '127.0.0.0/8' } }, 'OPTION_INVALID', 'network.allow'],
    ['network.allow with a number', { network: { allow: [127] } }, 'OPTION_INVALID', 'network.allow[0]'],
    ['network.allow with nonsense', { network: { allow: ['10.0.0.0/99'] } }, 'OPTION_INVALID', 'network.allow[0]'],
    ['network.deny that is null', { network: { deny: null } }, 'OPTION_INVALID', 'network.deny'],
    ['network.httpsOnly that is a word', { network: { httpsOnly: 'yes' } }, 'OPTION_INVALID', 'network.httpsOnly'],
    ['network.proxy that is a number', { network: { proxy: 3128 } }, 'OPTION_INVALID', 'network.proxy'],
    ['network.proxy of another kind', { network: { proxy: 'socks5://a.example' } }, 'OPTION_INVALID', 'network.proxy'],
    ['an unknown part of network', { network: { block: [] } }, 'OPTION_INVALID', 'block'],
    ['a clock without at', { clock: { now: () => 0 } }, 'OPTION_INVALID', 'clock'],
    ['a clock that is null', { clock: null }, 'OPTION_INVALID', 'clock'],
    ['a clock that is a function', { clock: Date.now }, 'OPTION_INVALID', 'clock'],
    ['random without uuid', { random: { fraction: () => 0 } }, 'OPTION_INVALID', 'random'],
    ['a transport without close', { transport: { attempt: port } }, 'OPTION_INVALID', 'transport'],
    ['a logger without warn', { logger: { info: port, error: port } }, 'OPTION_INVALID', 'logger'],
    ['an application without a name', { application: { id: 'x' } }, 'OPTION_INVALID', 'application.name'],
    ['an application that is a text', { application: 'x' }, 'OPTION_INVALID', 'application'],
    ['enhancedPrivacy that is a flag', { enhancedPrivacy: true }, 'OPTION_INVALID', 'enhancedPrivacy'],
  ])('%s', async (_, wrong, code, fact) => {
    const options = { policy: 'sentry', dir: join(await aFolder(), 'data'), ...wrong }
    const refused = await createHookward(options as HookwardOptions).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code, nextStep: expect.stringMatching(/./) as string })
    expect((refused as Error).message).toContain(fact)
  })
})

describe('a store that cannot be used', () => {
  it('refuses a damaged file and leaves it as it is', async () => {
    const dir = await aFolder()
    const path = join(dir, 'hookward.json')
    await writeFile(path, '{ "format": 1, "data": ')
    await expect(createHookward({ policy: 'sentry', dir })).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(await readFile(path, 'utf8')).toBe('{ "format": 1, "data": ')
  })

  it('refuses a file that was edited by hand and leaves it as it is', async () => {
    const dir = await aFolder()
    await (await createHookward({ policy: 'sentry', dir })).stop()
    const engine = await createHookward({ policy: 'sentry', dir })
    await engine.integrations.put({
      slug: 'bot',
      organization: 'acme',
      url: 'https://hooks.example.com/',
      secret: 'a'.repeat(16),
    })
    await engine.stop()
    const [name = ''] = (await readdir(join(dir, 'integrations'))).filter((file) => file.endsWith('.json'))
    const path = join(dir, 'integrations', name)
    const edited = (await readFile(path, 'utf8')).replace('acme', 'evil')
    await writeFile(path, edited)
    await expect(createHookward({ policy: 'sentry', dir })).rejects.toMatchObject({ code: 'STORE_DOC_EDITED' })
    expect(await readFile(path, 'utf8')).toBe(edited)
  })

  it.each([
    [
      'under a file',
      async () => {
        const path = join(await aFolder(), 'file')
        await writeFile(path, '')
        return join(path, 'data')
      },
    ],
    ['in /sys', () => Promise.resolve('/sys/hookward')],
  ])('refuses a directory %s', async (_, folder) => {
    const refused = await createHookward({ policy: 'sentry', dir: await folder() }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'STORE_UNWRITABLE', nextStep: expect.stringMatching(/directory/) as string })
  })

  it('refuses a directory that another engine has open, and takes it once that is stopped', async () => {
    const dir = await aFolder()
    const first = await createHookward({ policy: 'sentry', dir })
    await expect(createHookward({ policy: 'sentry', dir, lockWaitMs: 0 })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
    })
    await first.stop()
    await (await createHookward({ policy: 'sentry', dir, lockWaitMs: 0 })).stop()
  })

  it('frees the directory when what it holds cannot be taken up', async () => {
    const dir = await aFolder()
    await mkdir(join(dir, 'hookward.json'))
    await expect(createHookward({ policy: 'sentry', dir })).rejects.toMatchObject({
      code: expect.stringMatching(/^STORE_/) as string,
    })
    await expect(createHookward({ policy: 'sentry', dir, lockWaitMs: 0 })).rejects.not.toMatchObject({
      code: 'STORE_LOCKED',
    })
  })
})
