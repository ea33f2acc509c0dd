import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { undiciTransport, type UndiciTransportOptions } from '../../src/adapters/undici/transport.ts'
import { createNetwork } from '../../src/policy/network.ts'
import type { Transport } from '../../src/ports.ts'
import { aRequest, soonMs } from '../../src/testing/contracts/transport-bench.ts'
import { certificate } from '../support/certificate.ts'
import { startDns, type DnsServer } from '../support/dns.ts'
import { startFullListener } from '../support/full-listener.ts'
import { closedPort, startReceiver, type Receiver } from '../support/receiver.ts'

let receiver: Receiver
let dns: DnsServer
let transport: Transport

/** A transport that asks our name server. */
const open = (lists: Parameters<typeof createNetwork>[0], options: Partial<UndiciTransportOptions> = {}) =>
  (transport = undiciTransport({ network: createNetwork(lists), nameServers: [dns.address], ...options }))
const named = (parts: { readonly deadlineMs?: number } = {}) =>
  transport.attempt(aRequest(`http://hook.test:${receiver.port}/`, parts))

beforeEach(async () => {
  receiver = await startReceiver()
  dns = await startDns()
  open({ allow: ['127.0.0.1'] })
})
afterEach(async () => {
  await transport.close()
  await dns.close()
  await receiver.close()
})

describe('a literal address', () => {
  it.each(['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'])(
    '%s is refused before anything is dialled',
    async (host) => {
      await transport.close()
      open({})
      const outcome = await transport.attempt(aRequest(`http://${host}:${receiver.port}/`))
      expect(outcome).toMatchObject({ kind: 'blocked', status: 0, code: 'ADDRESS_REFUSED', phase: 'connect' })
      expect(outcome.body).toBe('refused: loopback')
      expect(receiver.connections()).toBe(0)
      expect(dns.questions).toEqual([])
    },
  )

  it('is dialled when the operator allows it, and its neighbours are not', async () => {
    expect(await transport.attempt(aRequest(receiver.url))).toMatchObject({ kind: 'ok' })
    const neighbour = await transport.attempt(aRequest(`http://127.0.0.2:${receiver.port}/`))
    expect(neighbour).toMatchObject({ kind: 'blocked', body: 'refused: loopback' })
  })

  it('is refused on a blocked port, whatever the operator allows', async () => {
    const outcome = await transport.attempt(aRequest('http://127.0.0.1:25/'))
    expect(outcome).toMatchObject({ kind: 'blocked', body: 'refused: blocked port' })
  })

  it('that turns out to lead elsewhere is left without a word', async () => {
    await transport.close()
    // The system takes 0.0.0.0 for loopback: only the address of the peer gives it away.
    open({ allow: ['0.0.0.0'] })
    const outcome = await transport.attempt(aRequest(`http://0.0.0.0:${receiver.port}/`))
    expect(outcome).toMatchObject({ kind: 'blocked', body: 'refused: loopback' })
    expect(receiver.requests).toHaveLength(0)
    await receiver.until(() => receiver.open() === 0)
  })
})

describe('a name', () => {
  it('is asked for in both families, and found when one of them knows it', async () => {
    dns.answer(['127.0.0.1'])
    expect(await named()).toMatchObject({ kind: 'ok' })
    expect(receiver.requests[0]?.headers.host).toBe(`hook.test:${receiver.port}`)
    expect(dns.questions).toHaveLength(2)
    expect(dns.questions).toEqual(
      expect.arrayContaining([
        { name: 'hook.test', type: 'A' },
        { name: 'hook.test', type: 'AAAA' },
      ]),
    )
  })

  it('is found when the other family is in trouble', async () => {
    dns.answer(({ type }) => (type === 'A' ? ['127.0.0.1'] : 'servfail'))
    expect(await named()).toMatchObject({ kind: 'ok' })
  })

  it.each([
    [['127.0.0.1', '127.0.0.2']],
    [['127.0.0.2', '127.0.0.1']],
    [['127.0.0.1', '::1']],
    [['127.0.0.1', '::ffff:7f00:2']],
  ])('is refused when one of its answers is bad: %j', async (answers) => {
    dns.answer(answers)
    const outcome = await named()
    expect(outcome).toMatchObject({ kind: 'blocked', status: 0, code: 'ADDRESS_REFUSED', phase: 'dns' })
    expect(outcome.body).toBe('refused: loopback')
    expect(receiver.connections()).toBe(0)
  })

  it('is dialled at the very address that was checked, and checked anew for each connection', async () => {
    const elsewhere = await startReceiver({ host: '127.0.0.2', port: receiver.port })
    dns.answer(({ type }) =>
      dns.questions.filter((question) => question.type === type).length === 1 ? ['127.0.0.1'] : ['127.0.0.2'],
    )
    receiver.answer({ status: 200, headers: { connection: 'close' } })
    expect(await named()).toMatchObject({ kind: 'ok' })
    expect(await named()).toMatchObject({ kind: 'ok' })
    expect(dns.questions).toHaveLength(2)
    // No answer is kept for less than a second.
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    expect(await named()).toMatchObject({ kind: 'blocked', body: 'refused: loopback' })
    expect(dns.questions).toHaveLength(4)
    expect([receiver.connections(), elsewhere.connections()]).toEqual([2, 0])
    await elsewhere.close()
  })

  it('is dialled at its next address when the first does not answer', async () => {
    await transport.close()
    open({ allow: ['127.0.0.0/8', '::1'] })
    dns.answer(['::1', '127.0.0.3', '127.0.0.1'])
    expect(await named()).toMatchObject({ kind: 'ok' })
  })

  it.each(['localhost', 'app.localhost', 'intranet'])('%s is never even asked for', async (host) => {
    dns.answer(['127.0.0.1'])
    const outcome = await transport.attempt(aRequest(`http://${host}:${receiver.port}/`))
    expect(outcome).toMatchObject({ kind: 'blocked', code: 'ADDRESS_REFUSED' })
    expect(dns.questions).toEqual([])
    expect(receiver.connections()).toBe(0)
  })

  it('may stand in the hosts file when the operator allows it', async () => {
    await transport.close()
    open({ allow: ['localhost'] })
    const outcome = await transport.attempt(aRequest(`http://localhost:${receiver.port}/`))
    expect(outcome).toMatchObject({ kind: 'ok' })
    expect(dns.questions).toEqual([])
  })

  it.each([
    ['nobody knows', 'nxdomain', 'ENOTFOUND'],
    ['the name server cannot tell', 'servfail', 'ESERVFAIL'],
    ['stands for no address', [], 'ENODATA'],
  ] as const)('that %s cannot be reached', async (_what, answer, code) => {
    dns.answer(answer)
    expect(await named()).toMatchObject({ kind: 'unreachable', status: 0, code, phase: 'dns' })
  })

  it('that is not told in time is a timeout', async () => {
    dns.answer('silent')
    expect(await named({ deadlineMs: soonMs })).toMatchObject({ kind: 'timeout', code: 'DEADLINE', phase: 'dns' })
  })

  it('that is told too late is not dialled', async () => {
    let tell = (_addresses: readonly string[]): void => undefined
    const late = new Promise<readonly string[]>((resolve) => (tell = resolve))
    dns.answer(() => late)
    expect(await named({ deadlineMs: soonMs })).toMatchObject({ kind: 'timeout', phase: 'dns' })
    tell(['127.0.0.1'])
    // Answers come in their order: when the next attempt is through, the late answer has been heard.
    expect(await named()).toMatchObject({ kind: 'ok' })
    expect(receiver.connections()).toBe(1)
  })

  it('nobody can be asked for is our own trouble', async () => {
    await transport.close()
    open({}, { nameServers: [`127.0.0.1:${await closedPort()}`] })
    expect(await named()).toMatchObject({ kind: 'local', code: 'NAME_SERVER_UNREACHABLE', phase: 'dns' })
  })

  it('is not to blame when the name server says nothing to anybody', async () => {
    dns.answer('silent')
    expect(await named({ deadlineMs: 800 })).toMatchObject({
      kind: 'local',
      code: 'NAME_SERVER_UNREACHABLE',
      phase: 'dns',
    })
    expect(dns.questions.map(({ type }) => type).sort()).toEqual(['A', 'AAAA', 'other'])
  })

  it('is to blame when the name server is silent about it alone', async () => {
    dns.answer(({ name }) => (name === 'hook.test' ? 'silent' : 'servfail'))
    expect(await named({ deadlineMs: 800 })).toMatchObject({ kind: 'timeout', code: 'DEADLINE', phase: 'dns' })
  })

  it('that stands for more than 32 addresses is not dialled', async () => {
    dns.answer(Array.from({ length: 33 }, (_, i) => `127.0.1.${i}`))
    expect(await named()).toMatchObject({ kind: 'unreachable', code: 'TOO_MANY_ADDRESSES', phase: 'dns' })
  })

  it('is given up at once when the transport closes', async () => {
    const asked = new Promise<void>((resolve) => dns.answer(() => (resolve(), 'silent')))
    const attempting = named()
    await asked
    await transport.close()
    expect(await attempting).toMatchObject({ kind: 'local', code: 'SHUTTING_DOWN' })
  })
})

describe('a connection that is never made', () => {
  it.runIf(process.platform === 'linux')('ends at the deadline, and when the transport closes', async () => {
    const listener = await startFullListener()
    expect(await transport.attempt(aRequest(listener.url, { deadlineMs: soonMs }))).toMatchObject({
      kind: 'timeout',
      code: 'DEADLINE',
      phase: 'connect',
    })
    const attempting = transport.attempt(aRequest(listener.url))
    await transport.close()
    expect(await attempting).toMatchObject({ kind: 'local', code: 'SHUTTING_DOWN', phase: 'connect' })
    await listener.close()
  })

  it.runIf(process.platform === 'linux')('is not counted against the next attempts to the same place', async () => {
    const listener = await startFullListener()
    for (let round = 0; round < 2; round += 1) {
      const attempts = Array.from({ length: 16 }, () =>
        transport.attempt(aRequest(listener.url, { deadlineMs: soonMs })),
      )
      const outcomes = await Promise.all(attempts)
      expect(outcomes.map(({ kind, phase }) => `${kind} ${phase}`)).toEqual(
        Array.from({ length: 16 }, () => 'timeout connect'),
      )
    }
    await listener.close()
  })
})

describe('many connections that are never made', () => {
  it.runIf(process.platform === 'linux')('leave the others their turn', async () => {
    const listener = await startFullListener()
    const { port } = new URL(listener.url)
    dns.answer(['127.0.0.1'])
    const dead = Array.from({ length: 150 }, (_, i) =>
      transport.attempt(aRequest(`http://dead${i}.test:${port}/`, { deadlineMs: 4_000 })),
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await named({ deadlineMs: 2_000 })).toMatchObject({ kind: 'ok' })
    await transport.close()
    expect(new Set((await Promise.all(dead)).map(({ code }) => code))).toEqual(new Set(['SHUTTING_DOWN']))
    await listener.close()
  })
})

describe('a TLS connection', () => {
  const secure = (port: number, parts: { readonly deadlineMs?: number } = {}) =>
    transport.attempt(aRequest(`https://127.0.0.1:${port}/`, parts))

  it('with a certificate that nobody trusts is not used', async () => {
    const distrusted = await startReceiver({ tls: certificate })
    const outcome = await secure(distrusted.port)
    expect(outcome).toMatchObject({ kind: 'unreachable', code: 'DEPTH_ZERO_SELF_SIGNED_CERT', phase: 'tls' })
    expect(distrusted.requests).toHaveLength(0)
    await distrusted.close()
  })

  it('to a server that speaks no TLS cannot be reached', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    expect(await secure(port)).toMatchObject({ kind: 'unreachable', status: 0, phase: 'tls' })
    server.close()
  })

  it('to a server that says nothing ends at the deadline, and is freed', async () => {
    // It speaks plain HTTP and waits for the rest of what it takes for a head.
    const outcome = await secure(receiver.port, { deadlineMs: soonMs })
    expect(outcome).toMatchObject({ kind: 'timeout', code: 'DEADLINE', phase: 'tls' })
    await receiver.until(() => receiver.open() === 0)
  })

  it('that is being made is given up when the transport closes', async () => {
    const attempting = secure(receiver.port)
    await receiver.until(() => receiver.connections() === 1)
    await transport.close()
    expect(await attempting).toMatchObject({ kind: 'local', code: 'SHUTTING_DOWN' })
    await receiver.until(() => receiver.open() === 0)
  })
})

describe('the name servers', () => {
  it.each(['dns.example.com', '', '127.0.0.1/8'])('must be addresses: %j is refused', (nameServer) => {
    expect(() => undiciTransport({ network: createNetwork({}), nameServers: [nameServer] })).toThrow(/^OPTION_INVALID/)
  })
})
