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

/**
 * So many attempts in a row that were blocked say nothing about the receiver's health, but its owners should know: one
 * notice for each URL. Heard of like any listener, when it is durable; a row is forgotten with the engine.
 */
export class BlockedAddresses {
  readonly #parts: BlockedAddressesParts
  readonly #inARow = new Map<IntegrationId, number>()

  constructor(parts: BlockedAddressesParts) {
    this.#parts = parts
    if (parts.policy.notices === undefined) return
    parts.observers.on('delivered', ({ integration }) => this.#inARow.delete(integration))
    parts.observers.on('delivery.failed', (event: DeliveryEvent) => this.#failed(event))
  }

  #failed({ integration: id, outcome }: DeliveryEvent): void {
    if (outcome.kind !== 'blocked') {
      this.#inARow.delete(id)
      return
    }
    const n = (this.#inARow.get(id) ?? 0) + 1
    this.#inARow.set(id, n)
    // A store that cannot be read or written any more tells so itself.
    if (n === blockedToNotice) void this.#parts.activity.track(this.#tell(id)).catch(() => undefined)
  }

  async #tell(id: IntegrationId): Promise<void> {
    const { backlog, catalogue, clock, mailroom, policy, registry, store } = this.#parts
    const url = catalogue.integration(id)?.url
    if (url === undefined) return
    const incidentId = blockedIncident(id, url)
    const noticeId = `ntc_${incidentId}`
    const known = await store.notices(id)
    if (known.some((notice) => notice.id === noticeId) || catalogue.integration(id) === undefined) return
    const { state, context } = registry.now(id)
    const explained = explanation(state, context, backlog.counts(id), { policy })
    const what = { kind: 'blocked', step: 'blocked', at: clock.now(), status: 'pending' } as const
    const notice: Notice = { id: noticeId, integrationId: id, incidentId, ...what, explanation: explained }
    await mailroom.tell(notice)
  }
}
