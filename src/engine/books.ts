import type { AuditEntry } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Clock } from '../ports.ts'
import type { Writes } from './writes.ts'

/** Who changed the catalogue, and why. */
export interface Hand {
  readonly by: string
  readonly reason: string
}

/** Fields whose change says nothing to a reader. */
const silent: readonly string[] = ['updatedAt', 'createdAt']

/** Writes changes of the catalogue into the audit: which fields changed, and never their values. */
export class Books {
  readonly #clock: Clock
  readonly #writes: Writes

  constructor(clock: Clock, writes: Writes) {
    this.#clock = clock
    this.#writes = writes
  }

  /** Follows the change it tells of, in the same turn, so that both are written together. */
  note(integrationId: IntegrationId, action: string, hand: Hand, changed: readonly string[] = []): Promise<void> {
    const at = this.#clock.now()
    // Field by field: callers know more of the change than the audit may hold.
    const { by, reason } = hand
    const entry: AuditEntry = { at, integrationId, by, reason, action, ...evidenceOf(action, changed) }
    return this.#writes.commit({ at, integrationId, audit: [entry] })
  }
}

/** The names of the fields in which two versions differ. */
export function changedFields<T extends object>(before: T, after: T): readonly string[] {
  const [old, now] = [before, after] as readonly Readonly<Record<string, unknown>>[]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => !silent.includes(name) && told(old?.[name]) !== told(now?.[name]))
}

function told(value: unknown): string | undefined {
  return JSON.stringify(value)
}

function evidenceOf(action: string, fields: readonly string[]): Pick<AuditEntry, 'evidence'> {
  if (fields.length === 0) return {}
  return { evidence: { rule: action, summary: `changed: ${fields.join(', ')}`, facts: { fields } } }
}
