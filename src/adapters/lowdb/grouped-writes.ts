import { HookwardError } from '../../domain/errors.ts'

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: HookwardError) => void
}

/**
 * Makes changes durable in groups: all that wait share one write, and there are never two writes at a time.
 * After a write has failed nothing is known of what was in it, so every change is refused from then on.
 */
export class GroupedWrites {
  readonly #write: () => Promise<void>
  readonly #path: string
  #waiting: Waiter[] = []
  #running: Promise<void> | undefined
  #failure: HookwardError | undefined

  /** `write` writes everything as it is at the moment of the call; `path` names the file in errors. */
  constructor(path: string, write: () => Promise<void>) {
    this.#path = path
    this.#write = write
  }

  /** Applies a change at once; resolves when a write that began after it has ended. */
  async apply<T>(change: () => T): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure
    const result = change()
    const flushed = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#running ??= this.#run()
    await flushed
    return result
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // One pause, so that all calls made in the same turn share the first write.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#writeGroup()
    this.#running = undefined
  }

  async #writeGroup(): Promise<void> {
    const group = this.#waiting
    this.#waiting = []
    try {
      await this.#write()
      for (const waiter of group) waiter.resolve()
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? 'unexpected error'
      const failure = new HookwardError('STORE_FAILED', `writing ${this.#path} failed (${code})`, { cause })
      this.#failure = failure
      for (const waiter of [...group, ...this.#waiting]) waiter.reject(failure)
      this.#waiting = []
    }
  }
}
