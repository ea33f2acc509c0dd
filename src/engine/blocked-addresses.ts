import type { LogEntry } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Notice } from '../domain/notice.ts'
import { explanation } from '../policy/explanation.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { Clock, Store } from '../ports.ts'
import type { Activity } from './activity.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Mailroom } from './mailroom.ts'
import { blockedIncident } from './notice-truth.ts'
import type { DeliveryEvent, Observers } from './observers.ts'
import type { Registry } from './registry.ts'

/** What is needed to notice an address that we refuse to connect to. */
export interface BlockedAddressesParts {
  readonly policy: Policy
  readonly clock: Clock
  readonly store: Store
  readonly activity: Activity
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly observers: Observers
  readonly registry: Registry
  readonly mailroom: Mailroom
}

const blockedToNotice = 3

/** So many attempts in a row that met an address of one URL. */
interface Row {
  readonly url: string
  n: number
}

/**
 * So many attempts in a row that were blocked say nothing about the receiver's health, but its owners should know: one
 * notice for each URL. Heard of like any listener, when it is durable; what was before the start is in the request log.
 */
export class BlockedAddresses {
  readonly #parts: BlockedAddressesParts
  /** Of those that were blocked since the start. */
  readonly #rows = new Map<IntegrationId, Row>()
  readonly #told = new Set<string>()

  constructor(parts: BlockedAddressesParts) {
    this.#parts = parts
    if (parts.policy.notices === undefined) return
    parts.observers.on('delivered', ({ integration }) => this.#answered(integration))
    parts.observers.on('delivery.failed', (event: DeliveryEvent) => this.#failed(event))
  }

  #failed({ integration: id, outcome }: DeliveryEvent): void {
    if (outcome.kind !== 'blocked') return this.#answered(id)
    const url = this.#parts.catalogue.integration(id)?.url
    if (url === undefined) return
    const row = this.#rows.get(id)
    if (row?.url === url) this.#count(id, row, row.n + 1)
    else this.#inTurn(this.#begin(id, { url, n: 1 }))
  }

  #answered(id: IntegrationId): void {
    const row = this.#rows.get(id)
    if (row !== undefined) row.n = 0
  }

  /** The first that is heard of may not be the first in its row. */
  async #begin(id: IntegrationId, row: Row): Promise<void> {
    this.#rows.set(id, row)
    const log = await this.#parts.store.log({ integrationId: id })
    this.#count(id, row, Math.max(row.n, blockedInARow(log, row.url)))
  }

  #count(id: IntegrationId, row: Row, n: number): void {
    row.n = n
    if (n >= blockedToNotice) this.#inTurn(this.#tell(id, row.url))
  }

  /** A store that cannot be read or written any more tells so itself. */
  #inTurn(work: Promise<void>): void {
    this.#parts.activity.track(work).catch(() => undefined)
  }

  async #tell(id: IntegrationId, url: string): Promise<void> {
    const { backlog, catalogue, clock, mailroom, policy, registry, store } = this.#parts
    const incidentId = blockedIncident(id, url)
    const noticeId = `ntc_${incidentId}`
    if (this.#told.has(noticeId)) return
    this.#told.add(noticeId)
    const known = await store.notices(id)
    if (known.some((notice) => notice.id === noticeId) || catalogue.integration(id)?.url !== url) return
    const { state, context } = registry.now(id)
    const explained = explanation(state, context, backlog.counts(id), { policy })
    const what = { kind: 'blocked', step: 'blocked', at: clock.now(), status: 'pending' } as const
    const notice: Notice = { id: noticeId, integrationId: id, incidentId, ...what, explanation: explained }
    await mailroom.tell(notice)
  }
}

/** What our own trouble kept back, and what was never sent, says nothing of the address. */
function blockedInARow(newestFirst: readonly LogEntry[], url: string): number {
  const attempts = newestFirst.filter(({ requestId, outcome }) => requestId !== undefined && outcome.kind !== 'local')
  const end = attempts.findIndex(({ outcome, webhookUrl }) => outcome.kind !== 'blocked' || webhookUrl !== url)
  return end < 0 ? attempts.length : end
}
