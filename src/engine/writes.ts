import { HookwardError } from '../domain/errors.ts'
import type { DeliveryId } from '../domain/delivery.ts'
import type { Pulse } from '../domain/health.ts'
import type { Accepted, Appended, CatalogueEntry, Change, Store } from '../ports.ts'
import type { Activity } from './activity.ts'
import type { Backlog } from './backlog.ts'

/** Errors by which a store refuses a call without having failed. */
const refusals: readonly string[] = ['STORE_BACKLOG_FULL', 'IDEMPOTENCY_CONFLICT']

/** What writes work with. */
export interface WritesParts {
  readonly store: Store
  readonly backlog: Backlog
  readonly activity: Activity
  readonly onFailure: (error: HookwardError) => void
  /** Hears of each change that moved deliveries, once it is durable. */
  readonly onMoved: (change: Change) => void
  /** Hears which deliveries waited for one that is settled now. */
  readonly onTurn: (id: DeliveryId) => void
}

/**
 * The one way into the store: in order, and fail-stop. What a caller awaits resolves in the order of the calls.
 * After the first failure nothing is known of what was under way, so every later call is refused.
 */
export class Writes {
  readonly #store: Store
  readonly #activity: Activity
  readonly #backlog: Backlog
  readonly #onFailure: (error: HookwardError) => void
  readonly #onMoved: (change: Change) => void
  readonly #onTurn: (id: DeliveryId) => void
  #last: Promise<unknown> = Promise.resolve()
  #failure: HookwardError | undefined

  constructor({ store, backlog, activity, onFailure, onMoved, onTurn }: WritesParts) {
    this.#store = store
    this.#backlog = backlog
    this.#activity = activity
    this.#onFailure = onFailure
    this.#onMoved = onMoved
    this.#onTurn = onTurn
  }

  /** Moves the change's deliveries at once; resolves when all of it is durable. */
  async commit(change: Change): Promise<void> {
    let turns: readonly DeliveryId[] = []
    await this.#write(() => {
      turns = this.#backlog.move(change.settled ?? [], change.at)
      return this.#store.commit(change)
    })
    for (const id of turns) this.#onTurn(id)
    if (change.settled !== undefined && change.settled.length > 0) this.#onMoved(change)
  }

  append(batch: Accepted): Promise<Appended> {
    return this.#write(() => this.#store.append(batch))
  }

  configure(entry: CatalogueEntry): Promise<void> {
    return this.#write(() => this.#store.configure(entry))
  }

  /** Waits for no other call, and none waits for it. */
  async pulse(pulse: Pulse): Promise<void> {
    this.check()
    const written = (async () => this.#store.pulse(pulse))()
    await this.#activity.track(written.catch((error: unknown) => this.#fail(error)))
  }

  /** From now on every call is refused. */
  refuse(failure: HookwardError): void {
    this.#failure ??= failure
  }

  /** Throws once a call has failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Resolves when every call so far is durable and whoever awaited one has gone on; rejects when one has failed. */
  async settled(): Promise<void> {
    await this.#last
    await new Promise((resolve) => setImmediate(resolve))
    this.check()
  }

  #write<T>(call: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const done = this.#inTurn(call, this.#last)
    this.#last = done.then(ended, ended)
    return done
  }

  /** Calls at once, and answers after the call before it did. */
  async #inTurn<T>(call: () => Promise<T>, before: Promise<unknown>): Promise<T> {
    this.#activity.begin()
    try {
      const result = await call()
      await before
      this.check()
      return result
    } catch (error) {
      return this.#fail(error)
    } finally {
      this.#activity.end()
    }
  }

  #fail(error: unknown): never {
    if (error instanceof HookwardError && refusals.includes(error.code)) throw error
    if (this.#failure !== undefined) throw this.#failure
    const reason = error instanceof HookwardError ? `${error.code}: ${error.fact}` : 'an unexpected error'
    const failure = new HookwardError('ENGINE_FAILED', `a write failed with ${reason}`, { cause: error })
    this.refuse(failure)
    this.#onFailure(failure)
    throw failure
  }
}

const ended = () => undefined
