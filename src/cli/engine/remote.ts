import { setTimeout as wait } from 'node:timers/promises'
import { failed } from '../failure.ts'
import { valueOf } from './answer.ts'
import { pathOf, type Engine, type Message } from './engine.ts'
import { messagesOf } from './messages.ts'

const readMsMax = 30_000
/** A probe has the deadline of an attempt, 30 s at the most, and may wait for another. */
const actMsMax = 120_000
const streamTriesMax = 5
const streamPauseMs = 1_000

/**
 * An engine that runs, by the address of its dashboard; the token goes with each request as `authorization: Bearer`, and
 * `stop` ends those under way.
 */
export function remoteEngine(address: string, token: string | undefined, stop: AbortSignal): Engine {
  const base = baseOf(address)
  const own = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { ...own, ...(init.headers as Record<string, string> | undefined) }
    try {
      return await fetch(new URL(path, base), { redirect: 'manual', ...init, headers })
    } catch (cause) {
      if (stop.aborted) throw failed('INTERRUPTED', `${base.href} was not waited for`, { cause })
      throw unreachable(base, cause)
    }
  }
  const within = (ms: number) => AbortSignal.any([stop, AbortSignal.timeout(ms)])
  const get = async <T>(path: string) => valueOf<T>(await ask(path, { signal: within(readMsMax) }), base.href)
  return {
    where: base.href,
    get: (part, params) => get(pathOf(part, params)),
    act: async <T>(body: object, part: 'act' | 'import' = 'act') => {
      const session = await get<{ readonly token: string }>(pathOf('session'))
      const headers = { 'content-type': 'application/json', 'x-hookward-token': session.token, origin: base.origin }
      const sent = { method: 'POST', headers, body: JSON.stringify(body), signal: within(actMsMax) }
      return valueOf<T>(await ask(pathOf(part), sent), base.href)
    },
    listen: (slug, signal) => listen(base, slug, signal, ask),
  }
}

/** Begins again where it broke off: the server keeps what was told meanwhile. */
async function* listen(
  base: URL,
  slug: string | undefined,
  signal: AbortSignal,
  ask: (path: string, init: RequestInit) => Promise<Response>,
): AsyncIterable<Message> {
  let lastId: string | undefined
  for (let tries = 0; tries < streamTriesMax && !signal.aborted; tries += 1) {
    const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId }
    const answer = await ask(pathOf('stream', { slug }), { headers, signal }).catch((error: unknown) => {
      if (tries === 0 && !signal.aborted) throw error
      return undefined
    })
    if (answer?.ok === false) await valueOf(answer, base.href)
    // A stream ends now and then, also when nothing was told.
    if (answer !== undefined) tries = 0
    for await (const message of messagesOf(answer?.body ?? null)) {
      lastId = message.id ?? lastId
      yield message
    }
    await wait(streamPauseMs, undefined, { signal }).catch(() => undefined)
  }
  if (!signal.aborted) throw failed('STREAM_LOST', `${base.href} tells nothing any more`)
}

function baseOf(address: string): URL {
  if (!URL.canParse(address)) throw failed('USAGE', '--url is no address')
  const url = new URL(address)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw failed('USAGE', '--url is neither http nor https')
  if (url.username !== '' || url.password !== '')
    throw failed('USAGE', '--url holds a user or a password: the token is given as HOOKWARD_TOKEN')
  url.search = url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

function unreachable(base: URL, error: unknown): Error {
  const { name, cause } = error as {
    readonly name?: string
    readonly cause?: { readonly code?: string; readonly message?: string }
  }
  const why = name === 'TimeoutError' ? 'in time' : `(${cause?.code ?? cause?.message ?? name ?? 'unknown error'})`
  return failed('ENGINE_UNREACHABLE', `nobody answers at ${base.href} ${why}`, { cause: error })
}
