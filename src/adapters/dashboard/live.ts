import { randomBytes } from 'node:crypto'
import type { Delivery } from '../../domain/delivery.ts'
import type { Explanation } from '../../domain/health.ts'
import type { OutcomeFacts } from '../../domain/outcome.ts'
import type { DashboardHost, HostEvent } from './host.ts'
import { present } from './present.ts'
import type { DashboardStep, DashboardTold } from './wire.ts'

/** Somebody who is watching, and of whom: one integration, or all of them in short. */
export interface Viewer {
  readonly slug: string | undefined
  /** Gives `false` when too much waits for it already. */
  readonly send: (text: string) => boolean
  readonly close: () => void
}

interface Told {
  readonly n: number
  readonly slug: string | undefined
  readonly isDelivery: boolean
  readonly data: DashboardTold
}

const keptMax = 1_000
const viewersMax = 100
/** Who comes back so soon was there all the while. */
const lingerMs = 10_000
const beatMs = 15_000
const pulseMs = 1_000

/**
 * Tells viewers what happens. The engine is listened to only while somebody watches, or did so a moment ago; what was
 * told meanwhile is kept, so that a viewer who comes back hears what it missed.
 */
export class Live {
  readonly #host: DashboardHost
  readonly #viewers = new Set<Viewer>()
  readonly #boot = randomBytes(6).toString('hex')
  readonly #onHealth: () => void
  #told: Told[] = []
  #n = 0
  #leave: (() => void) | undefined
  #timers: NodeJS.Timeout[] = []
  #lingering: NodeJS.Timeout | undefined
  #pulse = { delivered: 0, failed: 0 }

  constructor(host: DashboardHost, onHealth: () => void) {
    this.#host = host
    this.#onHealth = onHealth
  }

  get viewers(): number {
    return this.#viewers.size
  }

  /** Whether the engine is listened to. */
  get isListening(): boolean {
    return this.#leave !== undefined
  }

  get isFull(): boolean {
    return this.#viewers.size >= viewersMax
  }

  /** Sends what it missed, or word that it has to look anew, then what happens; the answer ends that. */
  join(viewer: Viewer, lastId: string | null): () => void {
    clearTimeout(this.#lingering)
    if (this.#leave === undefined) this.#listen()
    viewer.send(`retry: 2000\n\n${this.#missed(viewer, lastId)}`)
    this.#viewers.add(viewer)
    const unwatch = viewer.slug === undefined ? undefined : this.#watchChart(viewer, viewer.slug)
    return () => {
      unwatch?.()
      this.#viewers.delete(viewer)
      if (this.#viewers.size > 0) return
      clearTimeout(this.#lingering)
      this.#lingering = setTimeout(() => this.#deafen(), lingerMs).unref()
    }
  }

  #missed(viewer: Viewer, lastId: string | null): string {
    const last = Number(lastId?.split('.')[1])
    const isKnown =
      lastId?.startsWith(`${this.#boot}.`) === true && last <= this.#n && last >= (this.#told[0]?.n ?? this.#n + 1) - 1
    if (!isKnown) return this.#frame('hello', { isNew: lastId === null }, this.#n)
    return this.#told
      .filter((one) => one.n > last && concerns(one, viewer))
      .map((one) => this.#line(one))
      .join('')
  }

  /** States as the machine enters them, signal by signal. */
  #watchChart(viewer: Viewer, integration: string): () => void {
    return this.#host.inspect(
      (seen) => {
        if (seen.type !== 'snapshot' || seen.actor !== `integration:${integration}`) return
        const step: DashboardStep = { signal: seen.signal, value: seen.snapshot.value, at: seen.at }
        if (!viewer.send(this.#frame('chart', step))) viewer.close()
      },
      { integration },
    )
  }

  #listen(): void {
    this.#leave = this.#host.on('*', (event) => this.#hear(event))
    this.#timers = [
      setInterval(() => this.#each(() => true, ': beat\n\n'), beatMs).unref(),
      setInterval(() => this.#tellPulse(), pulseMs).unref(),
    ]
  }

  /** What happens from here on is not heard, so nobody may believe to have heard it all. */
  #deafen(): void {
    this.#leave?.()
    this.#leave = undefined
    for (const timer of this.#timers) clearInterval(timer)
    this.#n += 1
    this.#told = []
  }

  #hear(event: HostEvent): void {
    const isDelivery = event.type === 'delivered' || event.type.startsWith('delivery.')
    this.#n += 1
    const told: Told = { n: this.#n, slug: event.integration, isDelivery, data: shown(event) }
    this.#told.push(told)
    if (this.#told.length > 2 * keptMax) this.#told = this.#told.slice(-keptMax)
    if (event.type === 'delivered') this.#pulse.delivered += 1
    else if (event.type === 'delivery.failed') this.#pulse.failed += 1
    if (!isDelivery) this.#onHealth()
    let line: string | undefined
    this.#each(
      (viewer) => concerns(told, viewer),
      () => (line ??= this.#line(told)),
    )
  }

  #tellPulse(): void {
    const { delivered, failed } = this.#pulse
    if (delivered + failed === 0) return
    this.#pulse = { delivered: 0, failed: 0 }
    this.#each(({ slug }) => slug === undefined, this.#frame('pulse', { delivered, failed }))
  }

  #each(isMeant: (viewer: Viewer) => boolean, text: string | (() => string)): void {
    for (const viewer of [...this.#viewers])
      if (isMeant(viewer) && !viewer.send(typeof text === 'string' ? text : text())) viewer.close()
  }

  #line({ n, data }: Told): string {
    return this.#frame('told', data, n)
  }

  #frame(event: string, data: object, n?: number): string {
    return `${n === undefined ? '' : `id: ${this.#boot}.${n}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
  }
}

/** Of deliveries those hear who look at that very integration; of everything else, all do. */
function concerns({ slug, isDelivery }: Told, viewer: Viewer): boolean {
  if (viewer.slug === undefined) return !isDelivery
  return slug === undefined || slug === viewer.slug
}

type AnyHostEvent = HostEvent & {
  readonly delivery?: Delivery
  readonly attempt?: number
  readonly outcome?: OutcomeFacts
  readonly explanation?: Explanation
  readonly hosts?: number
}

/** From an allow-list: no body, no header, no address. */
function shown({ type, at, integration, delivery, attempt, outcome, explanation, hosts }: AnyHostEvent): DashboardTold {
  return {
    type,
    at,
    ...present({
      ...{ integration, attempt, hosts, code: outcome?.code },
      ...{ deliveryId: delivery?.id, topic: delivery?.topic, acceptedAt: delivery?.acceptedAt },
      ...{ replays: delivery?.replays, state: explanation?.state, summary: explanation?.evidence.summary },
    }),
  }
}
