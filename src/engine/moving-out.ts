import { Link } from '../adapters/restate/link.ts'
import { migrate, type Migration } from '../adapters/restate/migrate.ts'
import { sealWith } from '../adapters/restate/seal.ts'
import { systemClock } from '../adapters/system-clock.ts'
import type { Store } from '../ports.ts'
import { readRestate, type RestateOptions } from './restate-options.ts'

/** What is moved, and how the cluster is reached. */
export interface MigrateOptions extends Pick<RestateOptions, 'ingress' | 'key' | 'callMs' | 'patienceMs'> {
  /** The store of an engine that was stopped; it is left as it is. */
  readonly store: Store
}

/**
 * Moves integrations with their records, deliveries, notices and histories from a store to the cluster, and checks that
 * as much is there as was here. Workers must be running. Idempotency keys given to the old engine are not moved.
 * @throws HookwardError `STORE_LOCKED` while an engine has it, `RESTATE_MIGRATION` when something is missing.
 */
export async function migrateToRestate({ store, ...options }: MigrateOptions): Promise<Migration> {
  const { key, ...given } = readRestate(options)
  const link = new Link({ ...given, seal: sealWith(key) })
  try {
    await link.protocol()
    return await migrate({ store, adopt: (id, part) => link.adopt(id, part), now: () => systemClock.now() })
  } finally {
    await link.close()
  }
}
