import { StoreBench, type MakeStoreData } from './store-bench.ts'
import { storeCatalogue } from './store-catalogue.ts'
import { storeDeliveries } from './store-deliveries.ts'
import { storeHealth } from './store-health.ts'
import { storeKeys, storeLimits } from './store-limits.ts'
import { storeLog } from './store-log.ts'
import { suiteOf, type ContractCase } from './suite.ts'

/**
 * What a store of your own must keep to, through restarts, as cases for any test runner. That it loses nothing when its
 * process is killed is for you to show: a `world` cannot, because your store stands on a disk of your own.
 * @param make a new, empty set of data for each case
 * @example
 * import { test } from 'node:test'
 * for (const { title, run } of storeContract(() => aTestDatabase())) test(title, run)
 */
export function storeContract(make: MakeStoreData): readonly ContractCase[] {
  const usual = suiteOf(() => StoreBench.open(make), closeBench)
  for (const fill of [storeCatalogue, storeDeliveries, storeKeys, storeHealth, storeLog]) fill(usual)
  const small = suiteOf(() => StoreBench.open(make, { backlogBytesMax: 100 }), closeBench)
  storeLimits(small)
  return [...usual.cases, ...small.cases]
}

function closeBench(bench: StoreBench): Promise<void> {
  return bench.close()
}
