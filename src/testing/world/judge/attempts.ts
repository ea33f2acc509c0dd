import type { LogEntry } from '../../../domain/delivery.ts'
import type { IntegrationRecord } from '../../../domain/health.ts'
import type { Integration, IntegrationId } from '../../../domain/integration.ts'
import type { Outcome } from '../../../domain/outcome.ts'
import { isLifecycle } from '../../../domain/topic.ts'
import { ruleFor, type Policy } from '../../../policy/health/policy.ts'
import type { AttemptRequest, Change } from '../../../ports.ts'
import { stateOf, type ChartBook } from './chart.ts'
import { isEnded, type DeliveryBook, type Known } from './deliveries.ts'
import type { Violations } from './violations.ts'

/** One attempt, from its start on. */
export interface Attempted {
  readonly known: Known
  /** How its integration stood when it started. */
  readonly record: IntegrationRecord | undefined
  readonly requestId: string
  /** Of the record that was last given to the store when it started. */
  readonly epoch: number | undefined
  /** Somebody asked for it, so no lane was asked. */
  readonly isByHand: boolean
  readonly isLifecycle: boolean
  /** Its integration was broken when it started. */
  readonly isProbe: boolean
}

/** Attempts under way, and those whose outcome is not written yet. */
export class AttemptBook {
  readonly #violations: Violations
  readonly #policy: () => Policy
  readonly #deliveries: DeliveryBook
  readonly #chart: ChartBook
  readonly #now: () => number
  readonly #elapsedMs: () => number
  /** How long a delivery may hold up those behind it, where they go in order. */
  readonly #blockingMsMax = new Map<IntegrationId, number>()
  readonly #flying = new Set<Attempted>()
  readonly #unwritten = new Map<string, Attempted>()
  /** How their integrations stood when they were begun. */
  readonly #taken = new Map<string, { readonly record: IntegrationRecord | undefined; readonly atMs: number }>()
  /** Calls by hand that may still send one delivery each. */
  readonly #hands = new Map<IntegrationId, number>()
  /** All there ever were. */
  count = 0

  constructor(parts: {
    readonly violations: Violations
    readonly policy: () => Policy
    readonly deliveries: DeliveryBook
    readonly chart: ChartBook
    readonly now: () => number
    readonly elapsedMs: () => number
  }) {
    this.#violations = parts.violations
    this.#policy = parts.policy
    this.#deliveries = parts.deliveries
    this.#chart = parts.chart
    this.#now = parts.now
    this.#elapsedMs = parts.elapsedMs
  }

  isUnderWay(known: Known): boolean {
    return [...this.#flying].some((attempted) => attempted.known === known)
  }

  /** An integration was registered or changed, or is there after a restart. */
  ordered({ id, ordered }: Integration): void {
    this.#blockingMsMax.set(id, ordered?.blockingMaxMs ?? 0)
  }

  /** A call by hand begins that may send one held delivery past the lane; the answer ends it. */
  hand(id: IntegrationId): () => void {
    this.#hands.set(id, (this.#hands.get(id) ?? 0) + 1)
    return () => this.#take(id)
  }

  /** Its body is asked for: an attempt has begun, and time passes before the transport is given its request. */
  taking(id: string): void {
    const known = this.#deliveries.get(id)
    if (known === undefined) return
    this.#taken.set(id, { record: this.#chart.durable(known.delivery.integrationId), atMs: this.#elapsedMs() })
  }

  /** The transport was given a request. Nothing: it is not one of an accepted delivery. */
  began({ headers, body }: AttemptRequest): Attempted | undefined {
    const known = this.#deliveries.withKey(headers['Idempotency-Key'])
    const promise = 'a delivery keeps its id and body'
    if (known === undefined) {
      this.#violations.add(
        promise,
        `a request came with the id ${headers['Idempotency-Key'] ?? 'none'}, which is no delivery's`,
      )
      return undefined
    }
    const { id, integrationId, topic } = known.delivery
    this.#violations.unless(Buffer.from(body).equals(known.body), promise, () => `${id} was sent with another body`)
    const taken = this.#taken.get(id)
    this.#taken.delete(id)
    const record = taken?.atMs === this.#elapsedMs() ? taken.record : this.#chart.durable(integrationId)
    const isByHand = known.state === 'held' && this.#take(integrationId)
    const attempted = {
      known,
      record,
      requestId: headers['Request-ID'] ?? '',
      epoch: this.#chart.latest(integrationId)?.context.epoch,
      isByHand,
      isLifecycle: isLifecycle(topic),
      isProbe: !isLifecycle(topic) && stateOf(record).startsWith('broken'),
    }
    this.#checkStart(attempted)
    this.count += 1
    this.#flying.add(attempted)
    this.#unwritten.set(attempted.requestId, attempted)
    return attempted
  }

  ended(attempted: Attempted, outcome: Outcome): void {
    this.#flying.delete(attempted)
    if (ruleFor(this.#policy(), outcome).settles === 'delivered') attempted.known.isTaken = true
  }

  /** Before the chart hears of the change. */
  changing(change: Change): void {
    for (const entry of change.log ?? []) this.#checkWritten(entry, change)
  }

  /** Everything under way ended with the process. */
  died(): void {
    this.#flying.clear()
    this.#unwritten.clear()
    this.#taken.clear()
    this.#hands.clear()
  }

  #checkStart(attempted: Attempted): void {
    const { known, isByHand, isProbe, record } = attempted
    const { id, integrationId } = known.delivery
    const flying = [...this.#flying]
    const isBeside = flying.some((other) => other.known === known)
    this.#violations.unless(
      !isBeside,
      'a delivery is never sent beside itself',
      () => `${id} was sent while it was under way`,
    )
    this.#violations.unless(!isEnded(known.durable), 'what is settled is not sent again', () => `${id} was ${known.durable}, and was sent again`) // prettier-ignore
    const isSecond = isProbe && flying.some((other) => other.isProbe && isOf(other, integrationId))
    this.#violations.unless(!isSecond, 'one probe at a time', () => `${id} was sent while another probe of ${integrationId} was under way`) // prettier-ignore
    if (isByHand || attempted.isLifecycle) return
    const isOpen = record === undefined || record.context.gate !== 'closed'
    this.#violations.unless(isOpen, 'nothing starts behind a closed lane', () => `${id} was sent while ${integrationId} was ${stateOf(record)}`) // prettier-ignore
    this.#checkOrder(known)
  }

  /** Nobody is overtaken before it has held up the others for as long as it may. */
  #checkOrder(known: Known): void {
    const { id, integrationId } = known.delivery
    const ms = this.#blockingMsMax.get(integrationId) ?? 0
    const isBlocking = ({ bornMs, delivery: { acceptedAt } }: Known) =>
      this.#elapsedMs() - bornMs < ms && this.#now() - acceptedAt < ms
    const first = this.#deliveries.before(known).find(isBlocking)
    this.#violations.unless(first === undefined, 'what goes in order goes in order', () => `${id} was sent before ${first?.delivery.id ?? ''}, which is ${first?.state ?? ''}`) // prettier-ignore
  }

  /** An outcome of an older epoch settles its delivery and the log, and nothing else. */
  #checkWritten({ requestId }: LogEntry, { integrationId, record, folded }: Change): void {
    const attempted = requestId === undefined ? undefined : this.#unwritten.get(requestId)
    if (requestId === undefined || attempted === undefined) return
    this.#unwritten.delete(requestId)
    if (attempted.isByHand || attempted.isLifecycle) return
    const epoch = this.#chart.latest(integrationId)?.context.epoch
    const isStale = attempted.epoch !== undefined && attempted.epoch !== epoch
    const moves = record !== undefined || folded !== undefined
    this.#violations.unless(!(isStale && moves), 'a stale outcome never moves the chart', () => `an attempt of ${integrationId} from epoch ${attempted.epoch} did in epoch ${epoch}`) // prettier-ignore
  }

  #take(id: IntegrationId): boolean {
    const count = this.#hands.get(id) ?? 0
    if (count === 0) return false
    if (count === 1) this.#hands.delete(id)
    else this.#hands.set(id, count - 1)
    return true
  }
}

function isOf({ known }: Attempted, id: IntegrationId): boolean {
  return known.delivery.integrationId === id
}
