import { showStore } from '../../src/adapters/lowdb/store-tools.ts'
import { systemRandom } from '../../src/adapters/system-clock.ts'
import { undiciTransport } from '../../src/adapters/undici/transport.ts'
import { readNetwork } from '../../src/engine/network-options.ts'
import { createHookward, HookwardError, type Change, type Hookward } from '../../src/index.ts'
import { bad, badOf, input, organizations, paddingOf, soundOf, type Orders, type Word } from './fleet.ts'
import { Fuse, type Moment } from './moments.ts'
import { storeOf } from './plants.ts'
import { policyOf } from './policies.ts'
import { Watch } from './watch.ts'

/** The process that is killed: one engine under full load, which says what was answered as soon as it was. */
const orders = JSON.parse(process.argv[2] ?? '') as Orders
/** So many events may wait for their deliveries; the load waits for room. */
const aheadMax = 1_500
const workers = 48
/** Long enough that a kill often finds some of them off. */
const enableAfterMs = 400
const drainMsMax = 60_000

// A pipe is written to before the call returns.
const say = (word: Word) => process.stdout.write(`${JSON.stringify(word)}\n`)

/** Nothing runs after this, and no handle is closed. */
const die = (moment: Moment) => {
  say({ t: 'dying', moment })
  process.kill(process.pid, 'SIGKILL')
}

const began = performance.now()
const damage: string[] = []
const soon = new Set<string>()
let enabled = 0
const watch = new Watch((breach, fact) => say({ t: 'breach', breach, fact }))
const network = { allow: ['127.0.0.0/8'] }
const saying = async (changes: readonly Change[]) => {
  await store.commitAll?.(changes)
  changes.forEach(saySent)
}
const store = storeOf(orders.dir, orders.plant, new Fuse(orders.fuse, die))
const hookward = await createHookward({
  store: {
    ...store,
    commit: (change) => store.commit(change).then(() => saySent(change)),
    ...(store.commitAll && { commitAll: saying }),
  },
  policy: policyOf(orders.policy),
  network,
  transport: watch.transport(undiciTransport({ network: readNetwork(network) })),
  random: watch.random(systemRandom),
  mail: { url: orders.smtpUrl, from: 'hooks@example.com' },
  logger: {
    info: () => undefined,
    warn: ({ damage: found }) => found !== undefined && damage.push(String(found)),
    error: () => undefined,
  },
})
hookward.on('broken', ({ integration }) => watch.broken(integration))
hookward.on('recovered', ({ integration }) => watch.recovered(integration))
hookward.on('disabled', ({ integration }) => {
  watch.disabled(integration)
  say({ t: 'disabled', slug: integration })
  // Nobody steers before it is known how the engine found them.
  if (orders.mode === 'load') void started.then(() => enableSoon(integration))
})
// Answered too late, on a busy machine, or not at all: it is sent again though the receiver has it.
hookward.on('delivery.failed', ({ outcome }) => {
  if (outcome.status === 0) say({ t: 'unanswered' })
})
hookward.on('store.failed', ({ error }) => {
  say({ t: 'failed', error: error.message })
  process.exit(3)
})
const restartMs = performance.now() - began
const started = disabledNow(hookward)
const disabled = await started
watch.found(disabled)
say({ t: 'up', restartMs, disabled: [...disabled.keys()], damage })
if (orders.mode === 'load') await load()
else await drain()

function saySent({ letters = [] }: Change): void {
  const ids = letters.flatMap(({ id, status }) => (status === 'sent' ? id : []))
  if (ids.length > 0) say({ t: 'sent', ids })
}

async function load(): Promise<void> {
  for (const slug of disabled.keys()) enableSoon(slug)
  for (const organization of organizations)
    for (const slug of [...soundOf(organization), badOf(organization)]) {
      await hookward.integrations.put(input(slug, organization, orders.receiverUrl))
      await hookward.installations.install({ integration: slug, organization })
    }
  let next = orders.from
  let ahead = 0
  let room: (() => void)[] = []
  hookward.on('delivered', ({ integration }) => {
    if (bad.includes(integration)) return
    ahead -= 1
    if (ahead >= aheadMax) return
    for (const go of room) go()
    room = []
  })
  const work = async () => {
    for (;;) {
      while (ahead >= aheadMax) await new Promise<void>((resolve) => room.push(resolve))
      const n = next++
      const organization = organizations[n % organizations.length] ?? ''
      const data = { n, padding: 'x'.repeat(paddingOf(n)) }
      const { deliveries } = await hookward.emit({ topic: 'load.made', organization, data }, { key: `event-${n}` })
      ahead += soundOf(organization).length
      say({ t: 'ack', n, deliveries })
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
}

/** A bad one is switched on again and again, so that every run has disablements and letters. */
function enableSoon(slug: string): void {
  if (slug === orders.left || soon.has(slug)) return
  soon.add(slug)
  setTimeout(() => {
    soon.delete(slug)
    void enable(slug, (enabled += 1) % 2 === 0 ? 'none' : 'missed')
  }, enableAfterMs)
}

/** Where the policy asks for a probe first and it fails, it is enabled all the same. */
async function enable(slug: string, replay: 'none' | 'missed'): Promise<void> {
  const order = { by: 'torture', reason: 'again', replay }
  say({ t: 'enabling', slug })
  watch.asked(slug)
  const isOn = await hookward.integrations.enable(slug, order).then(() => true, isRefusal)
  watch.answered(slug)
  if (!isOn) await hookward.integrations.enable(slug, { ...order, force: true })
}

function isRefusal(error: unknown): false {
  if (error instanceof HookwardError && error.code.startsWith('PROBE_')) return false
  throw error
}

/** Every receiver is sound now: what is held or dead is sent as well. */
async function drain(): Promise<void> {
  const until = performance.now() + drainMsMax
  do await hookward.idle({ timeoutMs: drainMsMax })
  while ((await isLeft()) && performance.now() < until)
  for (const slug of bad) {
    const audit = await hookward.audit(slug)
    const notices = (await hookward.notices(slug)).map(({ notice: { incidentId, step, status }, letters }) => ({
      ...{ incident: incidentId, step, status },
      letters: letters.map(({ id, to, status }) => ({ id, to, status })),
    }))
    say({
      t: 'known',
      slug,
      disablements: audit.filter(({ action }) => action === 'integration.disabled').length,
      notices,
    })
  }
  await hookward.stop()
  say({ t: 'done' })
}

/** Whether a delivery waits for anything, by what the files say; looked at now and then. */
async function isLeft(): Promise<boolean> {
  let left = 0
  for (const { integration, pending } of await showStore(orders.dir)) {
    const { id } = integration
    const { count: dead } = await hookward.dead(id)
    const { count: held } = await hookward.held(id)
    left += pending + dead
    const { state } = await hookward.explain(id)
    if (state === 'disabled') await enable(id, 'missed')
    else if (state !== 'broken' && held + dead > 0)
      await hookward.replay(id, { which: 'all', limit: 10_000, perSecond: 1_000, reason: 'mended' })
  }
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, 100))
  return left > 0
}

/** Those that are off, each with the moment since when. */
async function disabledNow(engine: Hookward): Promise<ReadonlyMap<string, number>> {
  const known = engine.integrations.list().map(({ id }) => id)
  const all = await Promise.all(known.map((slug) => engine.explain(slug)))
  return new Map(all.filter(({ state }) => state === 'disabled').map(({ integration, since }) => [integration, since]))
}
