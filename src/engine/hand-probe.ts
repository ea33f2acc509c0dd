import type { Attempt } from '../domain/delivery.ts'
import type { AuditEntry, TimedSignal } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { ProbeAnswer } from '../domain/probe.ts'
import type { Started, View } from '../machines/index.ts'
import type { Clock } from '../ports.ts'
import type { Backlog, Waiting } from './backlog.ts'
import type { Hand } from './books.ts'
import type { Catalogue } from './catalogue.ts'
import type { Dispatcher } from './dispatcher.ts'
import { effectsOf } from './ended.ts'
import { deliveryEventOf, type Observers } from './observers.ts'
import { isLeft } from './probe-choice.ts'
import type { Registry } from './registry.ts'
import { kindOf, unheard } from './reports.ts'
import type { Sender } from './sender.ts'
import type { Settlement } from './settle.ts'

/** What probes by hand work with. */
export interface HandProbeParts {
  readonly clock: Clock
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

  constructor(parts: HandProbeParts) {
    this.#parts = parts
  }

  /** While another probe is under way, the chart's or one by hand, its answer is this one's, too. */
  async make(id: IntegrationId, hand: Hand): Promise<ProbeAnswer> {
    const { clock, dispatcher, registry } = this.#parts
    const underWay = dispatcher.probes.answer(id)
    const held = underWay === undefined ? this.#next(id) : undefined
    if (held !== undefined) return this.#send(held, hand)
    if (underWay === undefined) return { kind: 'not-made', because: 'nothing-held' }
    const answer = await underWay
    const at = clock.now()
    await registry.note(id, at, () => ({ audit: [auditOf(id, at, hand)] }))
    return answer
  }

  /** Each in turn, and of those that go in order the first: one that no receiver could take is not all that is tried. */
  #next(id: IntegrationId): Waiting | undefined {
    const { backlog, catalogue, dispatcher } = this.#parts
    const held = backlog
      .judged(id)
      .filter(({ delivery, held, state }) => {
        return state === 'held' && !isLeft(held) && catalogue.installation(delivery.installationId)
      })
      .filter(({ delivery }) => backlog.before(delivery.id) === undefined)
    return dispatcher.choice.longestAgo(id, held)
  }

  async #send({ delivery, attempts }: Waiting, hand: Hand): Promise<ProbeAnswer> {
    const { backlog, catalogue, clock, dispatcher, registry, sender } = this.#parts
    const id = delivery.integrationId
    backlog.start(delivery.id, true)
    dispatcher.probes.begin(id)
    const { epoch } = registry.now(id).context
    const lane = { origin: catalogue.originOf(id), epoch, isProbe: true, startedAt: clock.now() }
    const started: Started = { delivery, attempts, ...lane }
    const answer = this.#ended(started, await sender.attempt(started), hand)
    dispatcher.probes.ended(id, answer)
    return answer
  }

  async #ended(started: Started, attempt: Attempt, hand: Hand): Promise<ProbeAnswer> {
    const { backlog, catalogue, dispatcher } = this.#parts
    const { id: deliveryId, integrationId } = started.delivery
    const integration = catalogue.integration(integrationId)
    const answer = unheard(started, attempt)
    // Given up while it was under way: there is nothing left to settle.
    if (integration === undefined || backlog.get(deliveryId)?.state !== 'inflight') return answer
    const settlement = dispatcher.reports.judge(started, attempt, integration)
    const counted = await this.#report(started, attempt, settlement, hand)
    this.#tell(started, attempt, settlement)
    return { ...answer, kind: kindOf(settlement), counted }
  }

  /** One commit, as for any other attempt. A chart that rests between two probes is told of this one first. */
  async #report(started: Started, attempt: Attempt, settlement: Settlement, hand: Hand): Promise<boolean> {
    const { registry } = this.#parts
    const id = started.delivery.integrationId
    const { at } = attempt
    const { state } = registry.now(id)
    const signal = state.startsWith('broken.') && state !== 'broken.condemned' ? settlement.signal : undefined
    const entry = auditOf(id, at, hand)
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

  /** One that failed while its lane opened goes in line with the others. The chart may have waited for this one's end. */
  #tell(started: Started, attempt: Attempt, settlement: Settlement): void {
    const { dispatcher, observers } = this.#parts
    dispatcher.probeIfAsked(started.delivery.integrationId)
    dispatcher.schedule(started.delivery.id)
    const kind = kindOf(settlement)
    if (kind === 'own-trouble') return
    observers.tell(kind === 'succeeded' ? 'delivered' : 'delivery.failed', deliveryEventOf(started, attempt))
  }
}

function auditOf(integrationId: IntegrationId, at: number, hand: Hand): AuditEntry {
  return { at, integrationId, ...hand, action: 'integration.probed' }
}
