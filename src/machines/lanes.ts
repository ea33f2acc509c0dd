import type { Delivery } from '../domain/delivery.ts'
import type { Gate } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'

/** A delivery that is due, waiting for its turn. */
export interface Job {
  readonly delivery: Delivery
  /** Attempts already spent. */
  readonly attempts: number
  /** Scheme, host and port it goes to. */
  readonly origin: string
  /** Kept from acceptance for the first attempt; later ones read it back. */
  readonly body?: Uint8Array
}

/** A job that was let through. */
export interface Started extends Job {
  /** The lane's epoch when it started: an outcome of an older one never moves the chart. */
  readonly epoch: number
  readonly isProbe: boolean
}

/** How many attempts may be in flight. */
export interface LaneBounds {
  readonly laneInFlightMax: number
  readonly originInFlightMax: number
  readonly inFlightMax: number
}

interface Lane {
  gate: Gate
  epoch: number
  inFlight: number
  resting: boolean
  queue: Job[]
}

/**
 * One queue per integration, taken in turn. Plain data with one owner, the webhook actor: it starts nothing itself.
 * A lane that could start is in `ready`; one that waits only for its origin is parked there, so a turn costs O(1).
 */
export class Lanes {
  readonly #bounds: LaneBounds
  readonly #lanes = new Map<IntegrationId, Lane>()
  readonly #ready = new Set<IntegrationId>()
  readonly #origins = new Map<string, { inFlight: number; parked: Set<IntegrationId> }>()
  #inFlight = 0
  #queued = 0

  constructor(bounds: LaneBounds) {
    this.#bounds = bounds
  }

  /** Attempts under way. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Jobs that wait only for their turn: those behind a closed gate or in a resting lane are not counted. */
  get startable(): number {
    return this.#queued === 0 ? 0 : [...this.#lanes.values()].reduce((sum, lane) => sum + (isOpen(lane) ? lane.queue.length : 0), 0)
  }

  add(job: Job): void {
    this.#lane(job.delivery.integrationId).queue.push(job)
    this.#queued += 1
    this.#look(job.delivery.integrationId)
  }

  /** Opens, narrows or closes a lane. Closing empties it: whoever closes it holds what was waiting. */
  set(id: IntegrationId, gate: Gate, epoch: number): void {
    const lane = this.#lane(id)
    Object.assign(lane, { gate, epoch })
    if (gate === 'closed') this.#empty(lane)
    this.#look(id)
  }

  /** A resting lane starts nothing, and its gate stays as it is. */
  rest(id: IntegrationId, resting: boolean): void {
    this.#lane(id).resting = resting
    this.#look(id)
  }

  /** The next job whose lane, origin and engine have room; it counts as in flight from now on. */
  take(): Started | undefined {
    if (this.#inFlight >= this.#bounds.inFlightMax) return undefined
    for (const id of this.#ready) {
      const lane = this.#lane(id)
      const job = lane.queue[0]
      this.#ready.delete(id)
      if (job === undefined) continue
      const origin = this.#origin(job.origin)
      if (origin.inFlight >= this.#bounds.originInFlightMax) origin.parked.add(id)
      else return this.#start(id, lane, job)
    }
    return undefined
  }

  /** An attempt ended: its place is free again. */
  release(job: Job): void {
    const id = job.delivery.integrationId
    this.#inFlight -= 1
    this.#lane(id).inFlight -= 1
    const origin = this.#origin(job.origin)
    origin.inFlight -= 1
    for (const parked of origin.parked) this.#look(parked)
    origin.parked.clear()
    if (origin.inFlight === 0) this.#origins.delete(job.origin)
    this.#look(id)
  }

  #start(id: IntegrationId, lane: Lane, job: Job): Started {
    lane.queue.shift()
    lane.inFlight += 1
    this.#queued -= 1
    this.#inFlight += 1
    this.#origin(job.origin).inFlight += 1
    this.#look(id)
    return { ...job, epoch: lane.epoch, isProbe: lane.gate === 'probe' }
  }

  #empty(lane: Lane): void {
    this.#queued -= lane.queue.length
    lane.queue = []
  }

  /** Puts a lane at the end of those that could start, or takes it out. */
  #look(id: IntegrationId): void {
    const lane = this.#lane(id)
    const widthMax = lane.gate === 'probe' ? 1 : this.#bounds.laneInFlightMax
    if (isOpen(lane) && lane.queue.length > 0 && lane.inFlight < widthMax) this.#ready.add(id)
    else this.#ready.delete(id)
  }

  #lane(id: IntegrationId): Lane {
    const known = this.#lanes.get(id)
    if (known !== undefined) return known
    const lane: Lane = { gate: 'open', epoch: 0, inFlight: 0, resting: false, queue: [] }
    this.#lanes.set(id, lane)
    return lane
  }

  #origin(name: string): { inFlight: number; parked: Set<IntegrationId> } {
    const known = this.#origins.get(name)
    if (known !== undefined) return known
    const origin = { inFlight: 0, parked: new Set<IntegrationId>() }
    this.#origins.set(name, origin)
    return origin
  }
}

function isOpen(lane: Lane): boolean {
  return lane.gate !== 'closed' && !lane.resting
}
