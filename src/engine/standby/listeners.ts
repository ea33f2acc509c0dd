import type { EventName, Observers } from '../observers.ts'

interface Put {
  readonly name: EventName | '*'
  readonly listener: (event: never) => void
  takeOff: () => void
}

/** Listeners of a process that may not have an engine yet: they hear of the one it gets. */
export class Listeners {
  readonly #put = new Set<Put>()
  #observers: Observers | undefined

  add(name: EventName | '*', listener: (event: never) => void): () => void {
    const put = { name, listener, takeOff: this.#observers?.on(name, listener) ?? (() => undefined) }
    this.#put.add(put)
    return () => {
      put.takeOff()
      this.#put.delete(put)
    }
  }

  /** From now on there is one. */
  hear(observers: Observers): void {
    this.#observers = observers
    for (const put of this.#put) put.takeOff = observers.on(put.name, put.listener)
  }
}
