import { createPublicKey, createSecretKey, verify } from 'node:crypto'
import { inspect } from 'node:util'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { checkSecret, checkSigning, idempotencyKey, importSecret } from '../../src/policy/signature.ts'
import { sentrySignature, standardSignature } from '../../src/policy/signature.ts'

const sentryKey = (secret: string) => importSecret(secret).sentry ?? createSecretKey(Buffer.alloc(0))
const bytes = (text: string) => Buffer.from(text, 'utf8')
const whsec = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const whsecOf = (length: number) => `whsec_${Buffer.alloc(length, 7).toString('base64')}`
const commentBody =
  '{"action":"created","installation":{"uuid":"7a485448-a9e2-4c85-8a3c-4f44175783c9"},"data":{"comment_id":1234,' +
  '"issue_id":100,"project_slug":"web-app","timestamp":"2024-06-01T12:00:00.000000Z","comment":"looks good"},' +
  '"actor":{"type":"user","id":42,"name":"Ada"}}'

describe('sentrySignature', () => {
  it.each([
    ['the comment body', commentBody, '4838c97b992c3744e8a3185462d66eb9609bdc608ffed16f01c3e544931f441f'],
    ['the same with blanks', spaced(commentBody), '330cf9d65bcae07be9307273758037eca601a341bf84344cc53ccc2d023e2b70'],
    ['{}', '{}', '7a7ebb23faee6a89358214bbc1b51863249fa079507370286393f6bf8f1b1382'],
  ])('gives the worked vector of %s', (_, body, signature) => {
    expect(sentrySignature(sentryKey('test-client-secret-0001'), bytes(body))).toBe(signature)
  })

  it('gives the worked vector of an empty body', () => {
    const sentry = sentryKey('client-secret-0123456789abcdef')
    const signature = '95de3a2015598debf92d916e1db3156eac31abf2214a7598312aad689cb71e88'
    expect(sentrySignature(sentry, new Uint8Array())).toBe(signature)
  })

  it('reads a secret as UTF-8 and, with whsec_, as the whole text', () => {
    const key = (secret: string) => sentryKey(secret).export().toString('utf8')
    expect(key('sëcret of sixteen')).toBe('sëcret of sixteen')
    expect(key(whsec)).toBe(whsec)
  })
})

describe('standardSignature', () => {
  afterEach(() => void vi.useRealTimers())
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
  const sign = (body: string) => {
    const { standard } = importSecret(whsec)
    return standard === undefined ? 'no key' : standardSignature(standard, id, 1_614_265_330, bytes(body))
  }

  it('gives the worked vector', () => {
    expect(sign('{"test": 2432232314}')).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it('is accepted by the standardwebhooks verifier, and not for another body', () => {
    // The verifier refuses old timestamps by the clock of the process, so that clock stands at the vector's moment.
    vi.useFakeTimers({ toFake: ['Date'], now: 1_614_265_330_000 })
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': sign('{"text":"\\u00e9"}'),
    }
    expect(new Webhook(whsec).verify('{"text":"\\u00e9"}', headers)).toEqual({ text: 'é' })
    expect(() => new Webhook(whsec).verify('{"text":"e"}', headers)).toThrow()
  })

  it('has no key unless the secret starts with whsec_', () => {
    expect(importSecret('test-client-secret-0001').standard).toBeUndefined()
  })
})

describe('a whsk_ secret', () => {
  const seed = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
  const whsk = `whsk_${seed.toString('base64')}`

  it('signs by ed25519, as the worked vector has it', () => {
    const { sentry, standard } = importSecret(whsk)
    expect(sentry).toBeUndefined()
    if (standard === undefined) throw new Error('no key')
    const body = bytes('{"test": 2432232314}')
    const signature = standardSignature(standard, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, body)
    expect(signature).toBe(
      'v1a,yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzvvHjI5kAey+r4iaBGxTFRrl2iBQxtDQ==',
    )
    const content = Buffer.concat([bytes('msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.'), body])
    expect(verify(null, content, createPublicKey(standard), Buffer.from(signature.slice(4), 'base64'))).toBe(true)
  })

  it('may carry its public key behind it', () => {
    const long = `whsk_${Buffer.concat([seed, Buffer.alloc(32)]).toString('base64')}`
    expect(importSecret(long).standard?.export({ format: 'jwk' })).toEqual(
      importSecret(whsk).standard?.export({ format: 'jwk' }),
    )
  })

  it.each([31, 33, 63, 65])('is not %d bytes long', (length) => {
    expect(() => checkSecret(`whsk_${Buffer.alloc(length, 7).toString('base64')}`)).toThrow(/^SECRET_INVALID/)
  })
})

describe('signing', () => {
  const kinds = (secret: string, signing?: 'sentry' | 'standard' | 'both') => Object.keys(importSecret(secret, signing))

  it('is together or apart', () => {
    expect(kinds(whsec)).toEqual(['sentry', 'standard'])
    expect(kinds(whsec, 'both')).toEqual(['sentry', 'standard'])
    expect(kinds(whsec, 'sentry')).toEqual(['sentry'])
    expect(kinds(whsec, 'standard')).toEqual(['standard'])
    expect(kinds('test-client-secret-0001')).toEqual(['sentry'])
  })

  it.each([
    ['test-client-secret-0001', 'standard'],
    ['test-client-secret-0001', 'both'],
    [`whsk_${Buffer.alloc(32, 7).toString('base64')}`, 'both'],
    [`whsk_${Buffer.alloc(32, 7).toString('base64')}`, 'sentry'],
  ] as const)('is refused where the secret %s cannot do it: %s', (secret, signing) => {
    expect(() => checkSigning(secret, signing)).toThrow(/^SECRET_INVALID: (?!.*(0001|BwcH))/)
  })
})

describe('importSecret', () => {
  it('keeps what it holds out of what is printed', () => {
    expect(inspect(importSecret(whsec), { depth: 9, showHidden: true })).not.toContain('MfKQ9r8G')
  })

  it('refuses a malformed whsec_ even when nobody checked it before', () => {
    expect(() => importSecret('whsec_@@@@@@@@@@@@@@@@')).toThrow(/^SECRET_INVALID/)
  })
})

describe('checkSecret', () => {
  it.each([
    ['16 characters', 'sixteen-letters!'],
    ['1,024 characters', 'x'.repeat(1_024)],
    ['a key of 24 bytes', whsecOf(24)],
    ['a key of 64 bytes', whsecOf(64)],
    ['letters outside ASCII', 'schlüssel für 😀 alle'],
  ])('accepts %s', (_, secret) => {
    expect(checkSecret(secret)).toBe(secret)
  })

  it.each([
    ['nothing', undefined, 'SECRET_MISSING'],
    ['null', null, 'SECRET_MISSING'],
    ['an empty text', '', 'SECRET_MISSING'],
    ['a number', 1_234_567_890_123_456, 'SECRET_INVALID'],
    ['15 characters', 'fifteen-letters', 'SECRET_INVALID'],
    ['1,025 characters', 'x'.repeat(1_025), 'SECRET_INVALID'],
    ['a key of 23 bytes', whsecOf(23), 'SECRET_INVALID'],
    ['a key of 65 bytes', whsecOf(65), 'SECRET_INVALID'],
    ['a key that is not base64', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!', 'SECRET_INVALID'],
    ['a key in the URL alphabet', `whsec_${'-_'.repeat(16)}`, 'SECRET_INVALID'],
    ['a key with a line break', `${whsec}\n`, 'SECRET_INVALID'],
    ['half a character', `sixteen-letters!\ud83d`, 'SECRET_INVALID'],
  ])('refuses %s and does not quote it', (_, secret, code) => {
    const message = messageOf(() => checkSecret(secret))
    expect(message).toMatch(new RegExp(`^${code}:`))
    if (typeof secret === 'string' && secret.length > 8) expect(message).not.toContain(secret.slice(6, 12))
    expect(message).not.toContain('1234567890')
  })
})

describe('idempotencyKey', () => {
  const seed = '3f2504e04f8941d39a0c0305e82c3301'

  it.each([
    ['installation', '123', '0a22de57aaa6fe1a8618f8463ea943a7'],
    ['installation', '456', 'ed8463f02a75f95b69464c0e6d9bc0e3'],
    ['servicehook', '123', 'c993ef74e36d83c352bcee77192585af'],
  ])('gives the worked vector of %s:%s', (type, id, key) => {
    expect(idempotencyKey(seed, type, id)).toBe(key)
  })

  it.each(['', 'not-uuid', '0'.repeat(32), seed.toUpperCase(), seed.slice(1), `${seed}0`, `${seed}\n`])(
    'refuses the seed %j',
    (malformed) => {
      expect(() => idempotencyKey(malformed, 'installation', '123')).toThrow(/^EVENT_INVALID/)
    },
  )
})

function spaced(body: string): string {
  return body.replaceAll(',"', ', "').replaceAll('":', '": ')
}

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  return 'it was not refused'
}
