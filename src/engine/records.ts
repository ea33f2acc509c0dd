import { HookwardError } from '../domain/errors.ts'
import type { IntegrationRecord } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { recordOf, valueOf } from '../machines/record.ts'
import { ChartWalk } from '../machines/walk.ts'
import type { Policy } from '../policy/health/policy.ts'

/** So many records of integrations never heard of are kept at hand, for the next time one is asked for. */
const freshMax = 4_096

/** What records are made with. */
export interface RecordsParts {
  readonly policy: Policy
  readonly bornAt: (id: IntegrationId) => number
}

/** Where each chart stands: as last put into a commit, and as it is on disk, which may be behind. */
export class Records {
  readonly #parts: RecordsParts
  readonly #walk: ChartWalk
  readonly #last = new Map<IntegrationId, IntegrationRecord>()
  readonly #durable = new Map<IntegrationId, IntegrationRecord>()
  readonly #fresh = new Map<IntegrationId, IntegrationRecord>()

  constructor(parts: RecordsParts) {
    this.#parts = parts
    this.#walk = new ChartWalk(parts.policy)
  }

  /** Whether anything was ever told to it. */
  has(id: IntegrationId): boolean {
    return this.#last.has(id)
  }

  last(id: IntegrationId): IntegrationRecord {
    return this.#last.get(id) ?? this.#freshOf(id)
  }

  durable(id: IntegrationId): IntegrationRecord {
    return this.#durable.get(id) ?? this.#freshOf(id)
  }

  revision(id: IntegrationId): number {
    return this.#last.get(id)?.rev ?? 0
  }

  /** It stands in a commit. */
  put(id: IntegrationId, record: IntegrationRecord): void {
    this.#last.set(id, record)
  }

  /** Its commit is on disk. */
  settle(id: IntegrationId, record: IntegrationRecord): void {
    this.#durable.set(id, record)
  }

  forget(id: IntegrationId): void {
    for (const records of [this.#last, this.#durable, this.#fresh]) records.delete(id)
  }

  /** The one of an integration never heard of counts as durable: whoever asks again makes the same. */
  #freshOf(id: IntegrationId): IntegrationRecord {
    const known = this.#fresh.get(id)
    if (known !== undefined) return known
    const fresh = this.#begun(id)
    if (this.#fresh.size >= freshMax) this.#fresh.clear()
    this.#fresh.set(id, fresh)
    return fresh
  }

  /** What the chart begins with, made without an actor: an overview asks it of every integration. */
  #begun(id: IntegrationId): IntegrationRecord {
    const { bornAt, policy } = this.#parts
    try {
      const { state, context } = this.#walk.begin({ integrationId: id, at: bornAt(id) })
      return recordOf({ value: valueOf(state), context }, 0)
    } catch (cause) {
      const fact = `policy ${policy.name} throws over an integration never heard of`
      throw new HookwardError('POLICY_INVALID', fact, { cause })
    }
  }
}
