import type { Phase } from '../../domain/outcome.ts'

/** A moment in the life of an attempt: a connection was free for it, its request began, went out, got its head. */
export type Mark = 'linked' | 'started' | 'sent' | 'headed'

/** What the phases of an attempt took, on real monotonic time. */
export class Stopwatch {
  readonly startedAt = performance.now()
  readonly #at: Record<Mark, number | undefined> = {
    linked: undefined,
    started: undefined,
    sent: undefined,
    headed: undefined,
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt
  }

  /** How long it waited until a connection was kept or made for it; a second try does not count. */
  get waitedMs(): number {
    return (this.#at.linked ?? performance.now()) - this.startedAt
  }

  mark(mark: Mark): void {
    if (mark !== 'linked' || this.#at.linked === undefined) this.#at[mark] = performance.now()
  }

  /** @param dialled what the connection took, where one was made for it */
  phases(dialled: { readonly dns: number; readonly tls: number } = { dns: 0, tls: 0 }): Record<Phase, number> {
    const endedAt = performance.now()
    const { started = endedAt, sent = started, headed = endedAt } = this.#at
    const reached = started - this.startedAt
    const dns = Math.min(dialled.dns, reached)
    const tls = Math.min(dialled.tls, reached - dns)
    return {
      dns: tenths(dns),
      connect: tenths(reached - dns - tls),
      tls: tenths(tls),
      send: tenths(sent - started),
      head: tenths(headed - sent),
      body: tenths(endedAt - headed),
    }
  }
}

function tenths(ms: number): number {
  return Math.round(Math.max(ms, 0) * 10) / 10
}
