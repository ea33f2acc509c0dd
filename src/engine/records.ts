import { HookwardError } from '../domain/errors.ts'
import type { HealthContext, IntegrationRecord } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { freshRecord, type IntegrationMachine } from '../machines/index.ts'
import type { Policy } from '../policy/health/policy.ts'

/** So many records of integrations never heard of are kept at hand, for the next time one is asked for. */
const freshMax = 4_096

/** What records are made with. */
export interface RecordsParts {
  readonly machine: IntegrationMachine
  readonly policy: Policy
  readonly bornAt: (id: IntegrationId) => number
}

/** Where each chart stands: as last put into a commit, and as it is on disk, which may be behind. */
export class Records {
  readonly #parts: RecordsParts
  readonly #last = new Map<IntegrationId, IntegrationRecord>()
  readonly #durable = new Map<IntegrationId, IntegrationRecord>()
  readonly #fresh = new Map<IntegrationId, IntegrationRecord>()

  constructor(parts: RecordsParts) {
    this.#parts = parts
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
    const { bornAt, machine, policy } = this.#parts
    const fresh = freshRecord(machine, id, bornAt(id))
    if ((fresh.context as Partial<HealthContext>).policy === undefined)
      throw new HookwardError('POLICY_INVALID', `policy ${policy.name} throws over an integration never heard of`)
    if (this.#fresh.size >= freshMax) this.#fresh.clear()
    this.#fresh.set(id, fresh)
    return fresh
  }
}
