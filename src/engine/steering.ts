import { HookwardError } from '../domain/errors.ts'
import type { Explanation, Signal } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { asOf } from '../policy/as-of.ts'
import { parseByHand } from '../policy/by-hand.ts'
import { checkFields, checkSlug, checkWord, refuse } from '../policy/check.ts'
import { explanation } from '../policy/explanation.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { ProbeAnswer } from '../domain/probe.ts'
import type { Clock } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { StepConsequences } from './consequences.ts'
import type { EnableGuard } from './enable-guard.ts'
import type { HandProbe } from './hand-probe.ts'
import type { OwnSide } from './own-side.ts'
import type { Quarantine } from './quarantine.ts'
import type { Registry } from './registry.ts'

/** What steering works with. */
export interface SteeringParts {
  readonly policy: Policy
  readonly clock: Clock
  readonly catalogue: Catalogue
  readonly backlog: Backlog
  readonly registry: Registry
  readonly quarantine: Quarantine
  readonly guard: EnableGuard
  readonly probes: HandProbe
  readonly ownSide: Pick<OwnSide, 'frozenAt' | 'time'>
  readonly consequences: Pick<StepConsequences, 'leaving' | 'released'>
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
    const { replay, force, ...hand } = checkFields(options, field('the options'), [...named, 'replay', 'force'])
    const chosen = replay === undefined ? 'missed' : checkWord(replay, field('replay'), ['missed', 'none'])
    const isForced = force !== undefined && checkForce(force, hand.reason)
    const who = parseByHand(hand, 'operator')
    await this.#parts.registry.settled(id)
    if (this.#parts.quarantine.release(id)) await this.#parts.consequences.released(id, who)
    this.#checkUnpaused(id)
    const pass = () => this.#parts.guard.pass(id, who)
    if (!isForced) await (chosen === 'none' ? this.#parts.consequences.leaving(id, pass) : pass())
    // Somebody may have paused it while the probe was under way.
    this.#checkUnpaused(id)
    return this.#send(id, { type: 'admin.enable', at: this.#parts.clock.now(), replay: chosen, ...who })
  }

  async probe(slug: unknown, options: unknown = {}): Promise<ProbeAnswer> {
    const id = this.#known(slug)
    const who = parseByHand(checkFields(options, field('the options'), named), 'operator')
    await this.#parts.registry.settled(id)
    return this.#parts.probes.make(id, who)
  }

  async order(type: Order, slug: unknown, options: unknown = {}): Promise<Explanation> {
    const id = this.#known(slug)
    const who = parseByHand(checkFields(options, field('the options'), named), 'operator')
    // A verdict on its way into `disabled` is not to be overtaken.
    await this.#parts.registry.settled(id)
    if (this.#parts.quarantine.has(id))
      throw new HookwardError('INTEGRATION_QUARANTINED', `${id} is quarantined, so this would not be seen`)
    return this.#send(id, { type, at: this.#parts.clock.now(), ...who })
  }

  /** What was counted in bulk is written first, so that the numbers are whole. They are those of now; nothing is decided here. */
  async explain(slug: unknown): Promise<Explanation> {
    const id = this.#known(slug)
    const { backlog, clock, ownSide, policy, quarantine, registry } = this.#parts
    await registry.flush(id)
    const { state, context } = registry.durable(id)
    const told = asOf(policy, state, context, { at: clock.now(), lostMs: ownSide.time.lostMs })
    return explanation(state, told, backlog.counts(id), {
      policy,
      quarantine: quarantine.evidenceOf(id),
      frozenAt: ownSide.frozenAt,
    })
  }

  async #send(id: IntegrationId, signal: ByHandSignal): Promise<Explanation> {
    await this.#parts.registry.send(id, signal)
    return this.explain(id)
  }

  #checkUnpaused(id: IntegrationId): void {
    if (this.#parts.registry.now(id).state === 'paused')
      throw new HookwardError('INTEGRATION_PAUSED', `${id} is paused, so enabling it would not be seen`)
  }

  #known(slug: unknown): IntegrationId {
    const id = checkSlug(slug)
    this.#parts.catalogue.known(id)
    return id
  }
}

const named = ['by', 'reason'] as const

function checkForce(force: unknown, reason: unknown): boolean {
  if (typeof force !== 'boolean') return refuse(field('force'), 'must be true or false')
  if (force && reason === undefined) return refuse(field('reason'), 'must be given beside force')
  return force
}

function field(name: string) {
  return { code: 'INTEGRATION_INVALID', name } as const
}
