import type { IntegrationId } from '../domain/integration.ts'
import type { Clock, Store } from '../ports.ts'
import { inLedgerSince, type Backlog, type Waiting } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Observers } from './observers.ts'
import type { Registry } from './registry.ts'
import { unsentEntryOf } from './settle.ts'
import type { Timers } from './timers.ts'

/** Nothing stays in the ledger for longer: 30 days. */
export const ledgerMsMax = 30 * 86_400_000
/** The most that the ledger of one integration, and all of them together, may take of what the store keeps. */
const [ownShare, wholeShare] = [0.1, 0.5]
/** The operator is told when so much of an integration's share is taken. */
const fillingShare = 0.8

/** What the ledger works with. */
export interface LedgerParts {
  readonly clock: Clock
  readonly timers: Timers
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly observers: Observers
  readonly registry: Registry
  readonly store: Pick<Store, 'backlogBytesMax'>
}

/** Bounds what is held and what is dead, in bytes and in time: the oldest expires, and nobody else is refused for it. */
export class Ledger {
  readonly #parts: LedgerParts
  /** Of bodies that the store keeps in all. */
  readonly storeBytesMax: number
  /** Those whose operator was told that little is left. */
  readonly #told = new Set<IntegrationId>()

  constructor(parts: LedgerParts) {
    this.#parts = parts
    this.storeBytesMax = parts.store.backlogBytesMax ?? 2 ** 30
  }

  /** How many bytes of bodies the ledger of one integration may take. */
  get bytesMax(): number {
    return this.storeBytesMax * ownShare
  }

  /** Something moved: what is too much expires, and a timer stands for what will be too old. */
  check(id: IntegrationId): void {
    const { backlog, timers } = this.#parts
    while (this.#bytes(id) > this.bytesMax && this.#expireOldest(id, 'LEDGER_FULL'));
    for (let fullest = this.#fullest(); fullest !== undefined; fullest = this.#fullest())
      if (!this.#expireOldest(fullest, 'LEDGER_FULL')) break
    this.#tell(id)
    const oldest = timers.has(`ledger:${id}`) ? undefined : backlog.oldestInLedger(id)
    if (oldest !== undefined)
      timers.set(`ledger:${id}`, inLedgerSince(oldest) + ledgerMsMax, () => {
        this.#expireAged(id)
        this.check(id)
      })
  }

  /** One that is gone, or is registered anew, is one never heard of. */
  forget(id: IntegrationId): void {
    this.#told.delete(id)
    this.#parts.timers.cancel(`ledger:${id}`)
  }

  #expireAged(id: IntegrationId): void {
    const { backlog, clock } = this.#parts
    const isAged = (one: Waiting | undefined) => one !== undefined && clock.now() - inLedgerSince(one) >= ledgerMsMax
    while (isAged(backlog.oldestInLedger(id)) && this.#expireOldest(id, 'LEDGER_AGED'));
  }

  /** `false` when nothing is left that could expire: what is in flight is not in the ledger. */
  #expireOldest(id: IntegrationId, code: 'LEDGER_FULL' | 'LEDGER_AGED'): boolean {
    const { backlog, catalogue, clock, observers, registry } = this.#parts
    const oldest = backlog.oldestInLedger(id)
    if (oldest === undefined) return false
    const at = clock.now()
    const { delivery } = oldest
    const log = [unsentEntryOf(oldest, code, 'expired', catalogue.integration(id)?.url ?? '', at)]
    const written = registry.note(id, at, () => ({ settled: [{ id: delivery.id, next: 'expired' }], log }))
    // A write that fails stops the engine, which tells so itself.
    written.then(
      () => observers.tell('delivery.expired', { integration: id, delivery, at, code }),
      () => undefined,
    )
    return true
  }

  #tell(id: IntegrationId): void {
    const bytes = this.#bytes(id)
    const isFilling = bytes >= this.bytesMax * fillingShare
    if (isFilling && !this.#told.has(id))
      this.#parts.observers.tell('ledger.filling', {
        integration: id,
        at: this.#parts.clock.now(),
        bytes,
        bytesMax: this.bytesMax,
      })
    if (isFilling) this.#told.add(id)
    else this.#told.delete(id)
  }

  #bytes(id: IntegrationId): number {
    return this.#parts.backlog.ledgerBytes.get(id) ?? 0
  }

  /** The integration with the fullest ledger, while all of them together take too much. */
  #fullest(): IntegrationId | undefined {
    const { ledgerBytes, ledgerBytesInAll } = this.#parts.backlog
    if (ledgerBytesInAll <= this.storeBytesMax * wholeShare) return undefined
    return [...ledgerBytes].reduce((most, one) => (one[1] > most[1] ? one : most))[0]
  }
}
