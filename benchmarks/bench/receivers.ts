import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Where integration `n` is to be found. */
export interface Receivers {
  readonly integrations: number
  readonly url: (n: number) => string
}

/** Receivers in a process of their own, on the other core: their work is none of ours. */
export async function withReceivers<T>(work: (at: (count: number, origins: number) => Receivers) => Promise<T>) {
  const sink = fork(join(import.meta.dirname, 'sink.mjs'))
  try {
    const [[port]] = (await once(sink, 'message')) as [readonly number[]]
    return await work((integrations, origins) => ({ integrations, url: (n) => urlOf(n % origins, port ?? 0) }))
  } finally {
    sink.disconnect()
  }
}

function urlOf(origin: number, port: number): string {
  return `http://127.0.${1 + Math.floor(origin / 250)}.${(origin % 250) + 1}:${port}/hook`
}
