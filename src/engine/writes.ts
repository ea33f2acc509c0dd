import type { DeliveryId } from '../domain/delivery.ts'
import { HookwardError } from '../domain/errors.ts'
import { Fifo } from '../domain/fifo.ts'
import type { Pulse } from '../domain/health.ts'
import { refusing } from '../domain/refusing.ts'
import type { Accepted, Appended, CatalogueEntry, Change, Store } from '../ports.ts'
import type { Activity } from './activity.ts'
import type { Backlog } from './backlog.ts'

const nothing = () => undefined

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

/** A call that was made, until it and all those before it are done: then whoever made it is answered. */
interface Call<Answer, T> {
  readonly then: (answer: Answer) => T
  readonly resolve: (answer: T) => void
  readonly reject: (error: unknown) => void
  /** What the store answered, or that it refused, which was told at once. */
  done: { readonly answer: Answer } | 'refused' | undefined
}

/** A change whose deliveries have moved. */
interface Move {
  readonly change: Change
  /** Those that waited for one of them. */
  readonly turns: readonly DeliveryId[]
  readonly onDurable: () => void
}

/** Changes that are to be one write. */
class Group {
  readonly moves: Move[] = []
  readonly #written: Promise<void>
  #end: ((written: Promise<void>) => void) | undefined

  constructor() {
    this.#written = unheeded(new Promise((resolve) => (this.#end = resolve)))
  }

  join(move: Move): Promise<void> {
    this.moves.push(move)
    return this.#written
  }

  end(written: Promise<void>): void {
    this.#end?.(written)
  }
}

/**
 * The one way into the store: in order, and fail-stop. What a caller awaits resolves in the order of the calls.
 * After the first failure nothing is known of what was under way, so every later call is refused.
 */
export class Writes {
  readonly #parts: WritesParts
  readonly #calls = new Fifo<Call<unknown, unknown>>()
  #group: Group | undefined
  #failure: HookwardError | undefined

  constructor(parts: WritesParts) {
    this.#parts = parts
  }

  /**
   * Moves the change's deliveries at once; resolves when all of it is durable and what follows from it was done. Nobody
   * has to wait for it: a write that fails stops the engine, which tells so itself.
   */
  commit(change: Change, onDurable: () => void = nothing): Promise<void> {
    if (this.#failure !== undefined) return unheeded(Promise.reject(this.#failure))
    try {
      const turns = this.#parts.backlog.move(change.settled ?? [], change.at)
      return this.#group?.join({ change, turns, onDurable }) ?? this.#commit([{ change, turns, onDurable }])
    } catch (error) {
      return unheeded(Promise.reject(this.#failed(error)))
    }
  }

  /** The changes that `work` commits are one write. */
  together(work: () => void): void {
    if (this.#group !== undefined) return work()
    this.#group = new Group()
    try {
      work()
    } finally {
      this.#endGroup()
    }
  }

  /** Resolves with what `then` makes of the store's answer, as soon as the batch is durable. */
  append<T>(batch: Accepted, then: (appended: Appended) => T): Promise<T> {
    return this.#write(() => this.#parts.store.append(batch), then)
  }

  configure(entry: CatalogueEntry): Promise<void> {
    return this.#write(() => this.#parts.store.configure(entry), nothing)
  }

  /** Waits for no other call, and none waits for it. */
  async pulse(pulse: Pulse): Promise<void> {
    this.check()
    const written = (async () => this.#parts.store.pulse(pulse))()
    await this.#parts.activity.track(
      written.catch((error: unknown) => {
        throw this.#failed(error)
      }),
    )
  }

  /** From now on every call is refused. */
  refuse(failure: HookwardError): void {
    this.#failure ??= failure
  }

  /** Throws once a call has failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Resolves when every call so far is durable; rejects when one has failed. */
  async reached(): Promise<void> {
    if (this.#calls.length > 0 || this.#group !== undefined) await this.#write(() => Promise.resolve(), nothing)
    this.check()
  }

  /** The same, when whoever awaited one of the calls has gone on, too. */
  async settled(): Promise<void> {
    await this.reached()
    await new Promise((resolve) => setImmediate(resolve))
    this.check()
  }

  #commit(moves: readonly Move[]): Promise<void> {
    const make = () => commitTo(this.#parts.store, moves)
    return unheeded(this.#write(make, () => moves.forEach((move) => this.#follow(move))))
  }

  /** What one move leads to is none of the others' business. */
  #follow({ change, onDurable, turns }: Move): void {
    const { onMoved, onTurn } = this.#parts
    try {
      for (const id of turns) onTurn(id)
      if (change.settled !== undefined && change.settled.length > 0) onMoved(change)
      onDurable()
    } catch (error) {
      this.#failed(error, 'what follows from a write')
    }
  }

  #endGroup(): void {
    const group = this.#group
    this.#group = undefined
    if (group !== undefined && group.moves.length > 0) group.end(this.#commit(group.moves))
  }

  /** Calls at once, and answers after the call before it did; a refusal waits for nobody. */
  #write<Answer, T>(make: () => Promise<Answer>, then: (answer: Answer) => T): Promise<T> {
    // What comes after the changes of a group is written after them.
    this.#endGroup()
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    this.#parts.activity.begin()
    return new Promise<T>((resolve, reject) => {
      const call: Call<Answer, T> = { then, resolve, reject, done: undefined }
      this.#calls.push(call as Call<unknown, unknown>)
      refusing(make).then(
        (answer) => this.#done(call, { answer }),
        (error: unknown) => {
          reject(this.#failed(error))
          this.#done(call, 'refused')
        },
      )
    })
  }

  /** Answers it and those after it that only wait for it. */
  #done<Answer, T>(call: Call<Answer, T>, done: Call<Answer, T>['done']): void {
    call.done = done
    while (this.#calls.first?.done !== undefined) this.#answer(this.#calls.shift() as Call<unknown, unknown>)
  }

  #answer({ done, reject, resolve, then }: Call<unknown, unknown>): void {
    try {
      this.check()
      if (typeof done === 'object') resolve(then(done.answer))
    } catch (error) {
      reject(error)
    }
    this.#parts.activity.end()
  }

  /** What whoever made the call is told. All but a refusal stops the engine. */
  #failed(error: unknown, what = 'a write'): HookwardError {
    if (error instanceof HookwardError && refusals.includes(error.code)) return error
    if (this.#failure !== undefined) return this.#failure
    const reason = error instanceof HookwardError ? `${error.code}: ${error.fact}` : 'an unexpected error'
    const failure = new HookwardError('ENGINE_FAILED', `${what} failed with ${reason}`, { cause: error })
    this.refuse(failure)
    this.#parts.onFailure(failure)
    return failure
  }
}

/** Whether anybody waits for it or not: a rejection of it does not end the host. */
function unheeded<T>(written: Promise<T>): Promise<T> {
  written.catch(nothing)
  return written
}

function commitTo(store: Store, moves: readonly Move[]): Promise<unknown> {
  const changes = moves.map(({ change }) => change)
  if (changes.length > 1 && store.commitAll !== undefined) return store.commitAll(changes)
  return Promise.all(changes.map((change) => store.commit(change)))
}
