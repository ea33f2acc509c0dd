import { expect, it } from 'vitest'
import { IdempotencyKeys } from '../../src/adapters/idempotency-keys.ts'
import { memoryStore } from '../../src/adapters/memory-store.ts'
import { RequestLog } from '../../src/adapters/request-log.ts'
import { StoreModel } from '../../src/adapters/store-model.ts'
import { storeContract } from '../../src/testing.ts'
import { accepted, anEntry, dayMs, t0 } from '../../src/testing/contracts/store-samples.ts'
import { keepsTo } from '../support/contract.ts'

keepsTo(
  'the memory store',
  storeContract((options) => {
    const store = memoryStore(options)
    return { store: () => store, remove: () => undefined }
  }),
)

it('keeps two memory stores apart', async () => {
  const [one, other] = [memoryStore(), memoryStore()]
  await one.open()
  await one.append(accepted(['a']))
  expect((await other.open()).pending).toEqual([])
})

it('lets the oldest idempotency key go when there are too many', () => {
  const model = new StoreModel(undefined, undefined, { keysMax: 2 })
  const give = (key: string) => model.append(accepted([], { key, digest: 'd' })).duplicate
  expect([give('a'), give('b'), give('c')]).toEqual([false, false, false])
  expect([give('b'), give('c')]).toEqual([true, true])
  expect(give('a')).toBe(false)
})

it('forgets aged keys as new ones come', () => {
  const keys = new IdempotencyKeys([])
  keys.remember(accepted([], { key: 'old' }))
  keys.remember(accepted([], { key: 'new', at: t0 + dayMs }))
  expect(keys.toJSON().map(({ key }) => key)).toEqual(['new'])
})

it('puts a key that is given anew after its time behind the others', () => {
  const keys = new IdempotencyKeys([])
  keys.remember(accepted([], { key: 'a' }))
  keys.remember(accepted([], { key: 'b', at: t0 + 1 }))
  keys.remember(accepted([], { key: 'a', at: t0 + dayMs + 1 }))
  expect(keys.toJSON().map(({ key }) => key)).toEqual(['a'])
})

it('frees the memory of request lists that have aged', () => {
  const log = new RequestLog()
  log.add([anEntry(), anEntry({ integrationId: 'chat', at: t0 + dayMs })], t0)
  log.add([], t0 + 30 * dayMs)
  expect(log.toJSON().map(({ integrationId }) => integrationId)).toEqual(['chat'])
})
