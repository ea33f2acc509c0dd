import { textOf } from '../domain/errors.ts'
import type { Folded, IntegrationRecord, TimedSignal } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { recordOf, viewOf, type View } from '../machines/index.ts'
import type { Change, Logger } from '../ports.ts'
import type { Policy } from '../policy/health/policy.ts'
import { adopt } from './adopt.ts'
import { changeOf, isEmpty } from './change.ts'
import { Folds, signalOf, type SuccessSignal } from './folds.ts'
import type { LiveActors } from './live-actors.ts'
import type { Quarantine } from './quarantine.ts'
import { Records } from './records.ts'
import type { Consequences, Effects, Step } from './step.ts'
import { UnderWay } from './under-way.ts'
import type { Writes } from './writes.ts'

const noEffects = (): Effects => ({})
const nothing = () => undefined

/** The live integrations: wakes an actor for its first signal, and writes one commit for each signal. */
export class Registry {
  readonly #live: LiveActors
  readonly #policy: Policy
  readonly #writes: Writes
  readonly #consequences: Consequences
  readonly #logger: Logger
  readonly #lostMs: () => number
  readonly #quarantine: Quarantine
  readonly #records: Records
  readonly #folds: Folds
  readonly #underWay = new UnderWay()

  constructor(parts: {
    readonly live: LiveActors
    readonly policy: Policy
    readonly writes: Writes
    readonly consequences: Consequences
    readonly logger: Logger
    readonly bornAt: (id: IntegrationId) => number
    /** How much of all time until now is not health time. */
    readonly lostMs: () => number
    readonly quarantine: Quarantine
  }) {
    this.#live = parts.live
    this.#policy = parts.policy
    this.#writes = parts.writes
    this.#consequences = parts.consequences
    this.#logger = parts.logger
    this.#records = new Records(parts)
    this.#lostMs = parts.lostMs
    this.#quarantine = parts.quarantine
    this.#folds = new Folds(parts.policy)
  }

  get liveCount(): number {
    return this.#live.count
  }

  /** Takes over what the store held; a record of another policy is taken over by this one first. */
  recover(records: readonly IntegrationRecord[], successesAfter: ReadonlyMap<IntegrationId, Folded>, at: number): void {
    const sound = records.filter((record) => this.#isSound(record, at))
    for (const record of sound) {
      this.#records.put(record.context.integrationId, record)
      this.#records.settle(record.context.integrationId, record)
    }
    for (const [id, folded] of successesAfter) this.#folds.put(id, folded)
    for (const record of sound) this.#adopt(record, at)
  }

  /** One that the machine cannot go on from concerns its own integration alone. */
  #isSound(record: IntegrationRecord, at: number): boolean {
    try {
      viewOf(record)
      return true
    } catch (error) {
      const { integrationId } = record.context
      this.#quarantine.put(integrationId, at)
      this.#logger.error({ integration: integrationId, error: textOf(error) }, 'a record cannot be read')
      return false
    }
  }

  /** The chart as it stands now, also where it is not durable yet: for lanes and for judging outcomes. */
  now(id: IntegrationId): View {
    return this.#shown(id, this.#live.view(id) ?? viewOf(this.#records.last(id)))
  }

  /** Behind a lane that is closed whatever the chart says, and with an epoch that no outcome has. */
  #shown(id: IntegrationId, view: View): View {
    if (!this.#quarantine.has(id)) return view
    return { ...view, context: { ...view.context, gate: 'closed', epoch: -1 }, isQuarantined: true }
  }

  /** The chart as it is on disk: for everything that is told. */
  durable(id: IntegrationId): View {
    return this.#shown(id, viewOf(this.#records.durable(id)))
  }

  /** Whether its chart is where every chart begins, because nothing was ever told to it. */
  isUnheard(id: IntegrationId): boolean {
    return !this.#records.has(id) && !this.#quarantine.has(id)
  }

  /** One signal, one commit; resolves when it is durable. */
  send(
    id: IntegrationId,
    signal: TimedSignal,
    effects: (after: View) => Effects = noEffects,
    onDurable: () => void = nothing,
  ): Promise<void> {
    const before = this.now(id)
    const isHeard = this.#hear(id, { ...signal, lostMs: this.#lostMs() })
    return this.#write({ id, signal, before, after: this.now(id) }, isHeard, effects, onDurable)
  }

  /** A success: counted in bulk while it could not change the verdict, a signal of its own otherwise. */
  succeed(
    id: IntegrationId,
    signal: SuccessSignal,
    effects: (after: View) => Effects,
    onDurable: () => void,
  ): Promise<void> {
    const view = this.now(id)
    // Time that was lost is told first: what is counted in bulk belongs to the time that the record knows of.
    const isUpToDate = (view.context.lostMs ?? 0) === this.#lostMs()
    const folded = isUpToDate ? this.#folds.add(id, view, signal) : undefined
    if (folded === undefined) return this.send(id, signal, effects, onDurable)
    const { settled = [], log = [], audit } = effects(view)
    const change = { at: signal.at, integrationId: id, folded, settled, log }
    return this.#commit(id, audit === undefined ? change : { ...change, audit }, onDurable)
  }

  /** Settles and logs without a word to the chart. */
  note(
    id: IntegrationId,
    at: number,
    effects: (view: View) => Effects,
    onDurable: () => void = nothing,
  ): Promise<void> {
    return this.#commit(id, { at, integrationId: id, ...effects(this.now(id)) }, onDurable)
  }

  /** Writes what was counted in bulk into the record, so that it can be read. */
  flush(id: IntegrationId, effects: () => Effects = noEffects): Promise<void> {
    const folded = this.#folds.take(id)
    if (folded === undefined) return this.settled(id)
    const before = this.now(id)
    const signal = signalOf(folded)
    const isHeard = this.#deliver(id, signal)
    if (!isHeard) this.#folds.put(id, folded)
    return this.#write({ id, signal, before, after: this.now(id) }, isHeard, effects)
  }

  /**
   * Resolves when every commit of this integration so far is durable, and with it the one that a verdict on its way into
   * `disabled` still has to make. What is written later is not waited for: under load there would be no end to it.
   */
  async settled(id: IntegrationId): Promise<void> {
    // No pause where there is nothing to wait for: calls are to be written in the order in which they were made.
    if (this.#underWay.has(id)) await this.#writes.reached()
    while (this.#isCondemned(id) && this.#underWay.has(id)) await this.#writes.reached()
    this.#writes.check()
  }

  #isCondemned(id: IntegrationId): boolean {
    const { state, isQuarantined } = this.durable(id)
    return state === 'broken.condemned' && isQuarantined !== true
  }

  /** Stops the actors that have heard nothing since `before`; what they were is in their records. */
  async hibernate(before: number): Promise<void> {
    for (const id of this.#live.ids()) {
      if (!this.#live.isIdle(id, before)) continue
      await this.flush(id)
      if (this.#live.isIdle(id, before)) this.#live.drop(id)
    }
  }

  /** Forgets one integration altogether. */
  forget(id: IntegrationId): void {
    this.#live.drop(id)
    this.#folds.take(id)
    this.#records.forget(id)
  }

  /** Successes counted after the old record are told to the new one, in the same commit: a record ends their count. */
  #adopt(old: IntegrationRecord, at: number): void {
    const adopted = adopt(this.#policy, old, at)
    if (adopted === undefined) return
    const { record, audit } = adopted
    const id = record.context.integrationId
    this.#records.put(id, record)
    const folded = this.#folds.take(id)
    if (folded !== undefined) this.#folds.put(id, folded)
    const alone = { at, integrationId: id, record, audit: [audit] }
    const written =
      folded === undefined
        ? this.#commit(id, alone, () => this.#records.settle(id, record))
        : this.flush(id, () => ({ audit: [audit] }))
    // A write that fails stops the engine, which tells so itself.
    written.catch(() => undefined)
  }

  /** First what was counted in bulk, then the signal. What the actor has not heard it must still be told. */
  #hear(id: IntegrationId, signal: TimedSignal): boolean {
    const folded = this.#folds.take(id)
    const isCounted = folded === undefined || this.#deliver(id, signalOf(folded))
    const isHeard = this.#deliver(id, signal)
    if (folded !== undefined && !(isCounted && isHeard)) this.#folds.put(id, folded)
    return isHeard
  }

  #write(
    step: Step,
    isHeard: boolean,
    effects: (after: View) => Effects,
    onDurable: () => void = nothing,
  ): Promise<void> {
    const { id, signal, before, after } = step
    const known = effects(after)
    if (!isHeard) this.#consequences.unheard(step)
    if (!isHeard || after.context === before.context)
      return this.#commit(id, { at: signal.at, integrationId: id, ...known }, onDurable)
    const record = recordOf(after, this.#records.revision(id) + 1)
    const change = changeOf(step, record, known, this.#consequences.atOnce(step, known))
    this.#records.put(id, record)
    return this.#commit(id, change, () => {
      this.#records.settle(id, record)
      this.#consequences.onceDurable(step)
      onDurable()
    })
  }

  /** `false` when it was not heard: the actor failed over it, or is not woken any more. */
  #deliver(id: IntegrationId, signal: TimedSignal): boolean {
    if (this.#quarantine.has(id)) return false
    if (this.#live.deliver(id, () => this.#records.last(id), signal)) return true
    if (this.#quarantine.count(id, signal.at)) this.#consequences.quarantined(id, signal.at)
    return false
  }

  #commit(id: IntegrationId, change: Change, onDurable: () => void = nothing): Promise<void> {
    if (isEmpty(change)) return this.settled(id).then(onDurable)
    this.#underWay.begin(id)
    return this.#writes.commit(change, () => {
      this.#underWay.end(id)
      onDurable()
    })
  }
}
