import type { Attempt } from '../domain/delivery.ts'
import type { AuditEntry, TimedSignal } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { ProbeAnswer } from '../domain/probe.ts'
import type { Started, View } from '../machines/index.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { Clock, Random } from '../ports.ts'
import type { Backlog, Waiting } from './backlog.ts'
import type { Hand } from './books.ts'
import type { Catalogue } from './catalogue.ts'
import type { Dispatcher } from './dispatcher.ts'
import { effectsOf } from './ended.ts'
import { deliveryEventOf, type Observers } from './observers.ts'
import type { Registry } from './registry.ts'
import type { Sender } from './sender.ts'
import { factsOf, settle, type Settlement } from './settle.ts'

/** What probes by hand work with. */
export interface HandProbeParts {
  readonly policy: Policy
  readonly clock: Clock
  readonly random: Random
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly dispatcher: Dispatcher
  readonly observers: Observers
  readonly registry: Registry
  readonly sender: Sender
}

/**
 * A held delivery is sent because somebody asks for it, in any state and past the lane. It spends no attempt; one that
 * arrives is delivered. While the integration is broken it counts as a probe of the chart's, else for nothing.
 */
export class HandProbe {
  readonly #parts: HandProbeParts
  readonly #underWay = new Set<IntegrationId>()

  constructor(parts: HandProbeParts) {
    this.#parts = parts
  }

  async make(id: IntegrationId, hand: Hand): Promise<ProbeAnswer> {
    if (this.#underWay.has(id)) return { kind: 'not-made', because: 'under-way' }
    const held = this.#oldest(id)
    if (held === undefined) return { kind: 'not-made', because: 'nothing-held' }
    this.#underWay.add(id)
    try {
      return await this.#send(held, hand)
    } finally {
      this.#underWay.delete(id)
    }
  }

  /** Of those that go in order, the one whose turn it is. */
  #oldest(id: IntegrationId): Waiting | undefined {
    const { backlog, catalogue } = this.#parts
    return backlog
      .judged(id)
      .filter(({ delivery, state }) => state === 'held' && catalogue.installation(delivery.installationId))
      .find(({ delivery }) => backlog.before(delivery.id) === undefined)
  }

  async #send({ delivery, attempts }: Waiting, hand: Hand): Promise<ProbeAnswer> {
    const { backlog, catalogue, clock, registry, sender } = this.#parts
    const id = delivery.integrationId
    backlog.start(delivery.id, true)
    const { epoch } = registry.now(id).context
    const lane = { origin: catalogue.originOf(id), epoch, isProbe: true, startedAt: clock.now() }
    const started: Started = { delivery, attempts, ...lane }
    const attempt = await sender.attempt(started)
    const integration = catalogue.integration(id)
    const { at, outcome } = attempt
    const answer = { at, deliveryId: delivery.id, topic: delivery.topic, outcome: factsOf(outcome) }
    // Given up while it was under way: there is nothing left to settle.
    if (integration === undefined || backlog.get(delivery.id)?.state !== 'inflight')
      return { kind: 'own-trouble', ...answer, counted: false }
    const known = { status: integration.status, chance: this.#parts.random.fraction(), restedAt: at }
    const settlement = settle(this.#parts.policy, started, attempt, known)
    const counted = await this.#report(started, attempt, settlement, hand)
    this.#tell(started, attempt, settlement)
    return { kind: kindOf(settlement), ...answer, counted }
  }

  /** One commit, as for any other attempt. A chart that rests between two probes is told of this one first. */
  async #report(started: Started, attempt: Attempt, settlement: Settlement, hand: Hand): Promise<boolean> {
    const { registry } = this.#parts
    const id = started.delivery.integrationId
    const { at } = attempt
    const { state } = registry.now(id)
    const signal = state.startsWith('broken.') && state !== 'broken.condemned' ? settlement.signal : undefined
    const entry: AuditEntry = { at, integrationId: id, ...hand, action: 'integration.probed' }
    const effects = (audit: readonly AuditEntry[]) => (after: View) => ({
      ...effectsOf(this.#parts, started, attempt, settlement, after),
      audit,
    })
    if (signal === undefined) await registry.note(id, at, effects([entry]))
    else if (state === 'broken.probing') await registry.send(id, signal as TimedSignal, effects([entry]))
    else {
      const asked = registry.send(id, { type: 'admin.probe', at, ...hand })
      await Promise.all([asked, registry.send(id, signal as TimedSignal, effects([]))])
    }
    return signal !== undefined
  }

  /** One that failed while its lane opened goes in line with the others. */
  #tell(started: Started, attempt: Attempt, settlement: Settlement): void {
    const { dispatcher, observers } = this.#parts
    dispatcher.schedule(started.delivery.id)
    const kind = kindOf(settlement)
    if (kind === 'own-trouble') return
    observers.tell(kind === 'succeeded' ? 'delivered' : 'delivery.failed', deliveryEventOf(started, attempt))
  }
}

function kindOf({ rule }: Settlement): 'succeeded' | 'failed' | 'own-trouble' {
  if (rule.settles === 'later') return 'own-trouble'
  return rule.settles === 'delivered' ? 'succeeded' : 'failed'
}
