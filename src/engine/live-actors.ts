import type { IntegrationRecord, TimedSignal } from '../domain/health.ts'
import { textOf } from '../domain/errors.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { viewOf, wake, type IntegrationActor, type IntegrationMachine, type View } from '../machines/index.ts'
import type { Logger } from '../ports.ts'
import type { Inspections } from './inspections.ts'

/** What the live actors work with. */
export interface LiveActorsParts {
  readonly machine: IntegrationMachine
  readonly logger: Logger
  readonly inspections: Inspections
  /** An actor was woken. */
  readonly onAwake: (actor: IntegrationActor) => void
}

interface Live {
  readonly actor: IntegrationActor
  usedAt: number
  /** Where it stood when it was last looked at, and what that shows. */
  seen: { readonly snapshot: ReturnType<IntegrationActor['getSnapshot']>; readonly view: View } | undefined
}

/** The integrations that are awake: one root actor each, made for its first signal and dropped when it is idle. */
export class LiveActors {
  readonly #parts: LiveActorsParts
  readonly #live = new Map<IntegrationId, Live>()

  constructor(parts: LiveActorsParts) {
    this.#parts = parts
  }

  get count(): number {
    return this.#live.size
  }

  /** Where an integration stands, when it is awake. */
  view(id: IntegrationId): View | undefined {
    const live = this.#live.get(id)
    if (live === undefined) return undefined
    const snapshot = live.actor.getSnapshot()
    if (live.seen?.snapshot !== snapshot) live.seen = { snapshot, view: viewOf(snapshot) }
    return live.seen.view
  }

  /** `false` when the actor failed over it: it is dropped, and wakes from its last record for the next signal. */
  deliver(id: IntegrationId, record: () => IntegrationRecord, signal: TimedSignal): boolean {
    const actor = this.#awake(id, record, signal.at)
    actor.send(signal)
    if (actor.getSnapshot().status !== 'error') return true
    this.drop(id)
    return false
  }

  /** Those that are awake. */
  ids(): readonly IntegrationId[] {
    return [...this.#live.keys()]
  }

  /** Whether it has heard nothing since `before` and has nothing under way. */
  isIdle(id: IntegrationId, before: number): boolean {
    const live = this.#live.get(id)
    return live !== undefined && live.usedAt <= before && Object.keys(live.actor.getSnapshot().children).length === 0
  }

  drop(id: IntegrationId): void {
    this.#live.get(id)?.actor.stop()
    this.#live.delete(id)
    this.#parts.inspections.gone(`integration:${id}`)
  }

  dropAll(): void {
    for (const id of [...this.#live.keys()]) this.drop(id)
  }

  #awake(id: IntegrationId, record: () => IntegrationRecord, at: number): IntegrationActor {
    const live = this.#live.get(id)
    if (live !== undefined) {
      live.usedAt = Math.max(live.usedAt, at)
      return live.actor
    }
    const { inspections, logger, machine, onAwake } = this.#parts
    const actor = wake(machine, record())
    const fact = 'an integration actor failed and restarts from its last record'
    actor.subscribe({ error: (error) => logger.error({ integration: id, error: textOf(error) }, fact) })
    inspections.born({ name: `integration:${id}`, integration: id, actor })
    this.#live.set(id, { actor: actor.start(), usedAt: at, seen: undefined })
    onAwake(actor)
    return actor
  }
}
