import { Link } from '../adapters/restate/link.ts'
import { migrate, type Migration } from '../adapters/restate/migrate.ts'
import { sealWith } from '../adapters/restate/seal.ts'
import { systemClock } from '../adapters/system-clock.ts'
import type { RememberedKey } from '../domain/event.ts'
import type { Clock, Store } from '../ports.ts'
import { methods } from './option-checks.ts'
import { readRestate, type RestateOptions } from './restate-options.ts'

/** What is moved, and how the cluster is reached. */
export interface MigrateOptions extends Pick<RestateOptions, 'ingress' | 'key' | 'callMs' | 'patienceMs'> {
  /** The store of an engine that was stopped; it is left as it is. */
  readonly store: Store
  /** The clock of the engine that was stopped. @default the system's */
  readonly clock?: Clock
}

/**
 * Moves integrations with their records, deliveries, notices and histories from a store to the cluster, and checks that
 * as much is there as was here, and with them the idempotency keys of the last 24 hours. Workers must be running.
 * @throws HookwardError `STORE_LOCKED` while an engine has it, `RESTATE_MIGRATION` when something is missing.
 */
export async function migrateToRestate({ store, clock, ...options }: MigrateOptions): Promise<Migration> {
  const { key, ...given } = readRestate(options)
  const at = methods(clock ?? systemClock, 'clock', ['now'])
  const link = new Link({ ...given, seal: sealWith(key) })
  try {
    await link.protocol()
    const adoptKey = (known: RememberedKey, leftMs: number) => link.adoptKey(known, leftMs)
    return await migrate({ store, adopt: (id, part) => link.adopt(id, part), adoptKey, now: () => at.now() })
  } finally {
    await link.close()
  }
}
