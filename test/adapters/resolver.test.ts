import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Resolver } from '../../src/adapters/undici/resolver.ts'
import { startDns, type DnsServer } from '../support/dns.ts'

let dns: DnsServer
let resolver: Resolver
let now = 0
const asked = () => dns.questions.filter(({ type }) => type === 'A').length

beforeEach(async () => {
  now = 0
  dns = await startDns()
  resolver = new Resolver({ nameServers: [dns.address], now: () => now })
})
afterEach(async () => {
  resolver.close()
  await dns.close()
})

describe('an answer', () => {
  it.each([
    [0, 1],
    [1, 1],
    [30, 30],
    [60, 60],
    [86_400, 60],
  ])('that may be kept for %d s is kept for %d s', async (ttlS, keptS) => {
    dns.answer(['8.8.8.8'])
    dns.ttl(ttlS)
    expect(await resolver.resolve('a.test')).toEqual(['8.8.8.8'])
    now = keptS * 1_000 - 1
    await resolver.resolve('a.test')
    expect(asked()).toBe(1)
    now += 1
    await resolver.resolve('a.test')
    expect(asked()).toBe(2)
  })

  it('that is a failure is kept for a second, with its code', async () => {
    dns.answer('nxdomain')
    await expect(resolver.resolve('a.test')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    dns.answer(['8.8.8.8'])
    now = 999
    await expect(resolver.resolve('a.test')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    expect(asked()).toBe(1)
    now = 1_000
    expect(await resolver.resolve('a.test')).toEqual(['8.8.8.8'])
  })

  it('is asked for once, however many wait for it', async () => {
    dns.answer(['8.8.8.8', '2606:4700::1111'])
    const all = await Promise.all(Array.from({ length: 100 }, () => resolver.resolve('a.test')))
    expect(new Set(all.map(String))).toEqual(new Set(['2606:4700::1111,8.8.8.8']))
    expect(dns.questions).toHaveLength(2)
  })

  it('is kept for so many names, and the oldest go first', async () => {
    const few = new Resolver({ nameServers: [dns.address], now: () => now, namesMax: 3 })
    dns.answer(['8.8.8.8'])
    for (const name of ['a.test', 'b.test', 'c.test', 'd.test']) await few.resolve(name)
    expect(few.size).toBe(3)
    await few.resolve('b.test')
    expect(asked()).toBe(4)
    await few.resolve('a.test')
    expect(asked()).toBe(5)
    few.close()
  })
})

describe('a name server', () => {
  it('that answers anything at all is there', async () => {
    dns.answer('servfail')
    await expect(resolver.resolve('a.test')).rejects.toMatchObject({ code: 'ESERVFAIL' })
    expect(resolver.isSilentSince(0)).toBe(false)
  })

  it('is asked for the root, and for nothing by search domains', async () => {
    dns.answer(({ name }) => (name === 'slow.test' ? later(400, ['8.8.8.8']) : 'servfail'))
    expect(await resolver.resolve('slow.test')).toEqual(['8.8.8.8'])
    expect(new Set(dns.questions.map(({ name }) => name))).toEqual(new Set(['slow.test', '']))
  })
})

function later<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms))
}
