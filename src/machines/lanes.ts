import { laneOf, type Delivery } from '../domain/delivery.ts'
import type { Gate } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'

/** A delivery that is due, waiting for its turn: its body is not here, but where whoever sends it looks. */
export interface Job {
  readonly delivery: Delivery
  /** Attempts already spent. */
  readonly attempts: number
  /** Scheme, host and port it goes to. */
  readonly origin: string
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
  queue: Queue
  /** It waits for a place at this origin, and is not ready meanwhile. */
  parkedAt: Origin | undefined
  /** It is ready because this origin has a place; when it does not take it, the next one parked there may. */
  calledBy: Origin | undefined
}

interface Origin {
  readonly name: string
  inFlight: number
  readonly parked: Set<Lane>
}

/**
 * One queue per integration (and one beside it for its installation topics), taken in turn. Plain data with one owner, the webhook actor: it starts nothing itself.
 * A lane that may start stands once in `ready`; one that waits only for its origin is parked there, and each place
 * that becomes free calls one of them back: a turn costs the same however many wait.
 */
export class Lanes {
  readonly #bounds: LaneBounds
  readonly #lanes = new Map<string, Lane>()
  readonly #ready = new Set<Lane>()
  readonly #origins = new Map<string, Origin>()
  #inFlight = 0

  constructor(bounds: LaneBounds) {
    this.#bounds = bounds
  }

  /** Attempts under way. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Jobs that wait only for their turn: those behind a closed gate or in a resting lane are not counted. */
  get startable(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + (isOpen(lane) ? lane.queue.length : 0), 0)
  }

  add(job: Job): void {
    const lane = this.#lane(laneOf(job.delivery))
    lane.queue.push(job)
    this.#line(lane)
  }

  /** Opens, narrows or closes a lane. Closing empties it: whoever closes it holds what was waiting. */
  set(id: IntegrationId, gate: Gate, epoch: number): void {
    const lane = this.#lane(id)
    Object.assign(lane, { gate, epoch })
    if (gate === 'closed') empty(lane)
    this.#line(lane)
  }

  /** A resting lane starts nothing, and its gate stays as it is. */
  rest(id: IntegrationId, resting: boolean): void {
    const lane = this.#lane(id)
    lane.resting = resting
    this.#line(lane)
  }

  /** The next job whose lane, origin and engine have room; it counts as in flight from now on. */
  take(): Started | undefined {
    if (this.#inFlight >= this.#bounds.inFlightMax) return undefined
    for (const lane of this.#ready) {
      const started = this.#turn(lane)
      if (started !== undefined) return started
    }
    return undefined
  }

  /** An attempt ended: its place is free again. */
  release(job: Job): void {
    const lane = this.#lane(laneOf(job.delivery))
    const origin = this.#origin(job.origin)
    this.#inFlight -= 1
    lane.inFlight -= 1
    origin.inFlight -= 1
    this.#call(origin)
    this.#line(lane)
    if (origin.inFlight === 0 && origin.parked.size === 0) this.#origins.delete(origin.name)
  }

  /** One lane's turn: it starts its next job, is parked where there is no room, or has nothing to start. */
  #turn(lane: Lane): Started | undefined {
    const { calledBy } = lane
    const job = this.#mayStart(lane) ? lane.queue.first : undefined
    const origin = job === undefined ? undefined : this.#origin(job.origin)
    this.#ready.delete(lane)
    lane.calledBy = undefined
    if (calledBy !== undefined && calledBy !== origin) this.#call(calledBy)
    if (job === undefined || origin === undefined) return undefined
    if (origin.inFlight < this.#bounds.originInFlightMax) return this.#start(lane, origin, job)
    lane.parkedAt = origin
    origin.parked.add(lane)
    return undefined
  }

  #start(lane: Lane, origin: Origin, job: Job): Started {
    lane.queue.shift()
    lane.inFlight += 1
    origin.inFlight += 1
    this.#inFlight += 1
    this.#line(lane)
    return { ...job, epoch: lane.epoch, isProbe: lane.gate === 'probe' }
  }

  /** An origin has a place: the lane parked there longest stands in line again. */
  #call(origin: Origin): void {
    const [lane] = origin.parked
    if (lane === undefined) return
    unpark(lane)
    lane.calledBy = origin
    this.#ready.add(lane)
  }

  /** Puts a lane at the end of the line, unless it stands there already or waits for its origin. */
  #line(lane: Lane): void {
    if (lane.parkedAt === undefined && this.#mayStart(lane)) this.#ready.add(lane)
  }

  #mayStart(lane: Lane): boolean {
    const widthMax = lane.gate === 'probe' ? 1 : this.#bounds.laneInFlightMax
    return isOpen(lane) && lane.queue.length > 0 && lane.inFlight < widthMax
  }

  #lane(name: string): Lane {
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    const empty = { queue: new Queue(), inFlight: 0, resting: false, parkedAt: undefined, calledBy: undefined }
    const lane: Lane = { gate: 'open', epoch: 0, ...empty }
    this.#lanes.set(name, lane)
    return lane
  }

  #origin(name: string): Origin {
    const known = this.#origins.get(name)
    if (known !== undefined) return known
    const origin: Origin = { name, inFlight: 0, parked: new Set() }
    this.#origins.set(name, origin)
    return origin
  }
}

/** First in, first out; taking from a long plain array costs as much as the array is long. */
class Queue {
  #jobs: Job[] = []
  #taken = 0

  get length(): number {
    return this.#jobs.length - this.#taken
  }

  get first(): Job | undefined {
    return this.#jobs[this.#taken]
  }

  push(job: Job): void {
    this.#jobs.push(job)
  }

  shift(): void {
    this.#taken += 1
    if (this.#taken * 2 < this.#jobs.length) return
    this.#jobs = this.#jobs.slice(this.#taken)
    this.#taken = 0
  }
}

function isOpen(lane: Lane): boolean {
  return lane.gate !== 'closed' && !lane.resting
}

function empty(lane: Lane): void {
  lane.queue = new Queue()
  unpark(lane)
}

function unpark(lane: Lane): void {
  lane.parkedAt?.parked.delete(lane)
  lane.parkedAt = undefined
}
