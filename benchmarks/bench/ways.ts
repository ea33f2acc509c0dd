import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import {
  createHookward,
  lowdbStore,
  memoryStore,
  type Change,
  type Hookward,
  type HookwardOptions,
  type Store,
} from '../../src/index.ts'
import { Fifo } from '../../src/domain/fifo.ts'
import { undiciTransport } from '../../src/adapters/undici/transport.ts'
import { createNetwork } from '../../src/policy/network.ts'
import type { Receivers } from './receivers.ts'

/** One way to deliver; what differs between two of them is what is measured. */
export interface Way {
  /** Sends so many events, never more than `inFlight` of them at a time. */
  run(events: number, inFlight: number): Promise<void>
  close(): Promise<void>
}

const secret = 'a secret of many characters'
const network = { allow: ['127.0.0.0/8'] }

/** What an event says: a little under 1 KB, as most do. */
export function eventOf(id: number) {
  return { id, title: 'An invoice was paid', lines: Array.from({ length: 8 }, (_, n) => ({ n, text: line })) }
}

const line = 'x'.repeat(80)

/** Keeps `inFlight` of `send` under way until all events are done. */
export async function inFlightOf(
  events: number,
  inFlight: number,
  send: (event: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const one = async () => {
    while (next < events) await send(next++)
  }
  await Promise.all(Array.from({ length: inFlight }, one))
}

/** The floor: undici's `dispatch` of bytes that were made beforehand, with as many headers as ours have. */
export function dispatching({ integrations, url }: Receivers): Way {
  const agent = new Agent({ connections: 16, pipelining: 1 })
  const body = Buffer.from(JSON.stringify({ action: 'paid', data: eventOf(1) }))
  const headers = {
    ...headersOf(body, sign(body, secret)),
    'User-Agent': 'hookward',
    'Request-ID': '0'.repeat(32),
    'Sentry-Hook-Resource': 'invoice',
    'Sentry-Hook-Timestamp': '1700000000',
    'Idempotency-Key': '0'.repeat(32),
    'accept-encoding': 'identity',
  }
  const places = Array.from({ length: integrations }, (_, n) => new URL(url(n)))
  const send = (event: number) => {
    const { origin = '', pathname: path = '' } = places[event % integrations] ?? {}
    return new Promise<void>((resolve, reject) => {
      agent.dispatch(
        { origin, path, method: 'POST', headers, body },
        {
          onRequestStart: () => undefined,
          onResponseStart: () => undefined,
          onResponseData: () => undefined,
          onResponseEnd: () => resolve(),
          onResponseError: (_, error) => reject(error),
        },
      )
    })
  }
  return { run: (events, inFlight) => inFlightOf(events, inFlight, send), close: () => agent.close() }
}

/** What people write by hand. */
export function loop({ integrations, url }: Receivers): Way {
  const dispatcher = new Agent({ connections: 16 })
  const send = async (event: number) => {
    const body = JSON.stringify({ action: 'paid', data: eventOf(event) })
    const headers = headersOf(body, sign(body, secret))
    const signal = AbortSignal.timeout(15_000)
    const answer = await request(url(event % integrations), { method: 'POST', headers, body, signal, dispatcher })
    await answer.body.text()
  }
  return { run: (events, inFlight) => inFlightOf(events, inFlight, send), close: () => dispatcher.close() }
}

/** The same by somebody who has measured it. */
export function tunedLoop({ integrations, url }: Receivers): Way {
  const dispatcher = new Agent({ connections: 16 })
  const key = createSecretKey(Buffer.from(secret))
  const limits = { headersTimeout: 15_000, bodyTimeout: 15_000, dispatcher }
  const send = async (event: number) => {
    const body = JSON.stringify({ action: 'paid', data: eventOf(event) })
    const headers = headersOf(body, sign(body, key))
    const answer = await request(url(event % integrations), { method: 'POST', headers, body, ...limits })
    await answer.body.dump()
  }
  return { run: (events, inFlight) => inFlightOf(events, inFlight, send), close: () => dispatcher.close() }
}

/** Our transport alone: the deadline, the guard of addresses and the outcome, and nothing of the engine. */
export function transporting({ integrations, url }: Receivers): Way {
  const transport = undiciTransport({ network: createNetwork(network) })
  const body = Buffer.from(JSON.stringify({ action: 'paid', data: eventOf(1) }))
  const headers = headersOf(body, sign(body, secret))
  const send = (event: number) =>
    transport.attempt({ url: url(event % integrations), headers, body, deadlineMs: 15_000 })
  return { run: (events, inFlight) => inFlightOf(events, inFlight, send), close: () => transport.close() }
}

/** The whole engine, from `emit` until the delivery is settled and told of. */
export async function engine(receivers: Receivers, options: HookwardOptions): Promise<Way> {
  const { integrations, url } = receivers
  const hookward = await createHookward({ network, ...options })
  await inFlightOf(integrations, 100, (n) => register(hookward, n, url(n)))
  // Whichever is delivered makes room for another.
  const waiting = new Fifo<() => void>()
  hookward.on('delivered', () => waiting.shift()?.())
  const send = async (event: number) => {
    const organization = `org-${event % integrations}`
    await hookward.emit({ topic: 'invoice.paid', organization, data: eventOf(event) })
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const run = async (events: number, inFlight: number) => {
    await inFlightOf(events, inFlight, send)
    await hookward.idle()
  }
  return { run, close: () => hookward.stop() }
}

/** Over the store that is the default. */
export function durable(receivers: Receivers, dress: (store: Store) => Store = (store) => store): Promise<Way> {
  return inFolder((dir) => engine(receivers, { store: dress(lowdbStore({ dir })) }))
}

export function inMemory(receivers: Receivers): Promise<Way> {
  return engine(receivers, { store: memoryStore() })
}

/** A store that is given no line of the request log. */
export function withoutLog(store: Store): Store {
  const commit: Store['commit'] = ({ log: _log, ...change }) => store.commit(change)
  const commitAll = (changes: readonly Change[]) => store.commitAll?.(changes.map(({ log: _log, ...change }) => change))
  const own = { commit, commitAll }
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(target, name, target)
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value
    },
  })
}

export async function register(hookward: Hookward, n: number, url: string): Promise<void> {
  const [slug, organization] = [`app-${n}`, `org-${n}`]
  await hookward.integrations.put({ slug, organization, url, secret, topics: ['invoice'] })
  await hookward.installations.install({ integration: slug, organization }, { announce: false })
}

/** A way in a folder of its own, which goes with it. */
async function inFolder(make: (dir: string) => Promise<Way>): Promise<Way> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
  const way = await make(dir)
  return { ...way, close: () => way.close().then(() => rm(dir, { recursive: true })) }
}

function sign(body: string | Buffer, key: string | KeyObject): string {
  return createHmac('sha256', key).update(body).digest('hex')
}

function headersOf(body: string | Buffer, signature: string) {
  return {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Sentry-Hook-Signature': signature,
  }
}
