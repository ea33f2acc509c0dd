import type { Delivery, DeliveryId } from '../domain/delivery.ts'
import type { Gate } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { LaneBounds, Lanes, Started, WebhookSignal } from '../machines/index.ts'
import type { Clock, Random } from '../ports.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { Activity } from './activity.ts'
import type { Backlog, Waiting } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Inspections } from './inspections.ts'
import { webhookActor } from './filled-machines.ts'
import { Line } from './line.ts'
import type { Observers } from './observers.ts'
import { Ordering } from './ordering.ts'
import type { Ramps } from './ramps.ts'
import type { Registry } from './registry.ts'
import { ProbeChoice } from './probe-choice.ts'
import { ProbesUnderWay } from './probes-under-way.ts'
import { Reports } from './reports.ts'
import { restLeft, Rests } from './rests.ts'
import type { Sender } from './sender.ts'
import type { Shadow } from './shadow.ts'
import type { Timers } from './timers.ts'
import { stepsInTurnMax, Together } from './together.ts'
import type { Writes } from './writes.ts'

/** What the dispatcher works with. */
export interface DispatcherParts {
  readonly policy: Policy
  readonly bounds: LaneBounds
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly activity: Activity
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly observers: Observers
  readonly ramps: Ramps
  readonly shadow: Shadow | undefined
  readonly registry: Registry
  readonly sender: Sender
  readonly writes: Writes
  readonly inspections: Inspections
  /** Hears what the webhook actor failed over: without it nothing more is sent. */
  readonly onFault: (fault: unknown) => void
}

/** Fills the webhook actor: puts in what is due, has it sent, and turns each outcome into one commit. */
export class Dispatcher {
  readonly probes = new ProbesUnderWay()
  readonly reports: Reports
  readonly choice: ProbeChoice
  readonly #parts: DispatcherParts
  readonly rests: Rests
  readonly #line = new Line()
  readonly #ordering: Ordering
  readonly #together: Together
  readonly #actor

  constructor(parts: DispatcherParts) {
    this.#parts = parts
    const tell = (integrationId: IntegrationId, resting: boolean) =>
      this.#send({ type: 'lane.rest', integrationId, resting })
    this.rests = new Rests({ timers: parts.timers, tell })
    this.choice = new ProbeChoice(parts)
    this.#together = new Together(parts.activity, (signal) => this.#send(signal))
    this.#ordering = new Ordering({ ...parts, go: (id) => this.schedule(id) })
    this.reports = new Reports({
      ...parts,
      choice: this.choice,
      probes: this.probes,
      rests: this.rests,
      schedule: (id) => this.schedule(id),
      probeAgain: (started) => this.#probeAgain(started),
      probeIfAsked: (id) => this.probeIfAsked(id),
    })
    this.#actor = webhookActor(parts.bounds, {
      startAttempts: (lanes) => this.#startSome(lanes),
      reportOutcomes: (ended) => {
        parts.writes.together(() => {
          for (const { started, attempt } of ended) this.reports.report(started, attempt)
        })
      },
    })
    this.#actor.subscribe({ error: parts.onFault })
    parts.inspections.born({ name: 'webhook', actor: this.#actor })
    this.#actor.start()
  }

  /** Whether a delivery accepted now goes in line; behind a narrowed gate it does as the probe, when there is none. */
  takes(delivery: Delivery, gate: Gate): boolean {
    if (gate !== 'probe') return gate === 'open'
    return !this.#ordering.waits(delivery) && this.#beginProbe(delivery.integrationId)
  }

  /** A delivery is due now. */
  enqueue(id: DeliveryId): void {
    const waiting = this.#parts.backlog.get(id)
    if (waiting !== undefined && !this.#ordering.waits(waiting.delivery)) this.#join(waiting)
  }

  #join(waiting: Waiting): void {
    if (!this.#line.join(waiting.delivery)) return
    const { delivery, attempts, unspent } = waiting
    const origin = this.#parts.catalogue.originOf(delivery.integrationId)
    this.#together.due({ delivery, attempts, unspent, origin })
  }

  /** A delivery waits for its next attempt: in line when it is due, by the timer wheel until then. */
  schedule(id: DeliveryId): void {
    const waiting = this.#parts.backlog.get(id)
    if (waiting?.state !== 'waiting' && waiting?.state !== 'pending') return
    const isFresh = waiting.state === 'pending' && waiting.dueAt <= waiting.delivery.acceptedAt
    if (isFresh || waiting.dueAt <= this.#parts.clock.now()) this.enqueue(id)
    else this.#parts.timers.set(`delivery:${id}`, waiting.dueAt, () => this.schedule(id))
  }

  /** What it waited for, because they go in order, is settled. */
  turn(id: DeliveryId): void {
    this.#ordering.turn(id)
  }

  /** Sets a lane as the chart has it. Closing one takes everything out of it. */
  setLane(integrationId: IntegrationId, gate: Gate, epoch: number): void {
    if (gate === 'closed') this.#empty(integrationId)
    this.#send({ type: 'lane.set', integrationId, gate, epoch })
    if (gate === 'probe') this.#probe(integrationId)
    if (gate === 'open') this.choice.forget(integrationId)
  }

  /** Starts nothing more; resolves when the attempts under way have ended. */
  drain(): Promise<void> {
    this.#send({ type: 'webhook.drain' })
    return new Promise((resolve) => {
      if (this.#actor.getSnapshot().status === 'active') this.#actor.subscribe({ complete: resolve })
      else resolve()
    })
  }

  /** Drops everything: what it held cannot be trusted any more. */
  stop(): void {
    this.#actor.stop()
    this.probes.drop()
  }

  /** Leaves the lane of an integration that is gone as one never heard of finds it. */
  forget(integrationId: IntegrationId): void {
    this.rests.worked(integrationId)
    this.setLane(integrationId, 'closed', 0)
    this.setLane(integrationId, 'open', 0)
    this.rests.end(integrationId)
  }

  /** As it was asked to before a restart. */
  restAgain(integrationId: IntegrationId): void {
    const until = restLeft(this.#parts, integrationId)
    if (until !== undefined) this.rests.begin(integrationId, until)
  }

  /** The clock was set, and the timers were moved by as much. */
  move(ms: number): void {
    this.rests.move(ms)
    this.#parts.ramps.move(ms)
  }

  /** Whoever asked the lane to rest is not who is asked next. */
  wake(integrationId: IntegrationId): void {
    this.rests.end(integrationId)
  }

  #empty(id: IntegrationId): void {
    this.#line.empty(id)
    for (const { delivery } of this.#parts.backlog.judged(id)) this.#parts.timers.cancel(`delivery:${delivery.id}`)
  }

  /** With nothing to send, the next delivery that is accepted is the probe. */
  #probe(id: IntegrationId): void {
    const next = this.#parts.backlog.get(this.choice.next(id) ?? '')
    if (next !== undefined && this.#beginProbe(id)) this.#join(next)
  }

  /** While one made by hand is under way, the chart's waits for its end. */
  #beginProbe(id: IntegrationId): boolean {
    return !this.probes.has(id) && this.#line.beginProbe(id)
  }

  /** So many that the event loop is not held up; the others have another turn. */
  #startSome(lanes: Lanes): void {
    const at = this.#parts.clock.now()
    let left = stepsInTurnMax
    for (let next = lanes.take(at); next !== undefined; next = left > 0 ? lanes.take(at) : undefined) {
      if (this.#isLetThrough(next)) this.#start(next)
      else this.#turnAway(next, lanes, at)
      left -= 1
    }
    if (left === 0) this.#together.turn()
    if (lanes.isCrowded) this.#ageLater()
  }

  /** A lane is set in its turn, but a restriction acts at once: what was held or settled meanwhile is not started. */
  #isLetThrough({ delivery, isProbe }: Started): boolean {
    this.#line.leave(delivery)
    if (isProbe && this.probes.has(delivery.integrationId)) return false
    const isStarted = this.#parts.backlog.start(delivery.id, isProbe)
    if (isProbe && isStarted) this.probes.begin(delivery.integrationId)
    return isStarted
  }

  /** A probe that is not made leaves its place to the next. */
  #turnAway(job: Started, lanes: Lanes, at: number): void {
    lanes.release(job, at)
    if (job.isProbe) this.#probeAgain(job)
  }

  /** The probe that the chart waits for was not made, or told nothing. */
  #probeAgain({ delivery: { integrationId }, epoch }: Started): void {
    if (this.#parts.catalogue.integration(integrationId) === undefined) return
    if (this.#parts.registry.now(integrationId).context.epoch === epoch) this.#line.endProbe(integrationId)
    this.probeIfAsked(integrationId)
  }

  /** The chart may be waiting for a probe. */
  probeIfAsked(id: IntegrationId): void {
    if (this.#parts.registry.now(id).context.gate === 'probe') this.#probe(id)
  }

  /** While there is no crowd, nothing needs to know which lanes are slow. */
  #ageLater(): void {
    const { bounds, clock, timers } = this.#parts
    if (timers.has('lanes')) return
    timers.set('lanes', clock.now() + bounds.slowAfterMs, () => this.#send({ type: 'lanes.aged', at: clock.now() }))
  }

  #start(started: Started): void {
    this.#parts.activity.begin()
    this.#parts.sender.attempt(started).then(
      (attempt) => this.#together.ended({ started, attempt }),
      (fault: unknown) => {
        this.#parts.activity.end()
        this.#parts.onFault(fault)
      },
    )
  }

  /** What came due before it is told first. An engine that failed has stopped the actor: the next one repeats the rest. */
  #send(signal: WebhookSignal): void {
    if (signal.type !== 'deliveries.due') this.#together.tellDue()
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send(signal)
  }
}
