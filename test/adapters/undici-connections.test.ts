import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { undiciTransport } from '../../src/adapters/undici/transport.ts'
import { createNetwork } from '../../src/policy/network.ts'
import type { AttemptRequest, Transport } from '../../src/ports.ts'
import { aRequest, soonMs } from '../../src/testing/contracts/transport-bench.ts'
import { startReceiver, type Answer, type Receiver } from '../support/receiver.ts'

const network = createNetwork({ allow: ['127.0.0.0/8'] })

describe('undiciTransport', () => {
  let receiver: Receiver
  let transport: Transport
  const attempt = (parts: Partial<AttemptRequest> = {}) => transport.attempt(aRequest(`${receiver.url}/hook`, parts))
  /** One attempt, and then until its connection may be used again. */
  const warmUp = async () => {
    expect(await attempt()).toMatchObject({ kind: 'ok' })
    await new Promise(setImmediate)
  }
  const answered = (answer: Answer, parts: Partial<AttemptRequest> = {}) => {
    receiver.answer(answer)
    return attempt(parts)
  }

  beforeEach(async () => {
    receiver = await startReceiver()
    transport = undiciTransport({ network })
  })
  afterEach(async () => {
    await transport.close()
    await receiver.close()
  })

  it('adds to the headers it was given what HTTP asks for, and that nothing is to be compressed', async () => {
    const headers = { 'X-Spelled': 'As Given', 'content-type': 'application/json' }
    await attempt({ headers })
    expect(new Map(receiver.requests[0]?.rawHeaders)).toEqual(
      new Map([
        ['host', `127.0.0.1:${receiver.port}`],
        ['connection', 'keep-alive'],
        ['X-Spelled', 'As Given'],
        ['content-type', 'application/json'],
        ['accept-encoding', 'identity'],
        ['content-length', '7'],
      ]),
    )
  })

  describe('a kept connection', () => {
    it('carries the next request', async () => {
      for (let n = 0; n < 5; n += 1) await warmUp()
      expect(receiver.connections()).toBe(1)
    })

    it('is given up when the receiver says so', async () => {
      receiver.answer({ status: 200, headers: { connection: 'close' } }, 200)
      await warmUp()
      await warmUp()
      expect(receiver.connections()).toBe(2)
    })

    it.each(['reset', 'close'] as const)('that has gone stale (%s) costs one more try on a new one', async (end) => {
      receiver.answer(200, end, { status: 200, body: 'there' })
      await warmUp()
      const body = Buffer.from('{"the":"same"}')
      expect(await attempt({ headers: { 'x-id': 'dlv_2' }, body })).toMatchObject({ kind: 'ok', body: 'there' })
      expect(receiver.requests.slice(1).map(({ connection }) => connection)).toEqual([1, 2])
      for (const request of receiver.requests.slice(1)) {
        expect(request.headers['x-id']).toBe('dlv_2')
        expect(request.body).toEqual(body)
      }
    })

    it('that has gone stale is not replaced by another that has gone stale', async () => {
      await Promise.all([warmUp(), warmUp()])
      receiver.answer(({ connection }) => (connection <= 2 ? 'close' : 200))
      expect(await attempt()).toMatchObject({ kind: 'ok' })
      expect(receiver.requests.slice(2).map(({ connection }) => connection > 2)).toEqual([false, true])
    })

    it('that has gone stale costs no more than that', async () => {
      receiver.answer(200, 'close', 'close', 200)
      await warmUp()
      expect(await attempt()).toMatchObject({ kind: 'unreachable', code: 'SOCKET_CLOSED' })
      expect(receiver.requests).toHaveLength(3)
    })

    it('that breaks off after the first byte of an answer is not asked again', async () => {
      receiver.answer(200, { raw: 'H', end: true }, 200)
      await warmUp()
      expect(await attempt()).toMatchObject({ kind: 'unreachable', code: 'SOCKET_CLOSED' })
      expect(receiver.requests).toHaveLength(2)
    })

    it('that falls silent is not asked again', async () => {
      receiver.answer(200, 'hang')
      await warmUp()
      expect(await attempt({ deadlineMs: soonMs })).toMatchObject({ kind: 'timeout', phase: 'head' })
      await receiver.until(() => receiver.open() === 0)
      expect(receiver.requests).toHaveLength(2)
    })

    it.each(['close', 'reset'] as const)('that ends (%s) just before it is used costs nothing', async (how) => {
      await warmUp()
      receiver.cut(how)
      expect(await attempt()).toMatchObject({ kind: 'ok' })
      expect(receiver.requests.map(({ connection }) => connection)).toEqual([1, 2])
    })

    it('does not take what was never asked for as an answer', async () => {
      await answered({
        raw: 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n',
      })
      await new Promise(setImmediate)
      expect(await answered(204)).toMatchObject({ kind: 'ok', status: 204 })
    })
  })

  describe('many attempts at once', () => {
    it('make 16 connections to one receiver at most', async () => {
      await Promise.all(Array.from({ length: 300 }, () => attempt()))
      expect(receiver.connections()).toBeLessThanOrEqual(16)
    })

    it('are not all blamed on a slow receiver: those that never got a connection are our own trouble', async () => {
      receiver.answer('hang')
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => attempt({ deadlineMs: 500 })))
      await receiver.until(() => receiver.open() === 0)
      expect(outcomes.filter(({ kind }) => kind === 'timeout')).toHaveLength(16)
      expect(outcomes.flatMap(({ kind, code }) => (kind === 'local' ? [code] : []))).toEqual(
        Array.from({ length: 4 }, () => 'NO_CONNECTION_FREE'),
      )
    })
  })

  describe('an attempt that waits for a connection', () => {
    it('is given up at its deadline and never sent afterwards', async () => {
      receiver.answer('hang')
      const busy = Array.from({ length: 16 }, () => attempt())
      await receiver.received(16)
      expect(await attempt({ deadlineMs: soonMs })).toMatchObject({
        kind: 'local',
        code: 'NO_CONNECTION_FREE',
        phase: 'connect',
      })
      receiver.answer(200)
      receiver.release()
      for (const outcome of await Promise.all(busy)) expect(outcome.kind).toBe('ok')
      await warmUp()
      expect(receiver.requests).toHaveLength(17)
    })
  })
})
