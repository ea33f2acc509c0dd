import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { Webhook } from 'standardwebhooks'
import { anIntegration, secret, startWorld, turns } from '../support/world.ts'

const current = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const previous = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'

it('signs with both secrets until the old one ends, and Sentry with the current one alone', async () => {
  const { receiver, clock, register, comment } = await startWorld()
  await register({ secret: current, oldSecrets: [{ secret: previous, until: clock.now() + 1_000 }] })
  await comment()
  clock.advanceBy(1_000)
  await comment()
  const [both, one] = receiver.requests
  expect(both?.headers['webhook-signature']?.split(' ')).toHaveLength(2)
  expect(one?.headers['webhook-signature']?.split(' ')).toHaveLength(1)
  expect(both?.headers['sentry-hook-signature']).toBe(hmac(current, both?.body))
  for (const [key, request] of [
    [current, both],
    [previous, both],
    [current, one],
  ] as const)
    expect(() => verified(key, request?.headers, request?.body, clock.now())).not.toThrow()
  expect(() => verified(previous, one?.headers, one?.body, clock.now())).toThrow()
})

it('finds a secret by its name when it is needed, and again after a minute', async () => {
  const asked: string[] = []
  const get = (ref: string) => {
    asked.push(ref)
    return Promise.resolve(secret)
  }
  const { receiver, clock, register, comment } = await startWorld({ secrets: { get } })
  await register({ secret: { ref: 'vault/bot' } })
  await comment()
  await comment()
  expect(asked).toEqual(['vault/bot'])
  clock.advanceBy(60_000)
  await comment()
  expect(asked).toEqual(['vault/bot', 'vault/bot'])
  for (const { headers, body } of receiver.requests) expect(headers['sentry-hook-signature']).toBe(hmac(secret, body))
})

it.each([
  ['is not found', { get: () => Promise.reject(new Error(`no ${secret}`)) }, 'SECRET_UNKNOWN'],
  ['gives nothing', { get: () => undefined as never }, 'SECRET_UNKNOWN'],
  ['is too short', { get: () => 'short' }, 'SECRET_INVALID'],
])('refuses to register a name under which a secret %s', async (_, secrets, code) => {
  const { hookward, receiver } = await startWorld({ secrets })
  const put = hookward.integrations.put({ ...anIntegration(receiver.url), secret: { ref: 'vault/bot' } })
  await expect(put).rejects.toMatchObject({ code })
  await expect(put).rejects.not.toThrow(secret)
  expect(hookward.integrations.list()).toEqual([])
})

it('keeps what another call changed while a secret was looked for, and whose uuid was told', async () => {
  const given: (() => void)[] = []
  const get = () => new Promise<string>((resolve) => given.push(() => resolve(secret)))
  const { hookward, receiver } = await startWorld({ secrets: { get } })
  const bot = { ...anIntegration(receiver.url), secret: { ref: 'vault/bot' } }
  const puts = [
    hookward.integrations.put({ ...bot, deadlineMs: 2_000 }),
    hookward.integrations.put({ ...bot, headers: { 'x-a': '1' } }),
  ]
  while (given.length === 0) await turns()
  for (const give of given) give()
  const [first, second] = await Promise.all(puts)
  expect(second).toMatchObject({ uuid: first?.uuid, deadlineMs: 2_000, headerNames: ['x-a'] })
})

it('refuses a name when there is nowhere to look', async () => {
  const { hookward, receiver } = await startWorld()
  const put = hookward.integrations.put({ ...anIntegration(receiver.url), secret: { ref: 'vault/bot' } })
  await expect(put).rejects.toMatchObject({ code: 'SECRET_UNKNOWN' })
})

it('waits with a delivery whose secret is not to be had, spends no attempt and blames nobody', async () => {
  let isThere = true
  const secrets = { get: () => (isThere ? Promise.resolve(secret) : Promise.reject(new Error('sealed'))) }
  const { hookward, receiver, clock, register, comment } = await startWorld({ secrets })
  await register({ secret: { ref: 'vault/bot' } })
  clock.advanceBy(60_000)
  isThere = false
  await comment()
  expect(receiver.requests).toHaveLength(0)
  expect(await hookward.log('bot')).toMatchObject([{ outcome: { kind: 'local' }, became: 'waiting' }])
  isThere = true
  clock.advanceBy(1_000)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(1)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
})

it('never shows a secret or where it is kept', async () => {
  const { hookward, register } = await startWorld({ secrets: { get: () => secret } })
  await register({ secret: { ref: 'vault/bot' }, oldSecrets: [{ secret: previous, until: Date.UTC(2030, 0) }] })
  const shown = JSON.stringify([
    hookward.integrations.get('bot'),
    await hookward.audit('bot'),
    await hookward.explain('bot'),
  ])
  for (const hidden of [secret, previous, 'vault/bot']) expect(shown).not.toContain(hidden)
})

function hmac(key: string, body: Buffer | undefined): string {
  return createHmac('sha256', key)
    .update(body ?? '')
    .digest('hex')
}

/** The library's clock is the system's, so the moment of the signature is checked here. */
function verified(
  key: string,
  headers: Readonly<Record<string, string>> = {},
  body: Buffer = Buffer.alloc(0),
  now: number,
) {
  expect(headers['webhook-timestamp']).toMatch(/^\d+$/)
  expect(Math.abs(Number(headers['webhook-timestamp']) - now / 1_000)).toBeLessThanOrEqual(2)
  const { 'webhook-id': id = '', 'webhook-timestamp': at = '', 'webhook-signature': signatures = '' } = headers
  const signed = new Webhook(key).sign(id, new Date(Number(at) * 1_000), body.toString())
  if (!signatures.split(' ').includes(signed)) throw new Error('no signature matches')
}
