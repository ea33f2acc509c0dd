import type { Delivery } from '../domain/delivery.ts'
import { Fifo } from '../domain/fifo.ts'
import type { Gate } from '../domain/health.ts'

/** A delivery that is due, waiting for its turn: its body is not here, but where whoever sends it looks. */
export interface Job {
  readonly delivery: Delivery
  /** Attempts already spent. */
  readonly attempts: number
  /** Attempts made besides that cost none. @default none */
  readonly unspent?: number
  /** Scheme, host and port it goes to. */
  readonly origin: string
}

/** A job that was let through. */
export interface Started extends Job {
  /** The lane's epoch when it started: an outcome of an older one never moves the chart. */
  readonly epoch: number
  readonly isProbe: boolean
  readonly startedAt: number
}

/** The queue of one integration, and what it lets through. */
export interface Lane {
  gate: Gate
  epoch: number
  inFlight: number
  resting: boolean
  readonly queue: Fifo<Job>
  /** Its last attempts took long. */
  isSlow: boolean
  /** It stands in line. */
  isInLine: boolean
  /** It waits for a place there, and does not stand in line meanwhile. */
  parkedAt: Room | undefined
  /** It stands in line because there is a place; when it does not take it, the next one parked there may. */
  calledBy: Room | undefined
}

/** The lane of an integration never heard of. */
export function aLane(): Lane {
  return {
    gate: 'open',
    epoch: 0,
    inFlight: 0,
    resting: false,
    queue: new Fifo(),
    isSlow: false,
    isInLine: false,
    parkedAt: undefined,
    calledBy: undefined,
  }
}

export function isOpen(lane: Lane): boolean {
  return lane.gate !== 'closed' && !lane.resting
}

/** Places for so many attempts, and the lanes that wait for one. */
export class Room {
  readonly #most: number
  /** Most rooms are never full. */
  #parked: Set<Lane> | undefined
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  get isFull(): boolean {
    return this.#taken >= this.#most
  }

  get isUnused(): boolean {
    return this.#taken === 0 && (this.#parked?.size ?? 0) === 0
  }

  /** More may be taken than there are: what is under way is not stopped. */
  take(places: number): void {
    this.#taken += places
  }

  free(places: number): void {
    this.#taken -= places
  }

  park(lane: Lane): void {
    lane.parkedAt = this
    this.#parked ??= new Set()
    this.#parked.add(lane)
  }

  leave(lane: Lane): void {
    lane.parkedAt = undefined
    this.#parked?.delete(lane)
  }

  /** The lane parked longest, which leaves; none while there is no place. */
  next(): Lane | undefined {
    if (this.isFull || this.#parked === undefined) return undefined
    const [lane] = this.#parked
    if (lane !== undefined) this.leave(lane)
    return lane
  }
}
