import type { Phase } from '../../domain/outcome.ts'

/** A moment in the life of an attempt: a connection was free for it, its request began, went out, got its head. */
export type Mark = 'linked' | 'started' | 'sent' | 'headed'

/** What the phases of an attempt took, on real monotonic time. */
export class Stopwatch {
  readonly startedAt = performance.now()
  readonly #marks = new Map<Mark, number>()

  get elapsedMs(): number {
    return performance.now() - this.startedAt
  }

  /** How long it waited until a connection was kept or made for it; a second try does not count. */
  get waitedMs(): number {
    return (this.#marks.get('linked') ?? performance.now()) - this.startedAt
  }

  mark(mark: Mark): void {
    if (mark !== 'linked' || !this.#marks.has(mark)) this.#marks.set(mark, performance.now())
  }

  /** @param dialled what the connection took, where one was made for it */
  phases(dialled: { readonly dns: number; readonly tls: number } = { dns: 0, tls: 0 }): Record<Phase, number> {
    const endedAt = performance.now()
    const [started, sent, headed] = (['started', 'sent', 'headed'] as const).map((mark) => this.#marks.get(mark))
    const reached = (started ?? endedAt) - this.startedAt
    const dns = Math.min(dialled.dns, reached)
    const tls = Math.min(dialled.tls, reached - dns)
    return rounded({
      dns,
      connect: reached - dns - tls,
      tls,
      send: (sent ?? started ?? endedAt) - (started ?? endedAt),
      head: (headed ?? endedAt) - (sent ?? started ?? endedAt),
      body: endedAt - (headed ?? endedAt),
    })
  }
}

function rounded(phases: Record<Phase, number>): Record<Phase, number> {
  const entries = Object.entries(phases).map(([phase, ms]) => [phase, Math.round(Math.max(ms, 0) * 10) / 10])
  return Object.fromEntries(entries) as Record<Phase, number>
}
