import type { DeliveryId, HourOfAttempts, LogEntry } from '../domain/delivery.ts'
import type { RememberedKey } from '../domain/event.ts'
import { HookwardError } from '../domain/errors.ts'
import type { AuditEntry, Pulse, Transition } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Letter, Notice } from '../domain/notice.ts'
import type { Accepted, Appended, CatalogueEntry, Change, LogQuery, Recovered, Store } from '../ports.ts'
import { RequestLog } from './request-log.ts'
import { emptyDocument, type StoreDocument } from './store-document.ts'
import { backlogBytesUsual, type StoreLimits } from './store-limits.ts'
import { StoreModel } from './store-model.ts'

/**
 * A store that forgets everything with the process, for tests and demos. Closing it and opening the same value again
 * finds everything, as a restart would.
 */
export function memoryStore(options: Pick<StoreLimits, 'backlogBytesMax'> = {}): Store {
  return new MemoryStore(options)
}

class MemoryStore implements Store {
  readonly backlogBytesMax: number
  readonly #limits: StoreLimits
  #model: StoreModel | undefined
  #log = new RequestLog()
  #kept = JSON.stringify(emptyDocument)
  #pulse: Pulse | null = null

  constructor(limits: StoreLimits) {
    this.#limits = limits
    this.backlogBytesMax = limits.backlogBytesMax ?? backlogBytesUsual
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- async, so that a refusal is a rejection, as in every store
  async open(): Promise<Recovered> {
    if (this.#model !== undefined) throw new HookwardError('STORE_LOCKED', 'this memory store is open already')
    this.#model = new StoreModel(JSON.parse(this.#kept) as StoreDocument, this.#log, this.#limits)
    return { ...this.#model.recovered([]), pulse: this.#pulse }
  }

  configure(entry: CatalogueEntry): Promise<void> {
    return this.#do((model) => model.configure(entry))
  }

  append(batch: Accepted): Promise<Appended> {
    return this.#do((model) => model.append(batch))
  }

  commit(change: Change): Promise<void> {
    return this.#do((model) => void model.commit(change))
  }

  commitAll(changes: readonly Change[]): Promise<void> {
    return this.#do((model) => changes.forEach((change) => model.commit(change)))
  }

  pulse(pulse: Pulse): Promise<void> {
    return this.#do(() => void (this.#pulse = { ...pulse }))
  }

  body(id: DeliveryId): Promise<Uint8Array> {
    return this.#do((model) => model.body(id))
  }

  log(query: LogQuery): Promise<readonly LogEntry[]> {
    return this.#do((model) => model.log(query))
  }

  transitions(id: IntegrationId): Promise<readonly Transition[]> {
    return this.#do((model) => model.transitions(id))
  }

  audit(id: IntegrationId): Promise<readonly AuditEntry[]> {
    return this.#do((model) => model.audit(id))
  }

  hours(id: IntegrationId): Promise<readonly HourOfAttempts[]> {
    return this.#do((model) => model.hours(id))
  }

  notices(id: IntegrationId): Promise<readonly Notice[]> {
    return this.#do((model) => model.notices(id))
  }

  letters(id: IntegrationId): Promise<readonly Letter[]> {
    return this.#do((model) => model.letters(id))
  }

  keys(): Promise<readonly RememberedKey[]> {
    return this.#do((model) => model.keys.toJSON())
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as open
  async close(): Promise<void> {
    if (this.#model === undefined) return
    // Through JSON, so that what comes back is exactly what a file would give back.
    this.#kept = JSON.stringify(this.#model.toDocument())
    this.#log = RequestLog.fromJSON(JSON.parse(JSON.stringify(this.#log)) as LogEntry[])
    this.#model = undefined
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as open
  async #do<T>(call: (model: StoreModel) => T): Promise<T> {
    if (this.#model === undefined) throw new HookwardError('STORE_CLOSED', 'this memory store is not open')
    return call(this.#model)
  }
}
