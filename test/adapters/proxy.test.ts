import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { undiciTransport } from '../../src/adapters/undici/transport.ts'
import { createNetwork, type NetworkLists } from '../../src/policy/network.ts'
import type { Transport } from '../../src/ports.ts'
import { aRequest, soonMs } from '../../src/testing/contracts/transport-bench.ts'
import { certificate } from '../support/certificate.ts'
import { startProxy, type ProxyServer } from '../support/proxy.ts'
import { closedPort, startReceiver, type Receiver } from '../support/receiver.ts'

let proxy: ProxyServer
let receiver: Receiver
let transport: Transport
const open = (url = proxy.url, lists: NetworkLists = {}) =>
  (transport = undiciTransport({ network: createNetwork(lists), proxy: url }))
const attempt = (deadlineMs = 5_000) =>
  transport.attempt(aRequest(`http://hook.test:${receiver.port}/`, { deadlineMs }))

beforeEach(async () => {
  proxy = await startProxy()
  receiver = await startReceiver()
  open()
})
afterEach(async () => {
  await transport.close()
  await receiver.close()
  await proxy.close()
})

describe('an egress proxy', () => {
  it('is asked for a tunnel to the name, which it looks up, and the tunnel is kept', async () => {
    expect(await attempt()).toMatchObject({ kind: 'ok', reused: false, phasesMs: { dns: 0 } })
    await new Promise(setImmediate)
    expect(await attempt()).toMatchObject({ kind: 'ok', reused: true })
    const target = `hook.test:${receiver.port}`
    expect(proxy.heads).toEqual([`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`])
    expect(receiver.requests[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  it('never learns what is sent to an https receiver', async () => {
    const secure = await startReceiver({ tls: certificate })
    const outcome = await transport.attempt(aRequest(`https://hook.test:${secure.port}/`))
    expect(outcome).toMatchObject({ kind: 'unreachable', code: 'DEPTH_ZERO_SELF_SIGNED_CERT', phase: 'tls' })
    await secure.close()
  })

  it('hears the password it was given, and nobody else does', async () => {
    await transport.close()
    open(`http://user:pass%20word@127.0.0.1:${proxy.port}`)
    expect(await attempt()).toMatchObject({ kind: 'ok' })
    expect(proxy.heads[0]).toContain(`proxy-authorization: Basic ${btoa('user:pass word')}\r\n`)
    expect(JSON.stringify(receiver.requests)).not.toContain(btoa('user:pass word'))
  })

  it.each(['127.0.0.1', '10.0.0.1', '[::1]', 'localhost', 'intranet'])('is not asked for %s', async (host) => {
    const outcome = await transport.attempt(aRequest(`http://${host}:${receiver.port}/`))
    expect(outcome).toMatchObject({ kind: 'blocked', code: 'ADDRESS_REFUSED' })
    expect(proxy.heads).toEqual([])
  })

  it.each([
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 'blocked', 'PROXY_REFUSED'],
    ['HTTP/1.1 407 No\r\nX-Smokescreen-Error: deny\r\n\r\n', 'blocked', 'PROXY_REFUSED'],
    ['HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n', 'local', 'PROXY_AUTHENTICATION'],
    ['HTTP/1.1 502 Bad Gateway\r\n\r\n', 'unreachable', 'PROXY_CANNOT_CONNECT'],
    ['HTTP/1.1 429 Slow Down\r\n\r\n', 'local', 'PROXY_UNREACHABLE'],
    ['SSH-2.0-x\r\n\r\n', 'local', 'PROXY_UNREACHABLE'],
    ['', 'local', 'PROXY_UNREACHABLE'],
    [`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(9_000)}\r\n\r\n`, 'local', 'PROXY_UNREACHABLE'],
  ])('that answers %j makes it %s', async (answer, kind, code) => {
    proxy.refuse(answer)
    expect(await attempt()).toMatchObject({ kind, code, status: 0 })
    expect(receiver.connections()).toBe(0)
  })

  it('that is not there is our own trouble', async () => {
    await transport.close()
    open(`http://127.0.0.1:${await closedPort()}`)
    expect(await attempt()).toMatchObject({ kind: 'local', code: 'PROXY_UNREACHABLE', phase: 'connect' })
  })

  it('that nobody trusts is not used', async () => {
    const distrusted = await startReceiver({ tls: certificate })
    await transport.close()
    open(distrusted.url)
    expect(await attempt()).toMatchObject({ kind: 'local', code: 'PROXY_UNREACHABLE' })
    expect(distrusted.requests).toEqual([])
    await distrusted.close()
  })

  it('does not move the deadline', async () => {
    receiver.answer('hang')
    expect(await attempt(soonMs)).toMatchObject({ kind: 'timeout', code: 'DEADLINE', phase: 'head' })
    await receiver.until(() => receiver.open() === 0)
  })

  it.each(['', 'proxy.example', 'socks5://127.0.0.1:1080', 'http://127.0.0.1/path', 'http://s3cret@', 'ftp://s3cret/'])(
    'cannot be %j',
    (url) => {
      expect(() => open(url)).toThrow(/^OPTION_INVALID: (?!.*s3cret)/)
    },
  )
})
