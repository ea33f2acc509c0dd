import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { attemptHeaders, checkHeaders, maskHeaders, parseHeaderLines } from '../../src/policy/headers.ts'
import type { AttemptFacts } from '../../src/policy/headers.ts'
import { importSecret } from '../../src/policy/signature.ts'

const whsec = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const count = (n: number, value = 'v') => Object.fromEntries(Array.from({ length: n }, (_, i) => [`x-${i}`, value]))

describe('checkHeaders', () => {
  it.each([
    ['nothing', undefined, {}],
    [
      'an object, trimming values',
      { Authorization: ' \tBearer abc ', 'X-Empty': '' },
      { Authorization: 'Bearer abc', 'X-Empty': '' },
    ],
    ['a tab inside a value', { 'X-A': 'a\tb' }, { 'X-A': 'a\tb' }],
    ['header lines', 'X-A: 1\r\nno colon here\nX-B : two: three', { 'X-A': '1', 'X-B': 'two: three' }],
    ['32 headers', count(32), count(32)],
    ['a value of 1,024 characters', { 'x-a': 'v'.repeat(1_024) }, { 'x-a': 'v'.repeat(1_024) }],
    ['names that only look like ours', { 'x-webhook-id': '1', hosts: '2' }, { 'x-webhook-id': '1', hosts: '2' }],
  ])('accepts %s', (_, given, kept) => {
    expect(checkHeaders(given)).toEqual(kept)
  })

  it.each(['idempotency-key', 'Idempotency-Key', 'IDEMPOTENCY-KEY'])('drops %s without a word', (name) => {
    expect(checkHeaders({ [name]: 'mine', 'X-A': '1' })).toEqual({ 'X-A': '1' })
  })

  it.each(
    (
      'Host content-length Transfer-Encoding connection keep-alive upgrade te trailer expect proxy-authorization ' +
      'Proxy-Anything accept-encoding Cookie Content-Type User-Agent Request-ID Sentry-Hook-Signature ' +
      'sentry-hook-x Webhook-Id WEBHOOK-SIGNATURE'
    ).split(' '),
  )('refuses %s, which is not for an integration to set', (name) => {
    expect(() => checkHeaders({ [name]: 'x' })).toThrow(`HEADER_INVALID: "${name}" cannot be set`)
  })

  it.each([
    ['a name with a blank', { 'x a': 'v' }],
    ['an empty name', { '': 'v' }],
    ['a line break in a value', { 'x-a': 'v\r\nx-b: w' }],
    ['a value outside ASCII', { 'x-a': 'é' }],
    ['a null byte', { 'x-a': '\0' }],
    ['U+007F', { 'x-a': '\u007f' }],
    ['a value that is no text', { 'x-a': 1 }],
    ['the same name in two letter cases', { 'X-A': '1', 'x-a': '2' }],
    ['33 headers', count(33)],
    ['a value of 1,025 characters', { 'x-a': 'v'.repeat(1_025) }],
    ['more than 8 KiB in all', count(9, 'v'.repeat(1_000))],
    ['lines that are too long', `x-a: 1\n${'y'.repeat(16_384)}`],
    ['a list', ['x-a: 1']],
    ['null', null],
    ['a number', 7],
  ])('refuses %s', (_, given) => {
    expect(() => checkHeaders(given)).toThrow(/^HEADER_INVALID/)
  })

  it('never quotes a value, not even one written where the name belongs', () => {
    expect(() => checkHeaders({ 'Authorization: Bearer t0ps3cret': '' })).toThrow(/^HEADER_INVALID: "Authorization" is/)
    expect(() => checkHeaders({ 'x-a': 't0ps3cret\n' })).toThrow(/^(?!.*t0ps3cret)/)
  })

  it('keeps a header called __proto__ a header', () => {
    const kept = checkHeaders(JSON.parse('{"__proto__":"x"}'))
    expect(Object.entries(kept)).toEqual([['__proto__', 'x']])
  })
})

describe('parseHeaderLines', () => {
  it('cuts at the first colon, trims both sides and ignores lines without one', () => {
    const lines = '  Authorization :  Bearer a:b  \nnothing\r\n\r\nX-Empty:\n'
    expect(parseHeaderLines(lines)).toEqual({ Authorization: 'Bearer a:b', 'X-Empty': '' })
  })

  it('gives nothing for an empty text', () => {
    expect(parseHeaderLines('')).toEqual({})
  })
})

describe('maskHeaders', () => {
  it('replaces the values of custom headers by 64 asterisks and keeps all else', () => {
    const masked = maskHeaders({ 'X-Token': 'abc', 'Request-ID': '1' }, ['x-token', 'X-Absent'])
    expect(masked).toEqual({ 'X-Token': '*'.repeat(64), 'Request-ID': '1' })
  })
})

describe('attemptHeaders', () => {
  afterEach(() => void vi.useRealTimers())

  it('gives exactly the headers of the documents, and our name', () => {
    expect(attemptHeaders(anAttempt())).toEqual({
      'Content-Type': 'application/json',
      'User-Agent': 'hookward',
      'Request-ID': 'ab'.repeat(16),
      'Sentry-Hook-Resource': 'comment',
      'Sentry-Hook-Timestamp': '1717243200',
      'Sentry-Hook-Signature': '7a7ebb23faee6a89358214bbc1b51863249fa079507370286393f6bf8f1b1382',
      'Idempotency-Key': '0a22de57aaa6fe1a8618f8463ea943a7',
    })
  })

  it('puts custom headers first, and ours win whatever their letter case', () => {
    const custom = { 'X-Token': 'abc', 'user-agent': 'mine', 'SENTRY-HOOK-RESOURCE': 'mine', 'idempotency-KEY': 'mine' }
    const headers = attemptHeaders(anAttempt({ custom }))
    expect(Object.keys(headers)[0]).toBe('X-Token')
    expect(Object.values(headers)).not.toContain('mine')
    const names = Object.keys(headers).map((name) => name.toLowerCase())
    expect(new Set(names).size).toBe(names.length)
  })

  it('signs by Standard Webhooks too when the secret is made for it', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_717_243_200_999 })
    const body = Buffer.from('{"action":"created"}')
    const headers = attemptHeaders(anAttempt({ keys: [importSecret(whsec)], body }))
    expect(headers).toMatchObject({ 'webhook-id': 'dlv_1', 'webhook-timestamp': '1717243200' })
    expect(headers).toHaveProperty('Sentry-Hook-Signature')
    expect(new Webhook(whsec).verify(body.toString(), headers)).toEqual({ action: 'created' })
  })

  it('refuses an event id without a seed', () => {
    expect(() => attemptHeaders(anAttempt({ seed: '1' }))).toThrow(/^EVENT_INVALID/)
  })
})

function anAttempt(facts: Partial<AttemptFacts> = {}): AttemptFacts {
  return {
    topic: 'comment.created',
    deliveryId: 'dlv_1',
    installationId: '123',
    seed: '3f2504e04f8941d39a0c0305e82c3301',
    keys: [importSecret('test-client-secret-0001')],
    custom: {},
    body: Buffer.from('{}'),
    at: 1_717_243_200_999,
    requestId: 'ab'.repeat(16),
    ...facts,
  }
}
