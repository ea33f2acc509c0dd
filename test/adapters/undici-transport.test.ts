import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { undiciTransport } from '../../src/adapters/undici/transport.ts'
import { createNetwork } from '../../src/policy/network.ts'
import type { Transport } from '../../src/ports.ts'
import { transportContract } from '../../src/testing.ts'
import { aRequest, soonMs } from '../../src/testing/contracts/transport-bench.ts'
import { keepsTo } from '../support/contract.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'

const network = createNetwork({ allow: ['127.0.0.0/8'] })

keepsTo(
  'undiciTransport as a transport',
  transportContract(() => undiciTransport({ network })),
)

describe('undiciTransport', () => {
  let receiver: Receiver
  let transport: Transport
  beforeEach(async () => {
    receiver = await startReceiver()
    transport = undiciTransport({ network })
  })
  afterEach(async () => {
    await transport.close()
    await receiver.close()
  })

  it.each([
    [0, '', true],
    [5, '01234', true],
    [16_384, '0123456789', false],
  ])('keeps %d characters of a body when told so', async (responseBodyCharsMax, body, truncated) => {
    const own = undiciTransport({ network, responseBodyCharsMax })
    receiver.answer({ status: 200, body: '0123456789' })
    expect(await own.attempt(aRequest(receiver.url))).toMatchObject({ kind: 'ok', body, truncated })
    await own.close()
  })

  it.each([-1, 0.5, 16_385, Number.NaN])('refuses to keep %d characters', (responseBodyCharsMax) => {
    expect(() => undiciTransport({ network, responseBodyCharsMax })).toThrow(/^OPTION_INVALID: responseBodyCharsMax/)
  })

  it('tells where the time went, over which connection, and how many bytes came', async () => {
    receiver.answer('hang')
    const attempting = transport.attempt(aRequest(receiver.url))
    await receiver.received(1)
    await new Promise((resolve) => setTimeout(resolve, 60))
    receiver.release({ raw: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok' })
    const first = await attempting
    expect(first).toMatchObject({ reused: false, address: '127.0.0.1', bytesIn: 40, bodyBytes: 2 })
    const { dns = -1, connect = -1, tls = -1, send = -1, head = -1, body = -1 } = first.phasesMs ?? {}
    expect([dns, tls]).toEqual([0, 0])
    expect(head).toBeGreaterThan(30)
    for (const ms of [connect, send, body]) expect(ms).toBeGreaterThanOrEqual(0)
    expect(Math.abs(connect + send + head + body - first.durationMs)).toBeLessThan(5)
    await new Promise(setImmediate)
    receiver.answer({ raw: 'HTTP/1.1 204 No Content\r\n\r\n' })
    const second = await transport.attempt(aRequest(receiver.url))
    expect(second).toMatchObject({ reused: true, address: '127.0.0.1', bytesIn: 27, bodyBytes: 0 })
  })

  it('leaves an answer that floods where nothing is counted', async () => {
    const flood = (function* () {
      yield 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;'
      for (;;) yield Buffer.alloc(65_536, 'x')
    })()
    receiver.answer({ raw: flood })
    const outcome = await transport.attempt(aRequest(receiver.url, { deadlineMs: 60_000 }))
    expect(outcome).toMatchObject({ kind: 'ok', truncated: true, bodyBytes: 0 })
    await receiver.until(() => receiver.open() === 0)
  })

  it('stops reading where no more can be kept', async () => {
    let sent = 0
    receiver.answer({
      raw: (function* () {
        yield 'HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n'
        for (;;) {
          sent += 65_536
          yield Buffer.alloc(65_536, 'x')
        }
      })(),
    })
    const outcome = await transport.attempt(aRequest(receiver.url))
    expect(outcome).toMatchObject({ kind: 'ok', body: 'x'.repeat(1_024), truncated: true })
    expect(outcome.bodyBytes).toBeLessThanOrEqual(3 * 65_536)
    await receiver.until(() => receiver.open() === 0)
    // What was not read stands in the buffers of the system: some megabytes at most, of a billion.
    expect(sent).toBeLessThan(64 * 1_048_576)
  })

  it('says that the request did not get away when the receiver does not read', async () => {
    const server = createServer({ pauseOnConnect: true }, (socket) => socket.on('error', () => undefined))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const body = Buffer.alloc(64 * 1_048_576)
    const outcome = await transport.attempt(aRequest(`http://127.0.0.1:${port}/`, { body, deadlineMs: soonMs }))
    expect(outcome).toMatchObject({ kind: 'timeout', code: 'DEADLINE', phase: 'send' })
    await transport.close()
    server.close()
  })

  it('blames itself when the process stood still over the deadline', async () => {
    receiver.answer('hang')
    const attempting = transport.attempt(aRequest(receiver.url, { deadlineMs: soonMs }))
    await receiver.received(1)
    standStill(soonMs + 1_100)
    expect(await attempting).toMatchObject({ kind: 'local', status: 0, code: 'EVENT_LOOP_LATE' })
  })

  it('blames itself when the process stood still for more than half of the time', async () => {
    receiver.answer('hang')
    const attempting = transport.attempt(aRequest(receiver.url, { deadlineMs: 1_000 }))
    await receiver.received(1)
    await new Promise((resolve) => setTimeout(resolve, 60))
    standStill(700)
    expect(await attempting).toMatchObject({ kind: 'local', status: 0, code: 'EVENT_LOOP_LATE' })
  })

  it('takes an answer that came in time, however late it is read', async () => {
    receiver.answer('hang')
    const attempting = transport.attempt(aRequest(receiver.url, { deadlineMs: soonMs }))
    await receiver.received(1)
    receiver.release(204)
    standStill(soonMs + 100)
    expect(await attempting).toMatchObject({ kind: 'ok', status: 204 })
  })
})

function standStill(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}
