import { laneOf } from '../domain/delivery.ts'
import type { Gate } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { aLane, isOpen, Room, type Job, type Lane, type Started } from './lane.ts'
import { Turns } from './turns.ts'

/** How many attempts may be in flight. */
export interface LaneBounds {
  readonly laneInFlightMax: number
  readonly originInFlightMax: number
  readonly inFlightMax: number
  /** In flight at once in all slow lanes together, so that quick ones always find a place. */
  readonly slowInFlightMax: number
  /** A lane is slow once an attempt of it has taken so long, until one has taken less. */
  readonly slowAfterMs: number
}

/** So many origins keep their room while it is empty: for the next attempt, making one anew would cost the most. */
const emptyMax = 1_000

/**
 * One queue per integration (and one beside it for its installation topics), taken in turn, organisation by
 * organisation. Plain data with one owner, the webhook actor: it starts nothing itself. A lane that may start stands
 * once in line; one that waits only for room, at its origin or among the slow, is parked there, and each place that
 * becomes free calls one of them back: a turn costs the same however many wait.
 */
export class Lanes {
  readonly #bounds: LaneBounds
  readonly #lanes = new Map<string, Lane>()
  readonly #turns = new Turns()
  readonly #origins = new Map<string, Room>()
  readonly #slow: Room
  /** In the order they started. */
  readonly #flying: Started[] = []

  constructor(bounds: LaneBounds) {
    this.#bounds = bounds
    this.#slow = new Room(bounds.slowInFlightMax)
  }

  /** Attempts under way. */
  get inFlight(): number {
    return this.#flying.length
  }

  /** Jobs that wait only for their turn: those behind a closed gate or in a resting lane are not counted. */
  get startable(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + (isOpen(lane) ? lane.queue.length : 0), 0)
  }

  /** Whether so many are under way that slow lanes could take the places of quick ones. */
  get isCrowded(): boolean {
    return this.#flying.length >= this.#bounds.slowInFlightMax
  }

  add(job: Job): void {
    const lane = this.#lane(laneOf(job.delivery))
    lane.queue.push(job)
    this.#line(lane)
  }

  /** Opens, narrows or closes a lane. Closing empties it: whoever closes it holds what was waiting. */
  set(id: IntegrationId, gate: Gate, epoch: number): void {
    if (gate === 'open' && epoch === 0 && !this.#lanes.has(id)) return
    const lane = this.#lane(id)
    Object.assign(lane, { gate, epoch })
    if (gate === 'closed') {
      lane.queue.clear()
      lane.parkedAt?.leave(lane)
    }
    this.#line(lane)
  }

  /** A resting lane starts nothing, and its gate stays as it is. */
  rest(id: IntegrationId, resting: boolean): void {
    const lane = this.#lane(id)
    lane.resting = resting
    this.#line(lane)
  }

  /** The next job whose lane, origin and engine have room; it counts as in flight from now on. */
  take(at: number): Started | undefined {
    if (this.#flying.length >= this.#bounds.inFlightMax) return undefined
    for (let lane = this.#turns.next(); lane !== undefined; lane = this.#turns.next()) {
      const started = this.#turn(lane, at)
      if (started !== undefined) return started
    }
    return undefined
  }

  /** An attempt ended: its place is free again. */
  release(started: Started, at: number): void {
    const lane = this.#lane(laneOf(started.delivery))
    const origin = this.#origin(started.origin)
    this.#land(started)
    this.#free(origin, 1)
    if (lane.isSlow) this.#free(this.#slow, 1)
    lane.inFlight -= 1
    this.#pace(lane, at - started.startedAt >= this.#bounds.slowAfterMs)
    this.#line(lane)
    if (origin.isUnused && this.#origins.size > emptyMax) this.#origins.delete(started.origin)
  }

  /** Time has passed: the lanes of attempts that are still under way after long are slow. */
  age(at: number): void {
    for (const started of this.#flying) {
      if (at - started.startedAt < this.#bounds.slowAfterMs) return
      this.#pace(this.#lane(laneOf(started.delivery)), true)
    }
  }

  /** One lane's turn: it starts its next job, is parked where there is no room, or has nothing to start. */
  #turn(lane: Lane, at: number): Started | undefined {
    const { calledBy } = lane
    lane.calledBy = undefined
    const job = this.#mayStart(lane) ? lane.queue.first : undefined
    const rooms = job === undefined ? [] : this.#roomsFor(lane, job)
    const full = rooms.find((room) => room.isFull)
    full?.park(lane)
    const started = job === undefined || full !== undefined ? undefined : this.#start(lane, job, rooms, at)
    // The place it was called for, and does not take, is left to the next.
    if (calledBy !== full && (started === undefined || !rooms.includes(calledBy as Room))) this.#call(calledBy)
    return started
  }

  #start(lane: Lane, job: Job, rooms: readonly Room[], at: number): Started {
    lane.queue.shift()
    lane.inFlight += 1
    for (const room of rooms) room.take(1)
    const { delivery, attempts, unspent = 0, origin } = job
    const { epoch, gate } = lane
    const started = { delivery, attempts, unspent, origin, epoch, isProbe: gate === 'probe', startedAt: at }
    this.#flying.push(started)
    this.#line(lane)
    return started
  }

  /** Those that started first are the first to end, nearly always. */
  #land(started: Started): void {
    const at = this.#flying.indexOf(started)
    if (at >= 0) this.#flying.splice(at, 1)
  }

  #roomsFor(lane: Lane, { origin }: Job): readonly Room[] {
    return lane.isSlow ? [this.#origin(origin), this.#slow] : [this.#origin(origin)]
  }

  /** A lane moves between the quick and the slow with all that it has in flight. */
  #pace(lane: Lane, isSlow: boolean): void {
    if (lane.isSlow === isSlow) return
    lane.isSlow = isSlow
    if (isSlow) this.#slow.take(lane.inFlight)
    else this.#free(this.#slow, lane.inFlight)
    if (isSlow || lane.parkedAt !== this.#slow) return
    this.#slow.leave(lane)
    this.#line(lane)
  }

  #free(room: Room, places: number): void {
    room.free(places)
    for (let n = 0; n < places; n += 1) this.#call(room)
  }

  /** A room has a place: the lane parked there longest stands in line again. */
  #call(room: Room | undefined): void {
    const lane = room?.next()
    if (lane === undefined) return
    lane.calledBy = room
    this.#turns.add(lane)
  }

  /** Puts a lane at the end of the line, unless it stands there already or waits for room. */
  #line(lane: Lane): void {
    if (lane.parkedAt === undefined && this.#mayStart(lane)) this.#turns.add(lane)
  }

  #mayStart(lane: Lane): boolean {
    const widthMax = lane.gate === 'probe' ? 1 : this.#bounds.laneInFlightMax
    return isOpen(lane) && lane.queue.length > 0 && lane.inFlight < widthMax
  }

  #lane(name: string): Lane {
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    const lane = aLane()
    this.#lanes.set(name, lane)
    return lane
  }

  #origin(name: string): Room {
    const known = this.#origins.get(name)
    if (known !== undefined) return known
    const origin = new Room(this.#bounds.originInFlightMax)
    this.#origins.set(name, origin)
    return origin
  }
}
