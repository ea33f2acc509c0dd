import { describe, expect, it } from 'vitest'
import { kindOfFailure, kindOfStatus, retryAfterMs, retryAfterMsMax } from '../../src/policy/outcome.ts'

const now = Date.UTC(2026, 10, 22, 12)

describe('kindOfStatus', () => {
  it.each([
    [101, 'protocol'],
    [199, 'protocol'],
    [200, 'ok'],
    [204, 'ok'],
    [299, 'ok'],
    [300, 'redirect'],
    [301, 'redirect'],
    [399, 'redirect'],
    [400, 'rejected'],
    [404, 'rejected'],
    [409, 'rejected'],
    [410, 'gone'],
    [411, 'rejected'],
    [428, 'rejected'],
    [429, 'throttled'],
    [430, 'rejected'],
    [499, 'rejected'],
    [500, 'server'],
    [502, 'server'],
    [503, 'server'],
    [504, 'server'],
    [599, 'server'],
    [600, 'server'],
    [999, 'server'],
  ] as const)('calls %d %s', (status, kind) => {
    expect(kindOfStatus(status)).toBe(kind)
  })

  it.each(['0', '120', ' 120 ', 'Sun, 22 Nov 2026 12:00:30 GMT'])(
    'calls a 503 that asks to wait %j throttled',
    (wait) => {
      expect(kindOfStatus(503, { 'retry-after': wait })).toBe('throttled')
    },
  )

  it.each(['', 'soon', '-1', '1.5', '1e3', '0x10', '2026-11-22T12:00:30Z'])(
    'leaves a 503 whose retry-after is %j the fault of the server',
    (wait) => {
      expect(kindOfStatus(503, { 'retry-after': wait })).toBe('server')
    },
  )

  it('heeds a retry-after at no other status', () => {
    const asked = { 'retry-after': '60' }
    expect([200, 301, 400, 410, 500, 502, 504].map((status) => kindOfStatus(status, asked))).toEqual([
      'ok',
      'redirect',
      'rejected',
      'gone',
      'server',
      'server',
      'server',
    ])
  })
})

describe('kindOfFailure', () => {
  it.each([
    ['timeout', ['DEADLINE', 'CONNECT_TIMEOUT', 'ETIMEDOUT']],
    [
      'unreachable',
      ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'SOCKET_CLOSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'ENODATA'],
    ],
    ['unreachable', ['ESERVFAIL', 'ETIMEOUT', 'CERT_HAS_EXPIRED', 'EPROTO', 'ERR_TLS_CERT_ALTNAME_INVALID', 'NEW_ONE']],
    ['protocol', ['HPE_INVALID_CONSTANT', 'HPE_ANYTHING', 'HEAD_TOO_LARGE', 'TOO_MANY_INFORMATIONAL', 'BAD_ANSWER']],
    ['blocked', ['ADDRESS_REFUSED']],
    ['local', ['SHUTTING_DOWN', 'EVENT_LOOP_LATE', 'NO_CONNECTION_FREE', 'NAME_SERVER_UNREACHABLE']],
    ['local', ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']],
  ] as const)('calls these %s: %j', (kind, codes) => {
    for (const code of codes) expect([code, kindOfFailure(code)]).toEqual([code, kind])
  })
})

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['1', 1_000],
    ['120', 120_000],
    [' 007 ', 7_000],
    ['86400', retryAfterMsMax],
    ['86401', retryAfterMsMax],
    ['9'.repeat(400), retryAfterMsMax],
    ['Sun, 22 Nov 2026 12:00:00 GMT', 0],
    ['Sun, 22 Nov 2026 12:01:30 GMT', 90_000],
    ['Mon, 23 Nov 2026 12:00:01 GMT', retryAfterMsMax],
    ['Fri, 31 Dec 9999 23:59:59 GMT', retryAfterMsMax],
  ])('reads %j as %d ms', (header, waitMs) => {
    expect(retryAfterMs(header, now)).toBe(waitMs)
  })

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a word', 'soon'],
    ['a negative number', '-5'],
    ['a signed number', '+5'],
    ['a fraction', '1.5'],
    ['a number with an exponent', '1e3'],
    ['a hexadecimal number', '0x10'],
    ['two numbers', '5, 10'],
    ['a unit', '5s'],
    ['digits of another script', '５'],
    ['a date in the past', 'Sun, 22 Nov 2026 11:59:59 GMT'],
    ['an ISO date', '2026-11-22T13:00:00Z'],
    ['a date of the old form', 'Sunday, 22-Nov-26 13:00:00 GMT'],
    ['a date without a zone', 'Sun, 22 Nov 2026 13:00:00'],
    ['a date with an hour of its own', 'Sun, 22 Nov 2026 25:00:00 GMT'],
    ['a date in another zone', 'Sun, 22 Nov 2026 13:00:00 CET'],
  ])('ignores %s', (_what, header) => {
    expect(retryAfterMs(header, now)).toBeUndefined()
  })

  it('is 24 hours at the very most', () => {
    expect(retryAfterMsMax).toBe(86_400_000)
  })
})
