import { createServer, type IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { beforeEach, describe, expect, it } from 'vitest'
import { createHookward, memoryStore } from '../src/index.ts'
import { importSecret } from '../src/policy/signature.ts'
import { verifySentry, verifyStandard } from '../src/verify.ts'

const whsec = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const old = 'whsec_b2xkLWtleS1vZi10d2VudHktZm91ci1ieXRlcw=='
const whsk = `whsk_${Buffer.alloc(32, 7).toString('base64')}`
const whpk = `whpk_${publicOf(whsk).toString('base64')}`
const text = 'a secret that both sides know'
type Received = { readonly headers: IncomingHttpHeaders; readonly body: Buffer }

/** What a receiver built on node:http gets from a whole engine. */
async function received(fields: object): Promise<Received> {
  const requests: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      requests.push({ headers: request.headers, body: Buffer.concat(chunks) })
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const store = memoryStore()
  const hookward = await createHookward({ store, network: { allow: ['127.0.0.1'] } })
  const bot = { slug: 'bot', organization: 'acme', url: `http://127.0.0.1:${port}/`, topics: ['invoice'] }
  await hookward.integrations.put({ ...bot, secret: text, ...fields })
  await hookward.installations.install({ integration: 'bot', organization: 'acme' })
  await hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: { text: 'naïve – 名前 🚀' } })
  await hookward.idle()
  await hookward.stop()
  server.close()
  const last = requests.at(-1)
  if (last === undefined) throw new Error('nothing came')
  return last
}

describe('what an engine sends', () => {
  it.each([
    ['a plain secret', {}, [text], []],
    ['whsec_', { secret: whsec }, [whsec], [whsec]],
    ['whsec_ for Sentry alone', { secret: whsec, signing: 'sentry' }, [whsec], []],
    ['whsec_ for Standard Webhooks alone', { secret: whsec, signing: 'standard' }, [], [whsec]],
    ['whsk_', { secret: whsk }, [], [whpk]],
    ['two live secrets', { secret: whsec, oldSecrets: [{ secret: old, until: 9e15 }] }, [whsec], [whsec, old]],
    ['two of two forms', { secret: whsk, oldSecrets: [{ secret: whsec, until: 9e15 }] }, [], [whpk, whsec]],
  ])('with %s is verified by each key that signs, and by no other', async (_what, fields, sentry, standard) => {
    const { headers, body } = await received(fields)
    for (const secret of [text, whsec, old])
      expect([secret, verifySentry(body, headers, secret)]).toEqual([secret, new Set<string>(sentry).has(secret)])
    for (const secret of [whsec, old, whpk])
      expect([secret, verifyStandard(body, headers, secret)]).toEqual([secret, new Set<string>(standard).has(secret)])
    expect(headers['sentry-hook-signature'] === undefined).toBe(sentry.length === 0)
    expect(headers['webhook-signature'] === undefined).toBe(standard.length === 0)
  })

  it('is verified by the standardwebhooks package, with the new secret and the old', async () => {
    const { headers, body } = await received({ secret: whsec, oldSecrets: [{ secret: old, until: 9e15 }] })
    for (const secret of [whsec, old])
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({ action: 'paid' })
  })

  it('is not signed by a secret that has ended', async () => {
    const { headers, body } = await received({ secret: whsec, oldSecrets: [{ secret: old, until: 1 }] })
    expect(verifyStandard(body, headers, old)).toBe(false)
    expect(verifyStandard(body, headers, whsec)).toBe(true)
  })
})

describe('verifyStandard', () => {
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
  const body = '{"test": 2432232314}'
  const now = 1_614_265_330_000
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
  let headers: Record<string, string>
  beforeEach(() => {
    headers = { 'webhook-id': id, 'webhook-timestamp': '1614265330', 'webhook-signature': signature }
  })
  const verified = (at = now, secret: string | string[] = whsec) => verifyStandard(body, headers, secret, { now: at })

  it('takes the worked vector, in every form headers come in', () => {
    expect(verified()).toBe(true)
    expect(verifyStandard(Buffer.from(body), new Headers(headers), whsec, { now })).toBe(true)
    const spelled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]))
    expect(verifyStandard(body, spelled, whsec, { now })).toBe(true)
    expect(verified(now, [old, whsec])).toBe(true)
  })

  it.each([
    [300_000, true],
    [-300_000, true],
    [301_000, false],
    [-301_000, false],
  ])('takes a request that is off by %d ms: %s', (offMs, taken) => {
    expect(verified(now + offMs)).toBe(taken)
  })

  it('has a tolerance of the caller’s choice', () => {
    expect(verifyStandard(body, headers, whsec, { now: now + 5_000, toleranceMs: 4_999 })).toBe(false)
    expect(verifyStandard(body, headers, whsec, { now: now + 5_000, toleranceMs: 5_000 })).toBe(true)
  })

  it.each([
    ['webhook-id', 'another'],
    ['webhook-id', ''],
    ['webhook-timestamp', '1614265331'],
    ['webhook-timestamp', '1614265330.0'],
    ['webhook-timestamp', ' 1614265330'],
    ['webhook-timestamp', '-1'],
    ['webhook-timestamp', '9'.repeat(400)],
    ['webhook-signature', ''],
    ['webhook-signature', 'v1,'],
    ['webhook-signature', signature.slice(0, -1)],
    ['webhook-signature', signature.replace('v1,', 'v2,')],
    ['webhook-signature', signature.replace('v1,', 'v1a,')],
    ['webhook-signature', `${'v1,AAAA '.repeat(16)}${signature}`],
  ])('refuses another %s: %s', (name, value) => {
    headers[name] = value
    expect(verified()).toBe(false)
  })

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'refuses a request without %s, or with two',
    (name) => {
      const two = { ...headers, [name.toUpperCase()]: headers[name] ?? '' }
      expect(verifyStandard(body, two, whsec, { now })).toBe(false)
      Reflect.deleteProperty(headers, name)
      expect(verified()).toBe(false)
    },
  )

  it('finds the one that fits among others', () => {
    headers['webhook-signature'] = `v1a,xx v1,yy ${signature} v3,zz`
    expect(verified()).toBe(true)
  })

  it('refuses another body', () => {
    expect(verifyStandard(body.replace(' ', ''), headers, whsec, { now })).toBe(false)
  })
})

describe('a call that cannot be right', () => {
  it.each([
    ['a parsed body', () => verifySentry({ a: 1 } as never, {}, text)],
    ['no secret', () => verifySentry('', {}, '')],
    ['no secrets', () => verifySentry('', {}, [])],
    ['an undefined secret', () => verifyStandard('', {}, undefined as never)],
    ['a secret without a prefix', () => verifyStandard('', {}, text)],
    ['half a key', () => verifyStandard('', {}, 'whsec_abc')],
  ])('throws: %s', (_what, call) => {
    expect(call).toThrow(TypeError)
  })
})

it('imports node:crypto and nothing else', () => {
  const source = readFileSync('src/verify.ts', 'utf8')
  expect([...source.matchAll(/^import .* from '(.*)'/gm)].map(([, from]) => from)).toEqual(['node:crypto'])
})

function publicOf(secret: string): Buffer {
  const { standard } = importSecret(secret)
  if (standard === undefined) throw new Error('no key')
  return Buffer.from(createPublicKey(standard).export({ format: 'jwk' }).x ?? '', 'base64url')
}
