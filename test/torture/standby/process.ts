import { createHookward, HookwardError, type Hookward } from '../../../src/index.ts'
import type { StandbyOrders, StandbyWord } from './words.ts'

/** One of several processes on one folder: it emits without a pause, says what was answered as soon as it was, and is killed. */
const orders = JSON.parse(process.argv[2] ?? '') as StandbyOrders
/** So many emits are under way at a time. */
const burst = 25

// A pipe is written to before the call returns.
const say = (word: StandbyWord) => process.stdout.write(`${JSON.stringify(word)}\n`)

const hookward = await createHookward({
  dir: orders.dir,
  standby: true,
  setUp,
  network: { allow: ['127.0.0.0/8'] },
  logger: { info: () => undefined, warn: () => undefined, error: (_, fact) => say({ t: 'trouble', fact }) },
})
hookward.on('holding', () => say({ t: 'holding' }))
hookward.on('store.failed', ({ error }) => say({ t: 'trouble', fact: error.message }))
if (!hookward.isStandby()) say({ t: 'holding' })
say({ t: 'up' })
if (orders.mode === 'load') await load()
else await drain()

async function setUp(now: Hookward): Promise<void> {
  const there = { url: orders.receiverUrl, secret: 'a secret that both sides know', topics: ['count'] }
  await now.integrations.put({ slug: 'counter', organization: 'acme', ...there, ordered: { by: 'key' } })
  await now.installations.install({ integration: 'counter', organization: 'acme' }, { announce: false })
}

async function load(): Promise<void> {
  for (let from = 0; from < orders.eventsMax; from += burst)
    await Promise.all(Array.from({ length: burst }, (_, n) => emit(from + n)))
  await new Promise(() => setInterval(() => undefined, 1_000))
}

async function emit(n: number): Promise<void> {
  const event = { topic: 'count.up', organization: 'acme', data: { by: orders.by, n } }
  // A key for every third: the others are told apart by the spool alone.
  const key = n % 3 === 0 ? { key: `${orders.by}-${n}` } : {}
  try {
    const { handedOver = false } = await hookward.emit(event, { orderKey: orders.by, ...key })
    say({ t: 'accepted', n, handedOver })
  } catch (error) {
    say({ t: 'trouble', fact: error instanceof HookwardError ? error.message : String(error) })
  }
}

async function drain(): Promise<void> {
  while (hookward.isStandby()) await new Promise((resolve) => setTimeout(resolve, 10))
  await hookward.idle()
  await hookward.stop()
  say({ t: 'drained' })
}
