import type { Settled } from '../../domain/delivery.ts'
import type { Recovered, Store } from '../../ports.ts'
import { aChange, t0 } from './store-samples.ts'

/** One set of data. */
export interface StoreData {
  /** A store on it; another one is another start. */
  readonly store: () => Store
  /** Takes the data away. */
  readonly remove: () => void | Promise<void>
}

/** Makes a new, empty set of data. `backlogBytesMax`: the most bytes of bodies that its stores are to take. */
export type MakeStoreData = (options: { readonly backlogBytesMax?: number }) => StoreData

/** A store that is open, on data of its own. */
export class StoreBench {
  store: Store
  readonly #data: StoreData

  private constructor(data: StoreData) {
    this.#data = data
    this.store = data.store()
  }

  static async open(make: MakeStoreData, options: Parameters<MakeStoreData>[0] = {}): Promise<StoreBench> {
    const bench = new StoreBench(make(options))
    await bench.store.open()
    return bench
  }

  /** Another store on the same data, not open. */
  fresh(): Store {
    return this.#data.store()
  }

  /** Closes the store, and opens another one on the same data. */
  async restart(): Promise<Recovered> {
    await this.store.close()
    this.store = this.fresh()
    return this.store.open()
  }

  settle(settled: readonly Settled[], at = t0): Promise<void> {
    return this.store.commit(aChange({ at, settled }))
  }

  async close(): Promise<void> {
    await this.store.close()
    await this.#data.remove()
  }
}
