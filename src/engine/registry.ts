import type { Folded, IntegrationRecord, Signal } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import {
  freshRecord,
  recordOf,
  viewOf,
  wake,
  type IntegrationActor,
  type IntegrationMachine,
  type View,
} from '../machines/index.ts'
import type { Change, Logger } from '../ports.ts'
import type { Policy } from '../policy/health/policy.ts'
import { adopt } from './adopt.ts'
import { historyOf } from './history.ts'
import type { Writes } from './writes.ts'

/** What else one signal changes: the caller's part of the same commit. */
export type Effects = Pick<Change, 'settled' | 'log' | 'audit'>

/** One step of an integration: the signal, and the chart before and after it. */
export interface Step {
  readonly id: IntegrationId
  readonly signal: Signal & { readonly at: number }
  readonly before: View
  readonly after: View
}

/** What follows from a step: filled by the engine. */
export interface Consequences {
  /** In the same turn: closes the lane where the chart says so, and answers what else belongs into the commit. */
  atOnce(step: Step, effects: Effects): Pick<Change, 'settled' | 'notices' | 'log'>
  /** When the commit is durable: opens lanes, sets timers, tells listeners. */
  onceDurable(step: Step): void
}

const noEffects = (): Effects => ({})

/** The live integrations: wakes an actor for its first signal, and writes one commit for each signal. */
export class Registry {
  readonly #machine: IntegrationMachine
  readonly #policy: Policy
  readonly #writes: Writes
  readonly #consequences: Consequences
  readonly #logger: Logger
  readonly #bornAt: (id: IntegrationId) => number
  readonly #live = new Map<IntegrationId, { readonly actor: IntegrationActor; usedAt: number }>()
  /** As last put into a commit; the durable ones may be behind. */
  readonly #records = new Map<IntegrationId, IntegrationRecord>()
  readonly #durable = new Map<IntegrationId, IntegrationRecord>()
  readonly #folds = new Map<IntegrationId, Folded>()
  readonly #tails = new Map<IntegrationId, Promise<void>>()

  constructor(parts: {
    readonly machine: IntegrationMachine
    readonly policy: Policy
    readonly writes: Writes
    readonly consequences: Consequences
    readonly logger: Logger
    readonly bornAt: (id: IntegrationId) => number
  }) {
    this.#machine = parts.machine
    this.#policy = parts.policy
    this.#writes = parts.writes
    this.#consequences = parts.consequences
    this.#logger = parts.logger
    this.#bornAt = parts.bornAt
  }

  get liveCount(): number {
    return this.#live.size
  }

  /** Takes over what the store held; a record of another policy is taken over by this one first. */
  recover(records: readonly IntegrationRecord[], successesAfter: ReadonlyMap<IntegrationId, Folded>, at: number): void {
    for (const record of records) {
      this.#records.set(record.context.integrationId, record)
      this.#durable.set(record.context.integrationId, record)
    }
    for (const [id, folded] of successesAfter) this.#folds.set(id, folded)
    for (const record of records) void this.#adopt(record, at)
  }

  /** The chart as it stands now, also where it is not durable yet: for lanes and for judging outcomes. */
  now(id: IntegrationId): View {
    const live = this.#live.get(id)
    return live === undefined ? viewOf(this.#record(id)) : viewOf(live.actor.getSnapshot())
  }

  /** The chart as it is on disk: for everything that is told. */
  durable(id: IntegrationId): View {
    return viewOf(this.#durable.get(id) ?? freshRecord(this.#machine, id, this.#bornAt(id)))
  }

  /** One signal, one commit; resolves when it is durable. */
  send(
    id: IntegrationId,
    signal: Signal & { readonly at: number },
    effects: (after: View) => Effects = noEffects,
  ): Promise<void> {
    const before = this.now(id)
    const isSound = this.#deliverFolded(id, signal.at) && this.#deliver(id, signal)
    const step: Step = { id, signal, before, after: this.now(id) }
    const known = effects(step.after)
    if (!isSound || step.after.context === before.context)
      return this.#commit(id, { at: signal.at, integrationId: id, ...known })
    const record = recordOf(step.after, this.#revision(id) + 1)
    const change = changeOf(step, record, known, this.#consequences.atOnce(step, known))
    this.#records.set(id, record)
    return this.#commit(id, change, () => {
      this.#durable.set(id, record)
      this.#consequences.onceDurable(step)
    })
  }

  /** A success: counted in bulk while it could not change the verdict, a signal of its own otherwise. */
  succeed(
    id: IntegrationId,
    signal: Extract<Signal, { type: 'delivery.ok' }>,
    effects: (after: View) => Effects,
  ): Promise<void> {
    const view = this.now(id)
    const folded = this.#folds.get(id) ?? { ...signal, n: 0 }
    if (!this.#isFoldable(view, folded, signal)) return this.send(id, signal, effects)
    this.#folds.set(id, { n: folded.n + 1, firstAt: folded.firstAt, lastAt: signal.at, status: signal.status })
    const one = { n: 1, firstAt: signal.at, lastAt: signal.at, status: signal.status }
    return this.#commit(id, { at: signal.at, integrationId: id, folded: one, ...effects(view) })
  }

  /** Settles and logs without a word to the chart. */
  note(id: IntegrationId, at: number, effects: (view: View) => Effects): Promise<void> {
    return this.#commit(id, { at, integrationId: id, ...effects(this.now(id)) })
  }

  /** Writes what was counted in bulk into the record, so that it can be read. */
  flush(id: IntegrationId): Promise<void> {
    const folded = this.#folds.get(id)
    if (folded === undefined) return this.settled(id)
    this.#folds.delete(id)
    return this.send(id, { type: 'delivery.ok', ...folded, at: folded.lastAt })
  }

  /** Resolves when every commit of this integration so far, and each that followed from one, is durable. */
  async settled(id: IntegrationId): Promise<void> {
    for (let tail = this.#tails.get(id); tail !== undefined; tail = this.#tails.get(id)) await tail
  }

  /** Stops the actors that have heard nothing since `before`; what they were is in their records. */
  async hibernate(before: number): Promise<void> {
    for (const [id, live] of this.#live) {
      if (live.usedAt > before || Object.keys(live.actor.getSnapshot().children).length > 0) continue
      await this.flush(id)
      if (live.usedAt <= before) this.#drop(id)
    }
  }

  /** Forgets one integration altogether. */
  forget(id: IntegrationId): void {
    this.#drop(id)
    for (const known of [this.#records, this.#durable, this.#folds]) known.delete(id)
  }

  /** Writes all counts, so that a stop loses none. */
  async flushAll(): Promise<void> {
    await Promise.all([...this.#folds.keys()].map((id) => this.flush(id)))
  }

  /** Stops every actor. */
  stop(): void {
    for (const id of [...this.#live.keys()]) this.#drop(id)
  }

  async #adopt(old: IntegrationRecord, at: number): Promise<void> {
    const adopted = adopt(this.#policy, old, at)
    if (adopted === undefined) return
    const { record, audit } = adopted
    const id = record.context.integrationId
    this.#records.set(id, record)
    this.#durable.set(id, record)
    // Successes counted after the old record are told to the new one: the commit of a record counts them as told.
    const written = [this.#commit(id, { at, integrationId: id, record, audit: [audit] }), this.flush(id)]
    await Promise.all(written).catch(() => undefined)
  }

  #isFoldable(
    { state, context }: View,
    folded: Folded,
    { at, status }: Extract<Signal, { type: 'delivery.ok' }>,
  ): boolean {
    if (state !== 'healthy.steady' || folded.status !== status || folded.n >= foldedMax) return false
    const sameBucket = this.#policy.bucketOf(folded.firstAt) === this.#policy.bucketOf(at)
    return sameBucket && this.#policy.foldable(context.policy.memory)
  }

  #deliverFolded(id: IntegrationId, at: number): boolean {
    const folded = this.#folds.get(id)
    if (folded === undefined) return true
    this.#folds.delete(id)
    const isSound = this.#deliver(id, { type: 'delivery.ok', ...folded, at: Math.min(folded.lastAt, at) })
    // The store still counts them after the last record, and so must the actor that wakes from it.
    if (!isSound) this.#folds.set(id, folded)
    return isSound
  }

  /** `false` when the actor failed over it: it is dropped, and wakes from its last record for the next signal. */
  #deliver(id: IntegrationId, signal: Signal & { readonly at: number }): boolean {
    const actor = this.#awake(id, signal.at)
    actor.send(signal)
    if (actor.getSnapshot().status !== 'error') return true
    this.#drop(id)
    return false
  }

  #awake(id: IntegrationId, at: number): IntegrationActor {
    const live = this.#live.get(id)
    if (live !== undefined) {
      live.usedAt = at
      return live.actor
    }
    const actor = wake(this.#machine, this.#record(id))
    const fact = 'an integration actor failed and restarts from its last record'
    actor.subscribe({ error: (error) => this.#logger.error({ integration: id, error: String(error) }, fact) })
    this.#live.set(id, { actor: actor.start(), usedAt: at })
    return actor
  }

  #record(id: IntegrationId): IntegrationRecord {
    const known = this.#records.get(id)
    if (known !== undefined) return known
    const fresh = freshRecord(this.#machine, id, this.#bornAt(id))
    this.#records.set(id, fresh)
    return fresh
  }

  #revision(id: IntegrationId): number {
    return this.#records.get(id)?.rev ?? 0
  }

  #drop(id: IntegrationId): void {
    this.#live.get(id)?.actor.stop()
    this.#live.delete(id)
  }

  #commit(id: IntegrationId, change: Change, onceDurable: () => void = () => undefined): Promise<void> {
    if (isEmpty(change)) return this.settled(id)
    const done = this.#writes.commit(change).then(onceDurable)
    const tail = done
      .catch(() => undefined)
      .then(() => {
        if (this.#tails.get(id) === tail) this.#tails.delete(id)
      })
    this.#tails.set(id, tail)
    return done
  }
}

/** Everything one step changed, as one commit. */
function changeOf(
  step: Step,
  record: IntegrationRecord,
  effects: Effects,
  { settled = [], notices = [], log = [] }: ReturnType<Consequences['atOnce']>,
): Change {
  const { transitions, audit } = historyOf(step)
  return {
    at: step.signal.at,
    integrationId: step.id,
    record,
    settled: [...(effects.settled ?? []), ...settled],
    log: [...(effects.log ?? []), ...log],
    audit: [...audit, ...(effects.audit ?? [])],
    transitions,
    notices,
  }
}

/** So many successes are counted at most before they are written into a record. */
const foldedMax = 1_000

function isEmpty({ at: _at, integrationId: _id, ...rest }: Change): boolean {
  return Object.values(rest).every((part) => Array.isArray(part) && part.length === 0)
}
