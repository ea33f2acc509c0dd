import { setTimeout as wait } from 'node:timers/promises'
import { HookwardError } from '../domain/errors.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { IntegrationActor } from '../machines/index.ts'
import type { Recovered } from '../ports.ts'
import { Activity } from './activity.ts'
import { Backlog } from './backlog.ts'
import { BlockedAddresses } from './blocked-addresses.ts'
import { Books } from './books.ts'
import { Catalogue } from './catalogue.ts'
import { closeChannels } from './channels.ts'
import { StepConsequences } from './consequences.ts'
import { Dispatcher } from './dispatcher.ts'
import { EnableGuard } from './enable-guard.ts'
import { faultOf } from './fault.ts'
import { integrationOf, serve } from './filled-machines.ts'
import { FreshBodies } from './fresh-bodies.ts'
import { HandProbe } from './hand-probe.ts'
import { catchUp } from './health-time.ts'
import { untilIdle } from './idle.ts'
import { Inspections } from './inspections.ts'
import { Installing } from './installing.ts'
import { Intake } from './intake.ts'
import { Keyring } from './keyring.ts'
import { Ladder } from './ladder.ts'
import { Ledger } from './ledger.ts'
import { LedgerDesk } from './ledger-desk.ts'
import { LiveActors } from './live-actors.ts'
import { Mailroom } from './mailroom.ts'
import { Observers } from './observers.ts'
import type { Parts } from './options.ts'
import { overviewOf } from './overview.ts'
import { OwnSide } from './own-side.ts'
import { Quarantine } from './quarantine.ts'
import { Ramps } from './ramps.ts'
import { Registration } from './registration.ts'
import { resume } from './resume.ts'
import { Registry } from './registry.ts'
import { Sender } from './sender.ts'
import { Shadow } from './shadow.ts'
import { Steering } from './steering.ts'
import { Timers } from './timers.ts'
import { Writes } from './writes.ts'

/** How many attempts may be in flight to one origin (undici's `connections`), in all, and in all slow lanes. */
const bounds = { originInFlightMax: 16, inFlightMax: 512, slowInFlightMax: 256, slowAfterMs: 1_000 } as const
/** An actor that has heard nothing for so long is put to sleep. */
const hibernateAfterMs = 300_000

/** The composition: fills the slots of the machines from the ports, and stops all of it together. */
export class Engine {
  readonly parts: Parts
  readonly activity = new Activity()
  readonly backlog = new Backlog()
  readonly catalogue = new Catalogue()
  readonly observers: Observers
  readonly inspections: Inspections
  readonly timers: Timers
  readonly writes: Writes
  readonly registry: Registry
  readonly dispatcher: Dispatcher
  readonly mailroom: Mailroom
  readonly ladder: Ladder
  readonly intake: Intake
  readonly registration: Registration
  readonly installing: Installing
  readonly steering: Steering
  readonly desk: LedgerDesk
  readonly ownSide: OwnSide
  readonly ramps: Ramps
  readonly shadow: Shadow | undefined
  readonly #ledger: Ledger
  readonly #consequences: StepConsequences
  readonly quarantine = new Quarantine()
  readonly #live: LiveActors
  #failure: HookwardError | undefined
  #stopping: Promise<void> | undefined

  constructor(parts: Parts) {
    const { clock, logger, mailDomain, policy, random, store } = parts
    const onFault = (fault: unknown) => this.#fail(faultOf(fault))
    this.parts = parts
    this.observers = new Observers(logger)
    this.inspections = new Inspections(clock, logger)
    this.timers = new Timers(clock, onFault, () => this.ownSide.time.look())
    this.writes = new Writes({
      store,
      backlog: this.backlog,
      activity: this.activity,
      onFailure: (failure) => this.#fail(failure),
      onMoved: ({ integrationId }) => this.#ledger.check(integrationId),
      onTurn: (id) => this.dispatcher.turn(id),
    })
    const guarded = parts.guard && { guard: parts.guard }
    this.ownSide = new OwnSide({ ...this.#shared(), ...guarded, logger, onLost: (backMs) => catchUp(this, backMs) })
    const late = { registry: () => this.registry, dispatcher: () => this.dispatcher, mailroom: () => this.mailroom }
    this.shadow = parts.shadow && new Shadow({ ...this.#shared(), ...late, logger, policy: parts.shadow })
    this.ladder = new Ladder({ ...this.#shared(), ...late, store })
    this.ramps = new Ramps({ ...this.#shared(), ...late, schedule: (id) => this.dispatcher.schedule(id) })
    const { quarantine } = this
    const followed = { ramps: this.ramps, ladder: this.ladder, quarantine, onFault }
    this.#consequences = new StepConsequences({ ...this.#shared(), ...late, ...followed })
    const machine = integrationOf(policy)
    const bornAt = (id: IntegrationId) => this.catalogue.integration(id)?.createdAt ?? clock.now()
    const lostMs = () => this.ownSide.time.lostMs
    const [consequences, { inspections, writes }] = [this.#consequences, this]
    const onAwake = (actor: IntegrationActor) => {
      serve(actor, this.mailroom)
      this.#sleepLater()
    }
    const live = new LiveActors({ machine, logger, inspections, onAwake })
    this.#live = live
    this.registry = new Registry({ live, policy, writes, consequences, quarantine, logger, bornAt, lostMs })
    this.mailroom = new Mailroom({ ...parts, ...this.#shared(), registry: () => this.registry, domain: mailDomain })
    const keyring = new Keyring(clock, parts.secrets)
    const fresh = new FreshBodies()
    const sender = new Sender({ ...parts, ...this.#shared(), fresh, keyring })
    const laneBounds = { ...bounds, laneInFlightMax: policy.lane.inFlightMax }
    const made = { ...this.#shared(), random, ramps: this.ramps, registry: this.registry }
    this.dispatcher = new Dispatcher({ ...made, bounds: laneBounds, sender, inspections, onFault })
    const { application, network } = parts
    this.intake = new Intake({ ...made, application, dispatcher: this.dispatcher, fresh, logger })
    const ledger = new Ledger({ ...made, store })
    this.#ledger = ledger
    const { dispatcher, ladder, mailroom } = this
    this.desk = new LedgerDesk({ ...made, dispatcher, store })
    new BlockedAddresses({ ...made, mailroom, store })
    const probes = new HandProbe({ ...made, dispatcher, sender })
    const guard = new EnableGuard({ ...made, probes, store })
    this.steering = new Steering({ ...made, consequences, guard, probes, quarantine })
    const booked = { ...made, books: new Books(clock, this.writes), dispatcher, quarantine }
    this.registration = new Registration({ ...booked, keyring, ladder, ledger, mailroom, network })
    const { intake, registration } = this
    this.installing = new Installing({ ...booked, intake, registration })
  }

  /** Goes on where the last engine on this store stopped. */
  recover(recovered: Recovered): void {
    this.load(recovered)
    const at = this.parts.clock.now()
    const { backlog, catalogue, dispatcher, registration, registry } = this
    const consequences = this.#consequences
    const resumed = { backlog, catalogue, consequences, dispatcher, ramps: this.ramps, registration, registry }
    for (const { id } of recovered.integrations) {
      resume(resumed, id, at)
      this.#ledger.check(id)
    }
    this.ownSide.time.look()
    this.mailroom.armAll()
    this.ladder.armAll()
    const { removedFiles, damage, ...counts } = recovered.report
    const facts = { ...counts, removedFiles: removedFiles.join(', '), damage: damage.join('; ') }
    this.parts.logger[damage.length > 0 ? 'warn' : 'info'](facts, 'recovered')
  }

  /** Knows what the last engine on this store knew, and sets nothing going: enough to answer questions. */
  load(recovered: Recovered): void {
    const at = this.parts.clock.now()
    for (const integration of recovered.integrations) this.catalogue.put(integration)
    for (const installation of recovered.installations) this.catalogue.install(installation)
    for (const pending of [...recovered.pending, ...recovered.dead])
      this.backlog.restore(pending, recovered.bodyBytes.get(pending.delivery.id) ?? 0)
    this.mailroom.put(recovered.notices, recovered.letters)
    this.ownSide.recover(recovered)
    this.registry.recover(recovered.records, recovered.successesAfter, at)
    this.ownSide.time.moveWaiting(this)
  }

  readonly overview = () => overviewOf({ ...this.#shared(), ledger: this.#ledger, registry: this.registry })

  /** Throws unless the engine is running. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#stopping !== undefined) throw new HookwardError('ENGINE_STOPPED', 'the engine was stopped')
  }

  async idle(timeoutMs?: number): Promise<void> {
    await untilIdle(this, timeoutMs)
    if (this.#failure !== undefined) throw this.#failure
  }

  stop(graceMs: number): Promise<void> {
    return (this.#stopping ??= this.#stop(graceMs))
  }

  async #stop(graceMs: number): Promise<void> {
    const { store } = this.parts
    this.timers.close()
    const grace = new AbortController()
    const over = wait(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)
    await Promise.race([this.dispatcher.drain().then(() => this.activity.quiet()), over])
    grace.abort()
    try {
      await this.#cutOff()
      await this.activity.quiet()
      await this.ownSide.time.end()
    } finally {
      this.#live.dropAll()
      await store.close()
    }
  }

  /** What is still under way ends as our own trouble: no attempt and no try is spent, and the next engine repeats it. */
  async #cutOff(): Promise<void> {
    const { channels, transport } = this.parts
    this.mailroom.close()
    await Promise.all([transport.close(), closeChannels(channels)])
    await this.dispatcher.drain()
  }

  /** Drops everything that lives in memory. */
  abandon(): void {
    this.timers.close()
    this.ownSide.time.close()
    this.dispatcher.stop()
    this.mailroom.close()
    this.#live.dropAll()
  }

  /** Nothing it holds in memory can be trusted any more: everything is dropped, and the store is read again next time. */
  #fail(failure: HookwardError): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    this.writes.refuse(failure)
    this.abandon()
    const { clock, logger } = this.parts
    logger.error({ code: failure.code, error: failure.message }, 'the engine has stopped by itself')
    this.observers.tell('store.failed', { at: clock.now(), error: failure })
  }

  /** Puts actors to sleep that have heard nothing for a while; armed only while some are awake. */
  #sleepLater(): void {
    if (this.timers.has('hibernate')) return
    this.timers.set('hibernate', this.parts.clock.now() + hibernateAfterMs, () => {
      const slept = this.registry.hibernate(this.parts.clock.now() - hibernateAfterMs)
      slept.then(
        () => this.registry.liveCount > 0 && this.#sleepLater(),
        () => undefined,
      )
    })
  }

  #shared() {
    const { clock, policy } = this.parts
    const { activity, backlog, catalogue, observers, ownSide, quarantine, shadow, timers, writes } = this
    return { activity, backlog, catalogue, clock, observers, ownSide, policy, quarantine, shadow, timers, writes }
  }
}
