import { HookwardError } from '../domain/errors.ts'
import type { Explanation, Signal } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { parseByHand } from '../policy/by-hand.ts'
import { checkFields, checkSlug, checkWord } from '../policy/check.ts'
import { explanation } from '../policy/explanation.ts'
import type { Clock } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { StepConsequences } from './consequences.ts'
import type { Quarantine } from './quarantine.ts'
import type { Registry } from './registry.ts'

/** What steering works with. */
export interface SteeringParts {
  readonly clock: Clock
  readonly catalogue: Catalogue
  readonly backlog: Backlog
  readonly registry: Registry
  readonly quarantine: Quarantine
  readonly consequences: Pick<StepConsequences, 'released'>
}

type ByHandSignal = Extract<Signal, { by: string }>
type Order = 'admin.disable' | 'admin.pause' | 'admin.resume'

/** Calls by hand: each is a signal like any other, answered with the verdict when its commit is durable. */
export class Steering {
  readonly #parts: SteeringParts

  constructor(parts: SteeringParts) {
    this.#parts = parts
  }

  async enable(slug: unknown, options: unknown = {}): Promise<Explanation> {
    const id = this.#known(slug)
    const { replay, ...hand } = checkFields(options, field('the options'), ['by', 'reason', 'replay'])
    const chosen = replay === undefined ? 'missed' : checkWord(replay, field('replay'), ['missed', 'none'])
    const named = parseByHand(hand, 'operator')
    await this.#parts.registry.settled(id)
    if (this.#parts.quarantine.release(id)) await this.#parts.consequences.released(id, named)
    if (this.#parts.registry.now(id).state === 'paused')
      throw new HookwardError('INTEGRATION_PAUSED', `${id} is paused, so enabling it would not be seen`)
    return this.#send(id, { type: 'admin.enable', at: this.#parts.clock.now(), replay: chosen, ...named })
  }

  async order(type: Order, slug: unknown, options: unknown = {}): Promise<Explanation> {
    const id = this.#known(slug)
    const named = parseByHand(checkFields(options, field('the options'), ['by', 'reason']), 'operator')
    // A verdict on its way into `disabled` is not to be overtaken.
    await this.#parts.registry.settled(id)
    if (this.#parts.quarantine.has(id))
      throw new HookwardError('INTEGRATION_QUARANTINED', `${id} is quarantined, so this would not be seen`)
    return this.#send(id, { type, at: this.#parts.clock.now(), ...named })
  }

  /** What was counted in bulk is written first, so that the numbers are whole. */
  async explain(slug: unknown): Promise<Explanation> {
    const id = this.#known(slug)
    const { backlog, quarantine, registry } = this.#parts
    await registry.flush(id)
    const { state, context } = registry.durable(id)
    return explanation(state, context, backlog.heldCounts(id), quarantine.evidenceOf(id))
  }

  async #send(id: IntegrationId, signal: ByHandSignal): Promise<Explanation> {
    await this.#parts.registry.send(id, signal)
    return this.explain(id)
  }

  #known(slug: unknown): IntegrationId {
    const id = checkSlug(slug)
    this.#parts.catalogue.known(id)
    return id
  }
}

function field(name: string) {
  return { code: 'INTEGRATION_INVALID', name } as const
}
