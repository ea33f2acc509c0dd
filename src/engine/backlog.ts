import {
  checkMove,
  stateAfter,
  type Delivery,
  type DeliveryId,
  type DeliveryState,
  type PendingDelivery,
  type Next,
  type Settled,
} from '../domain/delivery.ts'
import { invariant } from '../domain/errors.ts'
import { GroupedIds } from '../domain/grouped-ids.ts'
import type { InstallationId, IntegrationId } from '../domain/integration.ts'
import type { LedgerCounts } from '../domain/ledger.ts'
import { SlotMap } from '../domain/slots.ts'
import { isLifecycle } from '../domain/topic.ts'
import { countsOf } from './counts.ts'
import { Orders } from './orders.ts'

/** What a delivery takes of memory beside its body, roughly: many small ones would else take more than they count for. */
const entryBytes = 1_024

/** A delivery that is not settled, or a dead letter, and where it stands. In flight it keeps why it was held or dead. */
export interface Waiting extends Omit<PendingDelivery, 'unspent'> {
  readonly state: DeliveryState
  readonly unspent: number
  /** What it takes: its body, and 1 KiB for itself. */
  readonly bytes: number
}

/**
 * Every delivery that is not settled, and every dead letter, without its body. The table of `domain/delivery.ts` guards
 * each step.
 */
export class Backlog {
  readonly #byId = new SlotMap<DeliveryId, Waiting>()
  readonly #byIntegration = new GroupedIds()
  /** Dead letters, the one that died first before the others. */
  readonly #dead = new Map<IntegrationId, Map<DeliveryId, Waiting>>()
  readonly #ledgerBytes = new Map<IntegrationId, number>()
  #ledgerBytesInAll = 0
  readonly #orders = new Orders()

  get(id: DeliveryId): Waiting | undefined {
    return this.#byId.get(id)
  }

  /** Not dead letters, those of one integration, oldest first. */
  of(id: IntegrationId): readonly Waiting[] {
    return [...this.#byIntegration.of(id)].map((deliveryId) => this.#known(deliveryId))
  }

  /** Those whose lane the verdict opens and closes: all but installation topics. */
  judged(id: IntegrationId): readonly Waiting[] {
    return this.of(id).filter(({ delivery }) => !isLifecycle(delivery.topic))
  }

  /** The judged ones of one installation. */
  ofInstallation(id: IntegrationId, uuid: InstallationId): readonly Waiting[] {
    return this.judged(id).filter(({ delivery }) => delivery.installationId === uuid)
  }

  held(id: IntegrationId): readonly Waiting[] {
    return this.of(id).filter(({ state }) => state === 'held')
  }

  /** The first so many that are held and are to be sent, oldest first. */
  firstHeld(id: IntegrationId, count: number): readonly Waiting[] {
    const found: Waiting[] = []
    for (const one of this.#byIntegration.of(id)) {
      if (found.length >= count) break
      const waiting = this.#known(one)
      if (waiting.state === 'held' && waiting.held?.reason !== 'left') found.push(waiting)
    }
    return found
  }

  /** Dead letters, the one that died first before the others. */
  dead(id: IntegrationId): readonly Waiting[] {
    return [...(this.#dead.get(id)?.values() ?? [])].filter(({ state }) => state === 'dead')
  }

  /** The one of the ledger that went into it first, or nearly so: a held one or a dead letter. */
  oldestInLedger(id: IntegrationId): Waiting | undefined {
    if (!this.#ledgerBytes.has(id)) return undefined
    const dead = firstOf(this.#dead.get(id)?.values() ?? [], ({ state }) => state === 'dead')
    const ids = this.#byIntegration.of(id)
    const held = firstOf(ids, (one) => this.#known(one).state === 'held')
    const waiting = held === undefined ? undefined : this.#known(held)
    if (waiting === undefined || dead === undefined) return waiting ?? dead
    return inLedgerSince(waiting) <= inLedgerSince(dead) ? waiting : dead
  }

  /** What all ledgers take; kept beside the sums it could be made from, because it is asked for at every commit. */
  get ledgerBytesInAll(): number {
    return this.#ledgerBytesInAll
  }

  /** What each ledger takes; integrations that have none are left out. */
  get ledgerBytes(): ReadonlyMap<IntegrationId, number> {
    return this.#ledgerBytes
  }

  counts(id: IntegrationId): LedgerCounts {
    const [held, dead] = [this.held(id), this.dead(id)]
    return { held: countsOf(held.map((one) => one.held)), dead: countsOf(dead.map((one) => one.dead)) }
  }

  /** A delivery that was accepted a moment ago. */
  add(delivery: Delivery, bytes: number): void {
    this.#put({
      delivery,
      state: 'pending',
      attempts: 0,
      unspent: 0,
      dueAt: delivery.acceptedAt,
      bytes: bytes + entryBytes,
    })
    this.#orders.join(delivery)
  }

  /** A delivery read back from the store. */
  restore(pending: PendingDelivery, bytes: number): void {
    const { attempts, unspent = 0, held, dead } = pending
    const kept = held === undefined ? (dead === undefined ? undefined : 'dead') : 'held'
    this.#put({
      ...pending,
      unspent,
      bytes: bytes + entryBytes,
      state: kept ?? (attempts + unspent > 0 ? 'waiting' : 'pending'),
    })
    if (dead === undefined && held?.reason !== 'left') this.#orders.join(pending.delivery)
  }

  /** Forgets the dead letters of an integration that is gone. */
  forget(id: IntegrationId): void {
    for (const { delivery } of this.#dead.get(id)?.values() ?? []) this.#drop(delivery)
  }

  /** Marks it as in flight; `false` when it was settled or held meanwhile and must not be sent. */
  start(id: DeliveryId, isProbe: boolean): boolean {
    const known = this.#byId.get(id)
    const isKept = known?.state === 'held' || known?.state === 'dead'
    if (known === undefined || known.state === 'inflight' || (isKept && !isProbe)) return false
    this.#byId.set(id, { ...known, state: 'inflight' })
    return true
  }

  /** The delivery that this one has to wait for, because they go in order. */
  before(id: DeliveryId): Waiting | undefined {
    const known = this.#byId.get(id)
    const first = known === undefined ? undefined : this.#orders.before(known.delivery)
    return first === undefined ? undefined : this.#byId.get(first)
  }

  /** It has held up the others for long enough; gives the one whose turn it is now. */
  overtake(delivery: Delivery): DeliveryId | undefined {
    return this.#orders.leave(delivery)
  }

  /**
   * Gives those whose turn has come, because what they waited for is settled. Throws `BROKEN_INVARIANT`, and has moved
   * none, when one of the steps is not in the table.
   */
  move(settled: readonly Settled[], at: number): readonly DeliveryId[] {
    for (const { id, next } of settled) checkMove(id, this.#known(id).state, next)
    const turns: DeliveryId[] = []
    for (const { id, next } of settled) {
      const turn = this.#move(this.#known(id), next, at)
      if (turn !== undefined) turns.push(turn)
    }
    return turns
  }

  #move(known: Waiting, next: Next, at: number): DeliveryId | undefined {
    const { delivery } = known
    if (typeof next === 'string') return this.#remove(delivery)
    const { held, dead, ...rest } = known
    const state = stateAfter(next)
    if ('dead' in next) {
      const { dead: reason, ...facts } = next
      this.#put({ ...rest, ...facts, state, dead: { reason, at: dead?.at ?? at } })
      return this.#orders.leave(delivery)
    }
    if (!('hold' in next)) {
      if (dead !== undefined || held?.reason === 'left') this.#orders.join(delivery)
      this.#put({ ...rest, ...next, state })
      return undefined
    }
    const { hold: reason, ...facts } = next
    this.#put({ ...rest, ...facts, state, held: { reason, at: held?.at ?? at } })
    return reason === 'left' ? this.#orders.leave(delivery) : undefined
  }

  #put(waiting: Waiting): void {
    const { id, integrationId } = waiting.delivery
    this.#count(this.#byId.get(id), -1)
    this.#count(waiting, 1)
    this.#byId.set(id, waiting)
    const isDead = waiting.dead !== undefined
    this.#keepDead(waiting.delivery, isDead ? waiting : undefined)
    this.#byIntegration[isDead ? 'delete' : 'add'](integrationId, id)
  }

  /** Among the dead letters, or not any more. */
  #keepDead({ id, integrationId }: Delivery, letter: Waiting | undefined): void {
    const dead = this.#dead.get(integrationId)
    if (letter === undefined) dead?.delete(id)
    else if (dead === undefined) this.#dead.set(integrationId, new Map([[id, letter]]))
    else dead.set(id, letter)
    if (dead?.size === 0) this.#dead.delete(integrationId)
  }

  #remove(delivery: Delivery): DeliveryId | undefined {
    this.#drop(delivery)
    return this.#orders.leave(delivery)
  }

  #drop(delivery: Delivery): void {
    const { id, integrationId } = delivery
    this.#count(this.#byId.take(id), -1)
    this.#byIntegration.delete(integrationId, id)
    this.#keepDead(delivery, undefined)
  }

  #count(waiting: Waiting | undefined, sign: 1 | -1): void {
    if (waiting === undefined || (waiting.held === undefined && waiting.dead === undefined)) return
    const { integrationId } = waiting.delivery
    const bytes = (this.#ledgerBytes.get(integrationId) ?? 0) + sign * waiting.bytes
    this.#ledgerBytesInAll += sign * waiting.bytes
    if (bytes === 0) this.#ledgerBytes.delete(integrationId)
    else this.#ledgerBytes.set(integrationId, bytes)
  }

  #known(id: DeliveryId): Waiting {
    const known = this.#byId.get(id)
    invariant(known !== undefined, () => `delivery ${id} is settled already`)
    return known
  }
}

/** The moment from which its stay in the ledger counts. */
export function inLedgerSince({ held, dead, dueAt }: Waiting): number {
  return held?.at ?? dead?.at ?? dueAt
}

function firstOf<T>(all: Iterable<T>, isIt: (one: T) => boolean): T | undefined {
  for (const one of all) if (isIt(one)) return one
  return undefined
}
