import type { Attempt, DeliveryId } from '../domain/delivery.ts'
import type { TimedSignal } from '../domain/health.ts'
import type { Integration, IntegrationId } from '../domain/integration.ts'
import type { ProbeAnswer } from '../domain/probe.ts'
import type { Started, View } from '../machines/index.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { Random } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import { effectsOf } from './ended.ts'
import { deliveryEventOf, type Observers } from './observers.ts'
import type { ProbeChoice } from './probe-choice.ts'
import type { ProbesUnderWay } from './probes-under-way.ts'
import type { Ramps } from './ramps.ts'
import type { Registry } from './registry.ts'
import type { Rests } from './rests.ts'
import type { Shadow } from './shadow.ts'
import { factsOf, patienceOf, settle, type Settlement } from './settle.ts'

/** What reports work with. */
export interface ReportsParts {
  readonly policy: Policy
  readonly random: Random
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly choice: ProbeChoice
  readonly observers: Observers
  readonly probes: ProbesUnderWay
  readonly ramps: Ramps
  readonly registry: Registry
  readonly rests: Rests
  /** Hears what each attempt came to. */
  readonly shadow: Shadow | undefined
  /** The delivery may wait for another attempt. */
  readonly schedule: (id: DeliveryId) => void
  /** A probe told nothing, because of ourselves. */
  readonly probeAgain: (started: Started) => void
  /** The chart may be waiting for a probe. */
  readonly probeIfAsked: (id: IntegrationId) => void
}

/** Turns each ended attempt into one commit, and tells what became of it. */
export class Reports {
  readonly #parts: ReportsParts

  constructor(parts: ReportsParts) {
    this.#parts = parts
  }

  /** What it means for its delivery and for health; its lane and the choice of the next probe are told at once. */
  judge(started: Started, attempt: Attempt, { id, status }: Integration): Settlement {
    const { choice, policy, ramps, random, registry, rests } = this.#parts
    const { delivery, isProbe } = started
    const view = registry.now(id)
    const restedAt = rests.until(id, attempt.at)
    const isLast = isProbe && choice.isLast(delivery)
    const { patience } = patienceOf(policy, view, attempt)
    const known = { status, chance: random.fraction(), restedAt, isLast, patience }
    const settlement = settle(policy, started, attempt, known)
    const { rule } = settlement
    rests.ended(delivery, settlement, restedAt)
    this.#parts.shadow?.heard(started, attempt, { id, status })
    if (rule.counts === 'failed') ramps.failed(id, attempt.at)
    if (isProbe && rule.settles !== 'later' && view.context.gate !== 'open')
      choice.ended(delivery, rule.counts === 'ok')
    return settlement
  }

  report(started: Started, attempt: Attempt): void {
    const { backlog, catalogue, registry } = this.#parts
    const { id: deliveryId, integrationId: id } = started.delivery
    const integration = catalogue.integration(id)
    // Given up while it was under way, with its integration: there is nothing left to settle.
    if (integration === undefined || backlog.get(deliveryId)?.state !== 'inflight')
      return this.#answer(started, Promise.resolve(unheard(started, attempt)))
    const settlement = this.judge(started, attempt, integration)
    const counted = settlement.signal !== undefined && started.epoch === registry.now(id).context.epoch
    const written = this.#write(started, attempt, settlement, counted)
    if (!started.isProbe) return
    const answer: ProbeAnswer = { ...unheard(started, attempt), kind: kindOf(settlement), counted }
    this.#answer(
      started,
      written.then(() => answer),
    )
  }

  /** For whoever asked for a probe while this one was under way. */
  #answer({ isProbe, delivery }: Started, answer: Promise<ProbeAnswer>): void {
    answer.catch(() => undefined)
    if (isProbe) this.#parts.probes.ended(delivery.integrationId, answer)
  }

  #write(started: Started, attempt: Attempt, settlement: Settlement, counted: boolean): Promise<void> {
    const { registry } = this.#parts
    const { integrationId: id } = started.delivery
    const effects = (after: View) => effectsOf(this.#parts, started, attempt, settlement, after)
    const follow = () => this.#follow(started, attempt, settlement)
    const { signal } = settlement
    if (signal === undefined || !counted) return registry.note(id, attempt.at, effects, follow)
    if (signal.type === 'delivery.ok') return registry.succeed(id, signal, effects, follow)
    return registry.send(id, signal as TimedSignal, effects, follow)
  }

  #follow(started: Started, attempt: Attempt, { rule, next }: Settlement): void {
    const { backlog, observers, probeAgain, probeIfAsked, schedule } = this.#parts
    const { delivery, isProbe } = started
    if (isProbe && rule.settles === 'later') probeAgain(started)
    else if (isProbe || backlog.get(delivery.id)?.state === 'held') probeIfAsked(delivery.integrationId)
    schedule(delivery.id)
    const event = deliveryEventOf(started, attempt)
    if (next === 'delivered') observers.tell('delivered', event)
    else if (rule.settles !== 'later') observers.tell('delivery.failed', event)
    if (next === 'dead') observers.tell('delivery.dead', event)
  }
}

/** How a probe ended, in one word. */
export function kindOf({ rule }: Settlement): 'succeeded' | 'failed' | 'own-trouble' {
  if (rule.settles === 'later') return 'own-trouble'
  return rule.settles === 'delivered' ? 'succeeded' : 'failed'
}

/** The answer of a probe that nobody heard of, because what it was about is gone. */
export function unheard({ delivery: { id: deliveryId, topic } }: Started, { at, outcome }: Attempt) {
  return { kind: 'own-trouble', at, deliveryId, topic, outcome: factsOf(outcome), counted: false } as const
}
