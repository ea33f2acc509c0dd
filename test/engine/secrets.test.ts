import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { HookwardError, type Logger } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { aComment, anIntegration, startWorld } from '../support/world.ts'
import { tapped } from './tap.ts'

const hidden = {
  secret: 'integration-secret-7c1f',
  header: 'custom-header-value-9a2b',
  password: 'mail-password-3d4e',
  old: 'old-secret-of-it-5f6a',
  kept: 'secret-the-host-keeps-8b9c',
  proxy: 'proxy-password-1e2f',
} as const

it('are in no explanation, log, book, event, view, line of the logger or record', async () => {
  const { told, store } = await everythingTold()
  for (const [name, value] of Object.entries(hidden)) expect(told, name).not.toContain(value)
  const written = store.durable.filter(({ kind }) => kind !== 'configure')
  for (const value of Object.values(hidden)) expect(JSON.stringify(written)).not.toContain(value)
})

it('are signed with and sent all the same', async () => {
  const { request } = await everythingTold()
  expect(request?.headers['x-token']).toBe(hidden.header)
  expect(request?.headers['sentry-hook-signature']).toMatch(/^[0-9a-f]{64}$/)
})

it('are in no error, whichever field is wrong', async () => {
  const { hookward, receiver } = await startWorld()
  const right = { ...anIntegration(receiver.url), secret: hidden.secret, headers: { 'x-token': hidden.header } }
  const wrong = [
    { url: `https://user:${hidden.password}@hooks.example.com/` },
    { url: `not a url ${hidden.password}` },
    { secret: `whsec_${hidden.secret}` },
    { headers: { 'x-token': `${hidden.header}\r\n` } },
    { headers: { [`x token ${hidden.header}`]: 'x' } },
    { headers: { host: hidden.header } },
    { topics: ['no topic'] },
    { owners: [{ email: 'nobody' }] },
  ]
  for (const field of wrong) {
    const error: unknown = await hookward.integrations.put({ ...right, ...field }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(HookwardError)
    const { message, nextStep, stack, cause } = error as HookwardError
    const told = [message, nextStep, stack, String(cause)].join('\n')
    for (const value of [hidden.secret, hidden.password]) expect(told).not.toContain(value)
  }
})

it('of mail are in no error of the options', async () => {
  const mail = { url: `smtp://user:${hidden.password}@/`, from: 'hooks@example.com' }
  const error: unknown = await startWorld({ mail }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'MAIL_URL_INVALID' })
  expect(`${(error as Error).message} ${String((error as Error).cause)}`).not.toContain(hidden.password)
})

it('of the egress proxy are in no error, no outcome and no request', async () => {
  const network = { allow: ['127.0.0.0/8'], proxy: `http://user:${hidden.proxy}@127.0.0.1:1` }
  const { hookward, clock, register, comment } = await startWorld({ network })
  await register()
  await comment()
  clock.advanceBy(1_000)
  await hookward.idle()
  const told =
    JSON.stringify([await hookward.log('bot'), await hookward.explain('bot')]) + inspect(hookward, { depth: 9 })
  expect(told).toContain('PROXY_UNREACHABLE')
  const wrong = { ...network, proxy: `${network.proxy}/path` }
  const error: unknown = await startWorld({ network: wrong }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'OPTION_INVALID' })
  for (const value of [hidden.proxy, btoa(`user:${hidden.proxy}`)])
    expect(told + String((error as Error).stack)).not.toContain(value)
})

it('lie in the documents and the journal only, not in the request log beside them', async () => {
  const { dir, hookward, receiver, register, comment } = await startWorld()
  await register({ secret: hidden.secret, headers: { 'x-token': hidden.header } })
  receiver.answer(404)
  await comment()
  await hookward.stop()
  const paths = (await readdir(dir, { recursive: true })).filter((path) => /\.json(l|\.prev)?$/.test(path))
  const files = paths.filter((path) => !/^(integrations|journal)\b/.test(path))
  expect(files.some((path) => path.startsWith('requests'))).toBe(true)
  for (const file of files) expect(await readFile(join(dir, file), 'utf8')).not.toContain(hidden.header)
})

/** One integration's whole way into `disabled`, with a mail server that refuses its login, in every form it is told. */
async function everythingTold() {
  const store = tapped()
  const lines: unknown[] = []
  const line = (fields: object, fact: string) => lines.push({ fields, fact })
  const logger: Logger = { info: line, warn: line, error: line }
  const policy = sentry({ windowDays: 1, retriesMs: [] })
  const world = await startWorld({ store, logger, policy, secrets: { get: () => hidden.kept } })
  const { hookward, receiver, smtp, events, again, register } = world
  const until = Date.UTC(2100, 0, 1)
  const oldSecrets = [hidden.old, { ref: 'kept' }].map((secret) => ({ secret, until }))
  await register({ secret: hidden.secret, oldSecrets, headers: { 'x-token': hidden.header } })
  await hookward.stop()
  smtp.refuse(535, `wrong password ${hidden.password}`, 'AUTH')
  const mail = { url: smtp.url.replace('://', `://user:${hidden.password}@`), from: 'hooks@example.com' }
  const next = await again({ mail })
  const seen: unknown[] = []
  next.inspect((inspection) => seen.push(inspection))
  next.on('delivery.failed', () => {
    throw new Error('a listener')
  })
  receiver.answer(404)
  await next.notifyComment(aComment())
  await next.idle()
  await next.notifyComment(aComment('held'))
  await next.idle()
  const views = [next.integrations.get('bot'), next.integrations.list(), next.installations.list()]
  const read = [next.explain('bot'), next.log('bot'), next.audit('bot'), next.transitions('bot'), next.notices('bot')]
  const told = JSON.stringify([events, lines, views, seen, await Promise.all(read)]) + inspect(next, { depth: 9 })
  expect(seen.length).toBeGreaterThan(0)
  expect(told).toContain('disabled')
  return { told, store, request: receiver.requests[0] }
}
