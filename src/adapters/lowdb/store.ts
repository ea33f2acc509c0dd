import type { Store } from '../../ports.ts'
import { DocumentStore } from './document-store.ts'
import { JournalStore } from './journal-store.ts'
import { parseStoreOptions, type LowdbStoreOptions } from './store-options.ts'

export type { LowdbStoreOptions }

/**
 * A store in a folder: lowdb documents that an operator can read, and a journal that makes each change durable before
 * it is answered.
 * @example
 * const store = lowdbStore({ dir: './data' })
 */
export function lowdbStore(options: LowdbStoreOptions): Store {
  const parsed = parseStoreOptions(options)
  return parsed.journal === false ? new DocumentStore(parsed) : new JournalStore(parsed)
}
