import { setTimeout as wait } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { HookwardError, textOf } from '../../domain/errors.ts'
import type { Seal } from './seal.ts'

/** Where calls go in. */
export interface IngressParts {
  /** One URL of each node. */
  readonly nodes: readonly string[]
  readonly seal: Seal
  /** A call that has no answer for so long is made again, with the next node. */
  readonly callMs: number
  /** For so long it is tried again before it is given up. */
  readonly patienceMs: number
}

/** Who is called. */
export interface Target {
  readonly service: string
  readonly key: string
  readonly handler: string
  /** Made again with the same key it is done once. */
  readonly idempotencyKey?: string
  /** Answered as soon as it is accepted. */
  readonly isOneWay?: boolean
}

interface Answer {
  readonly status: number
  readonly bytes: Uint8Array
}

/** Waits between two tries, doubled up to the last. */
const [pauseMs, pauseMsMax] = [20, 500] as const
const connectionsMax = 64

/** Calls workers through a Restate cluster: a call that fails is made again, node after node, until it is accepted. */
export class Ingress {
  readonly #parts: IngressParts
  readonly #agent = new Agent({ connections: connectionsMax, pipelining: 1 })
  #turn = 0
  /** Somebody has answered before: a node that knows nobody has just started. */
  #isServed = false

  constructor(parts: IngressParts) {
    this.#parts = parts
  }

  /** Its answer. Throws `RESTATE_UNREACHABLE` once patience is over, `RESTATE_UNREGISTERED` where nobody serves it. */
  async call(target: Target, parameter: unknown): Promise<unknown> {
    const body = this.#parts.seal.close(parameter)
    const until = performance.now() + this.#parts.patienceMs
    for (let pause: number = pauseMs; ; pause = Math.min(2 * pause, pauseMsMax)) {
      const answer = await this.#try(target, body, until).catch((error: unknown) => error as Error)
      const isOver = performance.now() + pause >= until
      if (!(answer instanceof Error) && isAnswer(answer) && (isOver || !this.#isStarting(answer)))
        return this.#valueOf(target, answer)
      if (isOver) throw unreachable(target, answer)
      await wait(pause)
    }
  }

  #isStarting({ status }: Answer): boolean {
    if (status === 404) return this.#isServed
    this.#isServed ||= status < 300
    return false
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }

  async #try(target: Target, body: Uint8Array, until: number): Promise<Answer> {
    const { nodes, callMs } = this.#parts
    const node = nodes[this.#turn++ % nodes.length] ?? ''
    const { service, key, handler, idempotencyKey, isOneWay } = target
    const path = `${service}/${encodeURIComponent(key)}/${handler}${isOneWay === true ? '/send' : ''}`
    const headers = {
      'content-type': 'application/octet-stream',
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    }
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(callMs, until - performance.now()))))
    const answer = await request(new URL(path, node), {
      method: 'POST',
      headers,
      body,
      signal,
      dispatcher: this.#agent,
    })
    return { status: answer.statusCode, bytes: new Uint8Array(await answer.body.arrayBuffer()) }
  }

  #valueOf({ service, isOneWay }: Target, { status, bytes }: Answer): unknown {
    if (status === 404) throw new HookwardError('RESTATE_UNREGISTERED', `nobody serves ${service}`)
    if (status >= 300) throw new HookwardError('RESTATE_VERSION', `a call of ${service} was refused with ${status}`)
    return isOneWay === true ? undefined : this.#parts.seal.open(bytes)
  }
}

/** Anything else says that the node, or who it calls, is not there now. */
function isAnswer({ status }: Answer): boolean {
  return status < 300 || (status >= 400 && status < 500 && status !== 408 && status !== 429)
}

function unreachable({ service, handler }: Target, last: Answer | Error): HookwardError {
  const how = last instanceof Error ? textOf(last) : `status ${last.status}`
  return new HookwardError('RESTATE_UNREACHABLE', `${service}/${handler} had no answer in time (${how})`)
}
