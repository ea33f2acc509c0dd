import type { Outcome } from '../../domain/outcome.ts'
import type { AttemptRequest, Transport } from '../../ports.ts'
import { expect } from './expect.ts'
import { startReceiver, type Receiver } from './receiver.ts'
import type { Answer } from './wire.ts'

/** A request that nothing is wrong with. It ends long before a test does, and long after its answer has come. */
export function aRequest(url: string, parts: Partial<AttemptRequest> = {}): AttemptRequest {
  return { url, headers: { 'x-id': 'dlv_1' }, body: Buffer.from('{"a":1}'), deadlineMs: 10_000, ...parts }
}

/** Long enough for what is about to happen on loopback, short enough to wait for. */
export const soonMs = 250

export const chunked = 'transfer-encoding: chunked'

/** The first chunk once, the others for ever. Each case has its own, however often it is asked for. */
export function dripping(first: string, others: string): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      if (first !== '') yield first
      for (;;) yield others
    },
  }
}

/** A transport, and a real receiver on loopback. */
export class TransportBench {
  readonly transport: Transport
  readonly receiver: Receiver

  private constructor(transport: Transport, receiver: Receiver) {
    this.transport = transport
    this.receiver = receiver
  }

  static async open(make: () => Transport): Promise<TransportBench> {
    return new TransportBench(make(), await startReceiver())
  }

  attempt(parts: Partial<AttemptRequest> = {}): Promise<Outcome> {
    return this.transport.attempt(aRequest(`${this.receiver.url}/hook`, parts))
  }

  /** One attempt, and then until its connection may be used again. */
  async warmUp(): Promise<void> {
    expect(await this.attempt()).toMatchObject({ kind: 'ok' })
    await new Promise(setImmediate)
  }

  answered(answer: Answer, parts: Partial<AttemptRequest> = {}): Promise<Outcome> {
    this.receiver.answer(answer)
    return this.attempt(parts)
  }

  async close(): Promise<void> {
    await this.transport.close()
    await this.receiver.close()
  }
}
