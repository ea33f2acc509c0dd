import { resolve } from 'node:path'
import { HookwardError } from '../../domain/errors.ts'
import type { Store } from '../../ports.ts'
import { DocumentStore } from './document-store.ts'
import { JournalStore } from './journal-store.ts'
import type { LowdbStoreOptions } from './store-options.ts'

export type { LowdbStoreOptions }

/**
 * A store in a folder: lowdb documents that an operator can read, and a journal that makes each change durable before
 * it is answered.
 * @example
 * const store = lowdbStore({ dir: './data' })
 */
export function lowdbStore(options: LowdbStoreOptions): Store {
  if (options.dir === '') throw new HookwardError('OPTION_INVALID', 'dir is empty')
  const placed = { ...options, dir: resolve(options.dir) }
  return options.journal === false ? new DocumentStore(placed) : new JournalStore(placed)
}
