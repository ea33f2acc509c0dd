import type { IntegrationId } from '../../../domain/integration.ts'
import type { Outcome } from '../../../domain/outcome.ts'
import type { Policy } from '../../../policy/health/policy.ts'
import type {
  Accepted,
  AttemptRequest,
  CatalogueEntry,
  Change,
  MailOutcome,
  OutgoingMail,
  Recovered,
} from '../../../ports.ts'
import { AttemptBook, type Attempted } from './attempts.ts'
import { ChartBook } from './chart.ts'
import { DeliveryBook, isEnded, type Known } from './deliveries.ts'
import { MailBook } from './mail.ts'
import type { Unsettled } from '../types.ts'
import { Violations } from './violations.ts'

/** So long may a delivery that is due wait for its turn, its lane or a rest that its receiver asked for. */
const stuckMs = 26 * 3_600_000

/** Watches what the engine gives to its ports, from outside, and keeps what breaks a promise. */
export class Judge {
  readonly deliveries: DeliveryBook
  readonly chart: ChartBook
  readonly attempts: AttemptBook
  readonly mail: MailBook
  readonly #violations: Violations
  readonly #now: () => number
  /** What the world's clock shows may be set. */
  readonly #elapsedMs: () => number
  /** When an attempt of each integration last began, or its lane last opened, in time that has passed. */
  readonly #stirred = new Map<IntegrationId, number>()

  constructor(policy: () => Policy, now: () => number, elapsedMs: () => number) {
    const violations = new Violations(now)
    this.#violations = violations
    this.#now = now
    this.#elapsedMs = elapsedMs
    this.deliveries = new DeliveryBook(violations, elapsedMs)
    this.chart = new ChartBook(violations, policy)
    this.mail = new MailBook(violations)
    this.attempts = new AttemptBook({
      violations,
      policy,
      deliveries: this.deliveries,
      chart: this.chart,
      now,
      elapsedMs,
    })
  }

  unsettled(): readonly Unsettled[] {
    return [...this.deliveries.all].flatMap((known) => {
      const { delivery, isLeft, isSure, state } = known
      if (!isSure || isEnded(state)) return []
      const stands = isLeft ? 'left' : (state as Unsettled['state'])
      const isUnderWay = this.attempts.isUnderWay(known)
      return [{ id: delivery.id, integration: delivery.integrationId, isUnderWay, state: stands }]
    })
  }

  /** What was seen so far, and what stands still at this moment. */
  verdict(isRunning: boolean): readonly string[] {
    const stuck = isRunning ? this.#stuck() : []
    return [...this.#violations.all, ...stuck.map(({ delivery, state }) => `${new Date(this.#now()).toISOString()} nothing accepted is lost: ${delivery.id} of ${delivery.integrationId} is ${state}, and nothing follows`)] // prettier-ignore
  }

  asked(batch: Accepted): void {
    this.deliveries.asked(batch)
  }

  answered(batch: Accepted, isKept: boolean): void {
    this.deliveries.answered(batch, isKept)
    for (const { delivery } of batch.deliveries) this.#stir(delivery.integrationId, false)
  }

  changing(change: Change): void {
    this.attempts.changing(change)
    this.deliveries.changing(change)
    this.chart.changing(change)
    this.mail.changing(change)
    if ((change.transitions ?? []).length > 0) this.#stir(change.integrationId)
  }

  changed(change: Change): void {
    this.deliveries.changed(change)
    this.chart.changed(change)
    this.mail.changed(change)
  }

  configuring(entry: CatalogueEntry): void {
    if (entry.kind === 'integration') this.attempts.ordered(entry.integration)
    if (entry.kind !== 'removed') return
    this.deliveries.doubt(entry.integrationId)
    this.chart.doubt(entry.integrationId)
    this.mail.forget(entry.integrationId)
  }

  configured(entry: CatalogueEntry): void {
    if (entry.kind !== 'removed') return
    this.deliveries.forget(entry.integrationId)
    this.chart.forget(entry.integrationId)
  }

  began(request: AttemptRequest): Attempted | undefined {
    const attempted = this.attempts.began(request)
    if (attempted !== undefined) this.#stir(attempted.known.delivery.integrationId)
    return attempted
  }

  ended(attempted: Attempted, outcome: Outcome): void {
    this.attempts.ended(attempted, outcome)
  }

  sending(mail: OutgoingMail): void {
    this.mail.sending(mail)
  }

  sent(mail: OutgoingMail, outcome: MailOutcome, arrived: boolean): void {
    this.mail.sent(mail, outcome, arrived)
  }

  died(): void {
    this.attempts.died()
    this.mail.died()
  }

  recovered(found: Recovered): void {
    for (const integration of found.integrations) this.attempts.ordered(integration)
    this.deliveries.recovered(found)
    this.chart.recovered(found)
    this.mail.recovered(found)
    for (const { delivery } of found.pending) this.#stir(delivery.integrationId)
  }

  /** Due for long behind an open lane, of an integration of which nothing was sent for as long. */
  #stuck(): readonly Known[] {
    const before = this.#elapsedMs() - stuckMs
    return [...this.deliveries.all].filter(({ delivery, dueAt, isLeft, isSure, movedMs, state }) => {
      if (!isSure || isLeft || isEnded(state) || state === 'dead') return false
      if (movedMs > before || dueAt > this.#now() - stuckMs) return false
      const isOpen = (this.chart.durable(delivery.integrationId)?.context.gate ?? 'open') === 'open'
      return isOpen && (this.#stirred.get(delivery.integrationId) ?? 0) <= before
    })
  }

  #stir(id: IntegrationId, isAgain = true): void {
    if (isAgain || !this.#stirred.has(id)) this.#stirred.set(id, this.#elapsedMs())
  }
}
