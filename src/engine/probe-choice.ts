import type { ProbeTries } from '../adapters/restate/slice.ts'
import type { Delivery, DeliveryId } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Clock } from '../ports.ts'
import type { Backlog, Waiting } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Registry } from './registry.ts'

/** What the choice is made from. */
export interface ProbeChoiceParts {
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly clock: Clock
  readonly registry: Registry
}

/** The probes of one integration since its lane was last open. */
interface Tries {
  /** When each that failed had its last turn. */
  readonly turns: Map<DeliveryId, number>
  /** Those that failed when the receiver had just taken another one: perhaps it is they that it cannot take. */
  readonly suspects: Set<DeliveryId>
  wasOk: boolean
}

/** Which delivery is the next probe: each in turn, so that one that no receiver could take holds nobody up for ever. */
export class ProbeChoice {
  readonly #parts: ProbeChoiceParts
  readonly #tries = new Map<IntegrationId, Tries>()
  #turn = 0

  constructor(parts: ProbeChoiceParts) {
    this.#parts = parts
  }

  /** The one whose turn was longest ago: held ones, oldest first, and without any dead letters, newest first. */
  next(id: IntegrationId): DeliveryId | undefined {
    this.#triesOf(id)
    const held = this.#candidates(id)
    return this.longestAgo(id, held.length > 0 ? held : this.#deadLetters(id))?.delivery.id
  }

  /** The one of these whose turn was longest ago; the first of those that have had none. */
  longestAgo(id: IntegrationId, [first, ...others]: readonly Waiting[]): Waiting | undefined {
    const { turns } = this.#triesOf(id)
    const turnOf = ({ delivery }: Waiting) => turns.get(delivery.id) ?? 0
    return others.reduce((best, one) => (turnOf(one) < turnOf(best as Waiting) ? one : best), first)
  }

  /** Whether nothing else waits that might still succeed. */
  isLast({ id, integrationId }: Delivery): boolean {
    const suspects = this.#tries.get(integrationId)?.suspects
    return this.#parts.backlog
      .judged(integrationId)
      .every(({ delivery, held }) => isLeft(held) || delivery.id === id || suspects?.has(delivery.id) === true)
  }

  ended({ id, integrationId }: Delivery, isOk: boolean): void {
    const tries = this.#triesOf(integrationId)
    if (isOk) tries.suspects.delete(id)
    else if (tries.wasOk) tries.suspects.add(id)
    // Another one failed beside it: it is the receiver after all.
    else if (!tries.suspects.has(id)) tries.suspects.clear()
    for (const one of tries.turns.keys()) if (this.#parts.backlog.get(one) === undefined) tries.turns.delete(one)
    if (isOk) tries.turns.delete(id)
    else tries.turns.set(id, (this.#turn += 1))
    tries.wasOk = isOk
  }

  /** What is known of its probes since its lane was last open. */
  tries(id: IntegrationId): ProbeTries | undefined {
    const tries = this.#tries.get(id)
    return tries && { turns: [...tries.turns], suspects: [...tries.suspects], wasOk: tries.wasOk }
  }

  /** What an engine before this one knew of them. */
  recall(id: IntegrationId, { turns, suspects, wasOk }: ProbeTries): void {
    this.#tries.set(id, { turns: new Map(turns), suspects: new Set(suspects), wasOk })
    for (const [, turn] of turns) this.#turn = Math.max(this.#turn, turn)
  }

  /** Its lane is open: the next probes are the first again. */
  forget(id: IntegrationId): void {
    this.#tries.delete(id)
  }

  /** After a restart as many have had their turn as failed in a row: the record has kept how many, and not which. */
  #triesOf(id: IntegrationId): Tries {
    const known = this.#tries.get(id)
    if (known !== undefined) return known
    const { failed, ok } = this.#parts.registry.now(id).context.probes
    const tries: Tries = { turns: new Map(), suspects: new Set(), wasOk: ok > 0 }
    this.#tries.set(id, tries)
    const candidates = this.#candidates(id)
    const lastTurnOf = (n: number) => failed - ((failed - 1 - n) % candidates.length)
    candidates.slice(0, failed).forEach(({ delivery }, n) => tries.turns.set(delivery.id, lastTurnOf(n)))
    this.#turn = Math.max(this.#turn, failed)
    return tries
  }

  #deadLetters(id: IntegrationId): readonly Waiting[] {
    const { backlog, catalogue } = this.#parts
    const known = backlog
      .dead(id)
      .filter(({ delivery }) => catalogue.installation(delivery.installationId) !== undefined)
    return known.reverse()
  }

  /** Of each order the head alone, until it has failed and is older than it may hold up those behind it. */
  #candidates(id: IntegrationId): readonly Waiting[] {
    const { backlog, catalogue, clock } = this.#parts
    const turns = this.#tries.get(id)?.turns
    const at = clock.now()
    const blockingMaxMs = catalogue.integration(id)?.ordered?.blockingMaxMs ?? 0
    const blocked = new Set<string>()
    const waiting = backlog.judged(id).filter(({ held }) => !isLeft(held))
    return waiting.filter(({ delivery, state }) => {
      const { order } = delivery
      if (order !== undefined && blocked.has(order)) return false
      const isOvertaken = turns?.has(delivery.id) === true && at - delivery.acceptedAt >= blockingMaxMs
      if (order !== undefined && !isOvertaken) blocked.add(order)
      return state !== 'inflight'
    })
  }
}

/** Nobody wants it sent: only a replay does. */
export function isLeft(held: Waiting['held']): boolean {
  return held?.reason === 'left'
}
