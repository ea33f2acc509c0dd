import type { AttemptRequest, Random, Transport } from '../../src/ports.ts'

/** How an attempt breaks a promise. */
export type Breach = 'disabled at start' | 'disabled' | 'twice at once' | 'probes'

interface Begun {
  readonly at: number
  readonly turn: number
}

/**
 * Stands inside the engine's process, where the order of things is known: no attempt begins while its integration is
 * disabled but for one that was asked for by hand, no delivery has two at once, and of a broken one there is one probe.
 * An attempt begins when it asks for its `Request-ID`. What is said of an installation may be sent in any state.
 */
export class Watch {
  readonly #report: (breach: Breach, fact: string) => void
  readonly #begun = new Map<string, Begun>()
  /** By integration: since which turn it is off, or broken. */
  readonly #off = new Map<string, number>()
  readonly #broken = new Map<string, number>()
  readonly #asked = new Set<string>()
  readonly #inFlight = new Set<string>()
  readonly #probed = new Set<string>()
  /** What began before it was known how the engine found its integrations. */
  #early: { readonly slug: string; readonly at: number }[] | null = []
  #turn = 0

  constructor(report: (breach: Breach, fact: string) => void) {
    this.#report = report
  }

  /** These were off at the start, each since that moment. */
  found(disabled: ReadonlyMap<string, number>): void {
    for (const { slug, at } of this.#early ?? [])
      if (at > (disabled.get(slug) ?? Infinity))
        this.#report('disabled at start', `${slug} was sent to at a start though it was disabled`)
    for (const slug of disabled.keys()) this.#off.set(slug, ++this.#turn)
    this.#early = null
  }

  disabled(slug: string): void {
    this.#broken.delete(slug)
    this.#off.set(slug, ++this.#turn)
  }

  broken(slug: string): void {
    this.#broken.set(slug, ++this.#turn)
  }

  recovered(slug: string): void {
    this.#broken.delete(slug)
    this.#off.delete(slug)
  }

  /** One probe by hand may follow, until it is answered. */
  asked(slug: string): void {
    this.#asked.add(slug)
  }

  answered(slug: string): void {
    this.#asked.delete(slug)
  }

  random(inner: Random): Random {
    const begin = () => {
      const id = inner.uuid()
      this.#begun.set(id.replaceAll('-', ''), { at: Date.now(), turn: ++this.#turn })
      return id
    }
    return { uuid: begin, fraction: () => inner.fraction() }
  }

  transport(inner: Transport): Transport {
    return { close: () => inner.close(), attempt: (request) => this.#attempt(inner, request) }
  }

  async #attempt(inner: Transport, request: AttemptRequest): ReturnType<Transport['attempt']> {
    const slug = request.url.slice(request.url.lastIndexOf('/') + 1)
    const headers = new Headers(request.headers)
    const key = headers.get('idempotency-key') ?? ''
    const requestId = headers.get('request-id') ?? ''
    const begun = this.#begun.get(requestId) ?? { at: 0, turn: 0 }
    this.#begun.delete(requestId)
    const isJudged = headers.get('sentry-hook-resource') !== 'installation'
    const isProbe = isJudged && this.#judge(slug, begun)
    if (this.#inFlight.has(key)) this.#report('twice at once', `a delivery to ${slug} had two attempts at once`)
    this.#inFlight.add(key)
    try {
      return await inner.attempt(request)
    } finally {
      this.#inFlight.delete(key)
      if (isProbe) this.#probed.delete(slug)
    }
  }

  /** Whether it is a probe of the chart's. */
  #judge(slug: string, { at, turn }: Begun): boolean {
    this.#early?.push({ slug, at })
    if (turn > (this.#off.get(slug) ?? Infinity)) {
      if (!this.#asked.delete(slug)) this.#report('disabled', `${slug} was sent to while it was disabled`)
      return false
    }
    if (turn <= (this.#broken.get(slug) ?? Infinity)) return false
    if (this.#probed.has(slug)) this.#report('probes', `${slug} was broken, and probed twice at once`)
    this.#probed.add(slug)
    return true
  }
}
