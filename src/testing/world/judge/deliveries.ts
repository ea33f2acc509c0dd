import { stateAfter, type Delivery, type DeliveryState, type LogEntry, type Settled } from '../../../domain/delivery.ts'
import type { IntegrationId } from '../../../domain/integration.ts'
import { idempotencyKey } from '../../../policy/signature.ts'
import type { Accepted, Change, Recovered } from '../../../ports.ts'
import type { Violations } from './violations.ts'

/** `gone`: dead, and nothing of it is kept. */
export type Place = DeliveryState | 'gone'

/** A delivery as the judge knows it. */
export interface Known {
  readonly delivery: Delivery
  readonly body: Uint8Array
  /** What its receiver deduplicates by. */
  readonly key: string
  /** Whoever emitted it was answered, or it was found after a restart. */
  isSure: boolean
  /** As last given to the store, and as last known to be durable. */
  state: Place
  durable: Place
  dueAt: number
  /** When it was accepted, and last changed, in time that has passed. */
  readonly bornMs: number
  movedMs: number
  /** It stands behind those that were accepted after it: a replay brought it back. */
  isBehind: boolean
  /** It went into the ledger. */
  keptAt: number
  /** A receiver took it. */
  isTaken: boolean
  /** Whoever enabled its integration did not want it sent. */
  isLeft: boolean
}

const ledgerMsMax = 30 * 86_400_000
const ends: ReadonlySet<Place> = new Set(['delivered', 'skipped', 'expired', 'gone'])

/** Whether nothing follows: a dead letter may still be sent once more. */
export function isEnded(state: Place): boolean {
  return ends.has(state)
}

/** Every delivery that was ever accepted and has not ended: where it stands, and whether it may stand there. */
export class DeliveryBook {
  readonly #violations: Violations
  readonly #elapsedMs: () => number
  readonly #byId = new Map<string, Known>()
  readonly #byKey = new Map<string, Known>()
  accepted = 0

  constructor(violations: Violations, elapsedMs: () => number) {
    this.#violations = violations
    this.#elapsedMs = elapsedMs
  }

  get all(): Iterable<Known> {
    return this.#byId.values()
  }

  get(id: string): Known | undefined {
    return this.#byId.get(id)
  }

  /** Those that it may have to wait for, because they go in order. */
  before({ delivery: { id, integrationId, order } }: Known): readonly Known[] {
    if (order === undefined) return []
    const found: Known[] = []
    for (const other of this.#byId.values()) {
      if (other.delivery.id === id) break
      if (other.delivery.integrationId !== integrationId || other.delivery.order !== order) continue
      if (other.isSure && !other.isBehind && !other.isLeft && !isEnded(other.state) && other.state !== 'dead')
        found.push(other)
    }
    return found
  }

  withKey(key: string | undefined): Known | undefined {
    return key === undefined ? undefined : this.#byKey.get(key)
  }

  /** It is given to the store. */
  asked({ deliveries }: Accepted): void {
    for (const { delivery, body } of deliveries) this.#put(delivery, Buffer.from(body), false)
  }

  /** The store has it; or it refused, or knew the event already. */
  answered({ deliveries }: Accepted, isKept: boolean): void {
    for (const { delivery } of deliveries) {
      const known = this.#byId.get(delivery.id)
      if (known !== undefined && isKept) this.#sure(known)
      else if (known !== undefined) this.#drop(known)
    }
  }

  changing({ at, settled = [], log = [] }: Change): void {
    for (const one of settled) this.#settle(one, at, log)
  }

  changed({ settled = [] }: Change): void {
    for (const { id } of settled) {
      const known = this.#byId.get(id)
      if (known !== undefined) known.durable = known.state
    }
  }

  /** Their integration is being removed: nobody knows whether a restart finds them. */
  doubt(id: IntegrationId): void {
    for (const known of this.#byId.values()) if (known.delivery.integrationId === id) known.isSure = false
  }

  /** They went with their integration. */
  forget(id: IntegrationId): void {
    for (const known of [...this.#byId.values()]) if (known.delivery.integrationId === id) this.#drop(known)
  }

  /** What the next start found: all that was sure must be there, and nothing that has ended. */
  recovered({ pending, dead }: Recovered): void {
    const found = new Map([...pending, ...dead].map((one) => [one.delivery.id, one]))
    for (const known of [...this.#byId.values()]) this.#compare(known, found.has(known.delivery.id))
    for (const { delivery, dueAt, held, dead: died } of found.values()) {
      const known = this.#byId.get(delivery.id)
      if (known === undefined)
        this.#violations.add('a delivery keeps its id and body', `${delivery.id} comes from nowhere`)
      else
        Object.assign(known, {
          dueAt,
          isLeft: held?.reason === 'left',
          ...stand(held !== undefined, died !== undefined),
        })
    }
  }

  #compare(known: Known, isFound: boolean): void {
    const { delivery, durable, isSure, state } = known
    const wasEnded = isEnded(durable)
    this.#violations.unless(!(wasEnded && isFound), 'what is settled is not sent again', () => `${delivery.id} was ${durable}, and came back`) // prettier-ignore
    this.#violations.unless(isFound || !isSure || isEnded(state), 'nothing accepted is lost', () => `${delivery.id} of ${delivery.integrationId} was ${state}, and is gone after a restart`) // prettier-ignore
    if (isFound && !isSure) this.#sure(known)
    else if (!isFound && !isSure) this.#drop(known)
    else if (!isFound) known.durable = known.state
  }

  #settle({ id, next }: Settled, at: number, log: readonly LogEntry[]): void {
    const known = this.#byId.get(id)
    if (known === undefined) return
    const state = next === 'dead' ? 'gone' : stateAfter(next)
    const wasKept = known.state === 'held' || known.state === 'dead'
    if (known.state === 'dead' || known.isLeft) known.isBehind = true
    Object.assign(known, {
      state,
      movedMs: this.#elapsedMs(),
      isLeft: typeof next === 'object' && 'hold' in next && next.hold === 'left',
    })
    if (typeof next === 'object' && 'dueAt' in next) known.dueAt = next.dueAt
    if ((state === 'held' || state === 'dead') && !wasKept) known.keptAt = at
    if (state !== 'waiting' && state !== 'held') this.#checkEnd(known, stateAfter(next), at, log)
  }

  #checkEnd(known: Known, end: DeliveryState, at: number, log: readonly LogEntry[]): void {
    const { id } = known.delivery
    const entry = log.find(({ deliveryId, became }) => deliveryId === id && became === end)
    const promise = 'each end is logged, and no sooner than told'
    this.#violations.unless(entry !== undefined, promise, () => `${id} became ${end} without a line in the log`)
    const isTooSoon = entry?.outcome.code === 'LEDGER_AGED' && at - known.keptAt < ledgerMsMax
    this.#violations.unless(!isTooSoon, promise, () => `${id} expired ${at - known.keptAt} ms after it was kept`)
    const isClaimed = known.state === 'delivered' && !known.isTaken
    this.#violations.unless(
      !isClaimed,
      'nothing accepted is lost',
      () => `${id} is called delivered, and no receiver took it`,
    )
  }

  #put(delivery: Delivery, body: Uint8Array, isSure: boolean): void {
    const { id, eventId, installationId, acceptedAt, replays } = delivery
    // One made anew by a replay is for its receiver another one.
    const seed = replays === undefined ? eventId : id
    const key = idempotencyKey(seed.slice(4), 'installation', installationId)
    const start = {
      state: 'pending',
      durable: 'pending',
      dueAt: acceptedAt,
      bornMs: this.#elapsedMs(),
      movedMs: this.#elapsedMs(),
      isBehind: false,
      keptAt: 0,
      isTaken: false,
      isLeft: false,
    } as const
    const known: Known = { delivery, body, key, isSure, ...start }
    this.#byId.set(id, known)
    this.#byKey.set(key, known)
  }

  #sure(known: Known): void {
    if (!known.isSure) this.accepted += 1
    known.isSure = true
  }

  #drop({ delivery, key }: Known): void {
    this.#byId.delete(delivery.id)
    if (this.#byKey.get(key)?.delivery.id === delivery.id) this.#byKey.delete(key)
  }
}

function stand(isHeld: boolean, isDead: boolean): Pick<Known, 'state' | 'durable'> {
  const state = isHeld ? 'held' : isDead ? 'dead' : 'waiting'
  return { state, durable: state }
}
