import type { Change } from '../../ports.ts'
import type { StoreParts } from './checkpoint.ts'

/**
 * Applies changes that are one record, and answers whether something of any integration aged and went. None of them can
 * be left out: when one cannot be made the store takes no more.
 */
export function applyChanges({ dir, journal, model }: StoreParts, changes: readonly Change[]): boolean {
  let isPruned = false
  for (const [n, change] of changes.entries())
    try {
      isPruned = model.commit(change) || isPruned
    } catch (error) {
      throw n === 0 ? error : journal.fail(dir, error)
    }
  return isPruned
}
