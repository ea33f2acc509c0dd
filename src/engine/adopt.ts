import type { AuditEntry, IntegrationRecord, PolicyRecord } from '../domain/health.ts'
import type { Json } from '../domain/json.ts'
import type { Policy } from '../policy/health/policy.ts'

/** A record as another policy takes it over, and what the books say of it. */
export interface Adopted {
  readonly record: IntegrationRecord
  readonly audit: AuditEntry
}

/**
 * Takes a record over whose policy has another name, version or other numbers; `undefined` when nothing differs.
 * State and incident stay. The memory is kept for other numbers, migrated for another name or version, else begun anew.
 */
export function adopt(policy: Policy, record: IntegrationRecord, at: number): Adopted | undefined {
  const old = record.context.policy
  const { name, version, params } = policy
  const isSameRule = old.name === name && old.version === version
  if (isSameRule && isSame(old.params, params)) return undefined
  const migrated = isSameRule ? old.memory : migratedFrom(policy, old, at)
  const context = { ...record.context, policy: { name, version, params, memory: migrated ?? policy.empty() } }
  const what = isSameRule ? `${name} has other numbers` : `${old.name} ${old.version} became ${name} ${version}`
  const reason = migrated === null ? `${what}; counting began anew` : what
  const audit = { at, integrationId: context.integrationId, by: 'system', action: 'policy.changed', reason }
  return { record: { ...record, context, rev: record.rev + 1 }, audit }
}

/** A rule that fails over an old memory begins anew, as one that does not know it. */
function migratedFrom(policy: Policy, old: PolicyRecord, at: number): Json {
  try {
    return policy.migrate(old, at)
  } catch {
    return null
  }
}

function isSame(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
