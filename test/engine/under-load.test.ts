import { expect, it } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { readOptions } from '../../src/engine/options.ts'
import { memoryStore, type Change, type Store } from '../../src/index.ts'
import { manualClock } from '../../src/testing.ts'
import { streak } from '../support/streak-policy.ts'
import { aWire } from './wire.ts'

it.each<[string, (engine: Engine) => Promise<unknown>, object]>([
  ['is explained', ({ steering }) => steering.explain('bot'), { state: 'healthy' }],
  ['is paused', ({ steering }) => steering.order('admin.pause', 'bot'), { state: 'paused' }],
  ['is enabled', ({ steering }) => steering.enable('bot'), { state: 'healthy' }],
  ['is disabled', ({ steering }) => steering.order('admin.disable', 'bot'), { state: 'disabled' }],
])('%s although its commits never pause', async (_, call, answer) => {
  const { engine, busy } = await aBusyEngine()
  expect(await call(engine)).toMatchObject(answer)
  expect(busy()).toBe(true)
})

/** Several commits of one integration are always under way: each that ends begins another. */
async function aBusyEngine() {
  const store = aSlowStore()
  const parts = readOptions({ policy: streak({ retriesMs: [] }), store, clock: manualClock(), transport: aWire() })
  const engine = new Engine(parts)
  engine.recover(await parts.store.open())
  const secret = 'a secret of many characters'
  const url = 'https://hooks.example.com/'
  await engine.registration.put({ slug: 'bot', organization: 'acme', url, secret, topics: ['invoice'] })
  let underWay = 0
  const keepBusy = () => {
    underWay += 1
    const entry = { at: 0, integrationId: 'bot', by: 'test', action: 'integration.noted', reason: 'load' }
    void engine.registry
      .note('bot', 0, () => ({ audit: [entry] }))
      .then(() => {
        underWay -= 1
        keepBusy()
      })
  }
  for (let n = 0; n < 4; n += 1) setImmediate(keepBusy)
  await new Promise((resolve) => setTimeout(resolve))
  await new Promise((resolve) => setImmediate(resolve))
  return { engine, busy: () => underWay > 0 }
}

/** Each commit takes a turn of the event loop, as a disk's would. */
function aSlowStore(): Store {
  const store = memoryStore()
  const commit = store.commit.bind(store)
  return Object.assign(store, {
    commit: async (change: Change) => {
      await new Promise((resolve) => setImmediate(resolve))
      return commit(change)
    },
  })
}
