import type { Next } from '../../domain/delivery.ts'
import type { ChartState } from '../../domain/health.ts'
import { settle, type Ended } from '../../engine/settle.ts'
import { Answers, answered } from '../trace/answers.ts'
import { fractionOf } from '../trace/random.ts'
import type { TracedIntegration } from '../trace/trace.ts'
import type { Agenda } from './agenda.ts'
import type { OwnSide } from './own-side.ts'
import { Parcels, type Parcel } from './parcel.ts'
import { Ramping } from './ramping.ts'
import { Resting } from './resting.ts'
import { ProbeTurns } from './turns.ts'
import { tell, type Keeper } from './watched.ts'

/** What a course works with. */
export interface CourseParts {
  readonly agenda: Agenda
  readonly keeper: Keeper
  readonly side: OwnSide
  readonly traced: TracedIntegration
  readonly seed: number
  /** Where what is not sent is gone instead of held. @default nowhere */
  readonly dropsIn?: (state: ChartState) => boolean
}

interface Start {
  readonly isProbe: boolean
  readonly epoch: number
}

/**
 * The deliveries of one integration of a trace: accepted, tried, tried again by the policy's schedule, held while it is
 * broken or disabled, probed, and sent more and more quickly after a recovery; as the engine does it, with its own rules.
 */
export class Course {
  readonly #parts: CourseParts
  readonly #answers: Answers
  readonly #parcels = new Parcels()
  readonly #queue = new Set<Parcel>()
  readonly #turns = new ProbeTurns<Parcel>()
  readonly #resting = new Resting()
  #ramping: Ramping | undefined
  #inFlight = 0
  #attempts = 0
  #isProbing = false
  #wasOpen = true
  #epoch: number
  #armedAt = Infinity

  constructor(parts: CourseParts) {
    this.#parts = parts
    this.#answers = new Answers(parts.traced.spells, parts.seed)
    this.#epoch = parts.keeper.epoch
  }

  /** Every delivery, in the order they were accepted. */
  get parcels(): readonly Parcel[] {
    return this.#parcels.all
  }

  get attempts(): number {
    return this.#attempts
  }

  begin(): void {
    this.#arriveLater()
    this.#arm()
  }

  /** Time counts again after an outage of our own. */
  thawed(): void {
    const { agenda, keeper } = this.#parts
    keeper.thawed(agenda.now)
    this.#follow()
  }

  #arriveLater(): void {
    const event = this.#parts.traced.events[this.#parcels.all.length]
    if (event === undefined) return
    this.#parts.agenda.put(event.at, () => {
      this.#accept(this.#parcels.accept(event))
      this.#arriveLater()
    })
  }

  #accept(parcel: Parcel): void {
    const { gate } = this.#parts.keeper
    if (this.#ramping !== undefined) this.#hold(parcel)
    else if (gate === 'open') this.#enqueue(parcel)
    else if (gate === 'probe' && !this.#isProbing) this.#probeWith(parcel)
    else this.#hold(parcel)
  }

  #enqueue(parcel: Parcel): void {
    this.#queue.add(parcel)
    this.#pump()
  }

  #pump(): void {
    const { agenda, keeper } = this.#parts
    if (keeper.gate !== 'open' || agenda.now < this.#resting.until) return
    for (const parcel of this.#queue) {
      if (this.#inFlight >= keeper.policy.lane.inFlightMax) return
      this.#start(parcel, false)
    }
  }

  #start(parcel: Parcel, isProbe: boolean): void {
    const { agenda, keeper, side, traced } = this.#parts
    this.#queue.delete(parcel)
    parcel.state = 'inflight'
    this.#inFlight += 1
    this.#attempts += 1
    const answer = this.#answers.at(agenda.now, parcel.event, parcel.index)
    const { outcome, durationMs } = answered(answer, keeper.policy.deadlineMs)
    const start = { isProbe, epoch: keeper.epoch }
    agenda.put(agenda.now + durationMs, () => {
      const heard = side.heard(traced.host ?? traced.integration, outcome)
      this.#ended(parcel, start, { at: agenda.now, outcome: heard })
    })
  }

  #ended(parcel: Parcel, { isProbe, epoch }: Start, ended: Ended): void {
    const { agenda, keeper, seed, traced } = this.#parts
    this.#inFlight -= 1
    const restedAt = this.#resting.after(ended.at)
    const isLast = isProbe && this.#turns.isLast(parcel, this.#parcels.open)
    const chance = fractionOf(seed, parcel.index, this.#attempts, 1)
    const known = { status: traced.status ?? 'internal', chance, restedAt, isLast, ...keeper.patience(ended) }
    const settlement = settle(keeper.policy, { ...parcel, isProbe }, ended, known)
    if (this.#resting.ended(settlement, restedAt)) agenda.put(this.#resting.until, () => this.#pump())
    if (settlement.rule.counts === 'failed') this.#ramping?.failed()
    if (isProbe && settlement.rule.settles !== 'later') this.#turns.ended(parcel, settlement.rule.counts === 'ok')
    if (epoch === keeper.epoch && settlement.signal !== undefined) tell(keeper, settlement.signal)
    this.#place(parcel, settlement.next)
    this.#follow()
    const isToProbe = isProbe && settlement.rule.settles === 'later'
    if (isToProbe && epoch === keeper.epoch) this.#isProbing = false
    if (isToProbe || parcel.state === 'held') this.#probe()
    this.#pump()
  }

  #place(parcel: Parcel, next: Next): void {
    const { agenda, keeper } = this.#parts
    if (typeof next === 'string' || 'dead' in next)
      return this.#parcels.settle(parcel, next === 'delivered' ? next : 'dead')
    parcel.attempts = next.attempts ?? parcel.attempts
    if (parcel.isDead) return this.#parcels.settle(parcel, 'dead')
    if (!('hold' in next)) {
      parcel.dueAt = next.dueAt
      parcel.unspent = next.unspent ?? parcel.unspent
    }
    if (keeper.gate !== 'open') this.#hold(parcel)
    else this.#schedule(parcel, !('hold' in next) ? next.dueAt : agenda.now)
  }

  #schedule(parcel: Parcel, dueAt: number): void {
    const { agenda } = this.#parts
    parcel.state = 'waiting'
    parcel.dueAt = dueAt
    if (dueAt <= agenda.now) return this.#enqueue(parcel)
    agenda.put(dueAt, () => {
      if (parcel.state === 'waiting' && parcel.dueAt === dueAt) this.#enqueue(parcel)
    })
  }

  #hold(parcel: Parcel): void {
    const isDropped = this.#ramping === undefined && this.#parts.dropsIn?.(this.#parts.keeper.state) === true
    if (isDropped) return this.#parcels.settle(parcel, 'dropped')
    parcel.state = 'held'
    parcel.wasHeld = true
  }

  /** The gate may have moved: what waits is held or goes on, and the timer is set anew. */
  #follow(): void {
    const { keeper } = this.#parts
    if (keeper.epoch !== this.#epoch) {
      this.#epoch = keeper.epoch
      this.#isProbing = false
      if (keeper.gate === 'open') this.#opened()
      else this.#closed()
    }
    this.#arm()
  }

  #closed(): void {
    this.#ramping?.stop()
    this.#ramping = undefined
    this.#queue.clear()
    // A rule may drop what it held so far.
    const isDropping = this.#parts.dropsIn?.(this.#parts.keeper.state) === true
    if (this.#wasOpen || isDropping)
      for (const parcel of this.#parcels.open) if (parcel.state !== 'inflight') this.#hold(parcel)
    this.#wasOpen = false
    this.#probe()
  }

  #opened(): void {
    const { agenda, keeper } = this.#parts
    this.#turns.forget()
    this.#wasOpen = true
    const { lane, schedule } = keeper.policy
    const held = this.#parcels.held(Infinity)
    if (keeper.state !== 'healthy.probation' || schedule.ramp === undefined || held.length === 0)
      return held.forEach((parcel) => this.#schedule(parcel, Math.max(parcel.dueAt, agenda.now)))
    this.#ramping = new Ramping({
      agenda,
      ramp: schedule.ramp,
      inFlightMax: lane.inFlightMax,
      next: (count) => this.#parcels.held(count),
      send: (parcels) => parcels.forEach((parcel) => this.#schedule(parcel, agenda.now)),
      over: () => (this.#ramping = undefined),
    })
    this.#ramping.go()
  }

  /** With nothing to send, the next delivery that is accepted is the probe. */
  #probe(): void {
    const { dropsIn, keeper } = this.#parts
    if (keeper.gate !== 'probe' || this.#isProbing || dropsIn?.(keeper.state) === true) return
    const next = this.#turns.next(this.#parcels.held(Infinity), [...this.#parcels.dead])
    if (next !== undefined) this.#probeWith(next)
  }

  #probeWith(parcel: Parcel): void {
    const { agenda, keeper } = this.#parts
    const { epoch } = keeper
    this.#isProbing = true
    if (agenda.now >= this.#resting.until) return this.#start(parcel, true)
    agenda.put(this.#resting.until, () => keeper.epoch === epoch && this.#start(parcel, true))
  }

  #arm(): void {
    const { agenda, keeper } = this.#parts
    const { nextAt } = keeper
    if (nextAt >= this.#armedAt) return
    this.#armedAt = nextAt
    agenda.put(nextAt, () => {
      this.#armedAt = Infinity
      keeper.advanceTo(agenda.now)
      this.#follow()
    })
  }
}
