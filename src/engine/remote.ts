import { setTimeout as wait } from 'node:timers/promises'
import type { Link } from '../adapters/restate/link.ts'
import { parcelOf, protocol } from '../adapters/restate/wire.ts'
import { HookwardError, textOf } from '../domain/errors.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Overview } from '../domain/overview.ts'
import type { EventDraft } from '../flows/envelope.ts'
import { checkSlug } from '../policy/check.ts'
import { Binding } from './binding.ts'
import { DirectoryCopy } from './directory-copy.ts'
import { digestOf, readEmitOptions } from './emit-options.ts'
import type { Becoming } from './importing.ts'
import type { EmitResult } from './intake.ts'
import { Observers } from './observers.ts'
import type { HostParts } from './runtime.ts'

/** How a host keeps up with the cluster. */
export interface RemoteParts extends HostParts {
  readonly link: Link
  /** How often it looks who is registered, and what has happened. */
  readonly refreshMs: number
  /** Looks whether something stands still in it, and says so. */
  readonly lookAtCluster?: () => Promise<void>
}

/** Questions asked at a time, where all integrations are asked. */
const asksMax = 16
/** How long `idle` waits between two looks. */
const idlePauseMs = 20

/** A host whose deliveries are made elsewhere: binds events, brings them, and asks the workers everything else. */
export class Remote {
  readonly directory: DirectoryCopy
  readonly observers: Observers
  readonly parts: RemoteParts
  readonly #stopping = new AbortController()
  #watching: Promise<void> = Promise.resolve()
  #seq: number | null = null

  constructor(parts: RemoteParts) {
    this.parts = parts
    this.observers = new Observers(parts.logger)
    this.directory = new DirectoryCopy((known) => parts.link.changes(known))
  }

  /** Throws `RESTATE_UNREACHABLE`, `RESTATE_UNREGISTERED`, `RESTATE_KEY` or `RESTATE_VERSION`. */
  async open(): Promise<void> {
    const { link } = this.parts
    const spoken = await link.protocol()
    if (spoken !== protocol)
      throw new HookwardError('RESTATE_VERSION', `workers speak protocol ${spoken}, and this host speaks ${protocol}`)
    await this.directory.look()
    this.#seq = (await link.news(null)).seq
    await this.parts.lookAtCluster?.()
    this.#watching = this.#watch()
  }

  check(): void {
    if (this.#stopping.signal.aborted) throw new HookwardError('ENGINE_STOPPED', 'the engine was stopped')
  }

  async emit(draft: EventDraft, options: unknown = {}): Promise<EmitResult> {
    // A schema may have taken its time, and the host was stopped meanwhile.
    this.check()
    const { key, orderKey } = readEmitOptions(options)
    const { link } = this.parts
    const binding = new Binding({ ...this.parts, catalogue: this.directory.catalogue })
    const { event, deliveries, filtered } = binding.all(draft, orderKey)
    const parcels = deliveries.map(parcelOf)
    if (key !== undefined) {
      const keyed = { eventId: event.id, digest: digestOf(draft), at: event.at, parcels }
      return { ...(await link.accept(key, keyed)), filtered }
    }
    await link.publish(parcels)
    return { eventId: event.id, deliveries: parcels.length, filtered, duplicate: false }
  }

  /** A call by its public name, which may change something; who is registered is looked at after it. */
  async call<T>(slug: unknown, name: string, args: readonly unknown[]): Promise<T> {
    const answer = (await this.parts.link.call(checkSlug(slug), { name, args })) as T
    await this.directory.look()
    return answer
  }

  async ask<T>(slug: unknown, name: string, args: readonly unknown[] = []): Promise<T> {
    const { id } = this.directory.catalogue.known(checkSlug(slug))
    return (await this.parts.link.ask(id, { name, args })) as T
  }

  /** What `put` would make of it, as whoever keeps it knows it. */
  async preview(input: object): Promise<Becoming> {
    const id = checkSlug((input as { readonly slug?: unknown }).slug)
    return (await this.parts.link.ask(id, { name: 'preview', args: [input] })) as Becoming
  }

  async overview(): Promise<Overview> {
    const all = await this.#each((id) => this.ask<Overview>(id, 'overview'))
    const [first = await this.#nothing()] = all
    const ledgerBytes = all.reduce((sum, one) => sum + one.ledgerBytes, 0)
    return { ...first, at: this.parts.clock.now(), ledgerBytes, integrations: all.flatMap((one) => one.integrations) }
  }

  /** Each integration is given a turn behind what it has before it, until none has anything left that is due. */
  async idle(timeoutMs: number | undefined): Promise<void> {
    const until = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs
    for (;;) {
      const isIdle = await this.#each((id) => this.parts.link.call(id, { name: 'rest', args: [] }))
      await this.#hear()
      if (isIdle.every(Boolean)) return
      if (performance.now() >= until)
        throw new HookwardError('IDLE_TIMEOUT', `work was under way after ${timeoutMs} ms`)
      await wait(idlePauseMs)
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#watching
    await this.parts.link.close()
  }

  async #nothing(): Promise<Overview> {
    return (await this.parts.link.ask('none', { name: 'overview', args: [] })) as Overview
  }

  async #each<T>(question: (id: IntegrationId) => Promise<T>): Promise<readonly T[]> {
    const left = [...this.directory.catalogue.integrations()]
    const answers: T[] = []
    const work = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) answers.push(await question(next.id))
    }
    await Promise.all(Array.from({ length: asksMax }, work))
    return answers
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping
    const { logger, lookAtCluster, refreshMs } = this.parts
    for (;;) {
      await wait(refreshMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      await Promise.all([this.directory.look(), this.#hear(), lookAtCluster?.()]).catch((error: unknown) => {
        logger.warn({ error: textOf(error) }, 'the cluster could not be asked what is new')
      })
    }
  }

  #hearing: Promise<void> = Promise.resolve()

  #hear(): Promise<void> {
    return (this.#hearing = this.#hearing.catch(() => undefined).then(() => this.#hearNext()))
  }

  async #hearNext(): Promise<void> {
    const { seq, events } = await this.parts.link.news(this.#seq)
    this.#seq = seq
    for (const { type, ...event } of events) this.observers.tell(type, event)
  }
}
