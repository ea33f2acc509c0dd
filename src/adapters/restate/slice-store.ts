import type { DeliveryId, LogEntry } from '../../domain/delivery.ts'
import type { HourOfAttempts } from '../../domain/delivery.ts'
import type { AuditEntry, Transition } from '../../domain/health.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import type { Letter, Notice } from '../../domain/notice.ts'
import type { Accepted, Appended, CatalogueEntry, Change, LogQuery, Recovered, Store } from '../../ports.ts'
import { RequestLog } from '../request-log.ts'
import type { StoreDocument } from '../store-document.ts'
import { StoreModel } from '../store-model.ts'
import type { Slice } from './slice.ts'

/** How many times a ledger's room a store has: what one integration may take of it is a tenth. */
const ledgersInStore = 10

/**
 * The store of one turn: it holds one integration in memory, and whoever began the turn makes durable what it holds in
 * the end. So nothing that it answers is durable before that.
 */
export class SliceStore implements Store {
  readonly backlogBytesMax: number
  readonly #model: StoreModel
  readonly #log: RequestLog
  readonly #logged: LogEntry[] = []
  readonly #now: number
  readonly #lostMs: number

  constructor(slice: Slice, { ledgerBytesMax, now }: { readonly ledgerBytesMax: number; readonly now: number }) {
    this.backlogBytesMax = ledgerBytesMax * ledgersInStore
    this.#log = RequestLog.fromJSON(slice.log)
    const log = {
      add: (entries: readonly LogEntry[], at: number) => {
        this.#logged.push(...entries)
        this.#log.add(entries, at)
      },
      query: (query: LogQuery) => this.#log.query(query),
    }
    this.#model = new StoreModel(slice.document, log, { backlogBytesMax: this.backlogBytesMax })
    this.#now = now
    this.#lostMs = slice.carried?.lostMs ?? 0
  }

  /** What is to be kept. */
  document(): StoreDocument {
    return this.#model.toDocument()
  }

  /** What this turn has added to the log, oldest first. */
  get logged(): readonly LogEntry[] {
    return this.#logged
  }

  /** Between two turns nobody was there, and no health time was lost by it. */
  open(): Promise<Recovered> {
    const recovered = this.#model.recovered([])
    const lostMs = Math.max(recovered.records[0]?.context.lostMs ?? 0, this.#lostMs)
    return Promise.resolve({ ...recovered, pulse: { at: this.#now, lostMs } })
  }

  configure(entry: CatalogueEntry): Promise<void> {
    return this.#do(() => this.#model.configure(entry))
  }

  append(batch: Accepted): Promise<Appended> {
    return this.#do(() => this.#model.append(batch))
  }

  commit(change: Change): Promise<void> {
    return this.#do(() => void this.#model.commit(change))
  }

  pulse(): Promise<void> {
    return Promise.resolve()
  }

  body(id: DeliveryId): Promise<Uint8Array> {
    return this.#do(() => this.#model.body(id))
  }

  log(query: LogQuery): Promise<readonly LogEntry[]> {
    return this.#do(() => this.#log.query(query))
  }

  transitions(id: IntegrationId): Promise<readonly Transition[]> {
    return this.#do(() => this.#model.transitions(id))
  }

  audit(id: IntegrationId): Promise<readonly AuditEntry[]> {
    return this.#do(() => this.#model.audit(id))
  }

  hours(id: IntegrationId): Promise<readonly HourOfAttempts[]> {
    return this.#do(() => this.#model.hours(id))
  }

  notices(id: IntegrationId): Promise<readonly Notice[]> {
    return this.#do(() => this.#model.notices(id))
  }

  letters(id: IntegrationId): Promise<readonly Letter[]> {
    return this.#do(() => this.#model.letters(id))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- async, so that a refusal is a rejection, as in every store
  async #do<T>(call: () => T): Promise<T> {
    return call()
  }
}
