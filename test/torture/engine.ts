import { showStore } from '../../src/adapters/lowdb/store-tools.ts'
import { createHookward, type Hookward } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { bad, badOf, input, organizations, paddingOf, soundOf, type Orders, type Word } from './fleet.ts'
import { Fuse, type Moment } from './moments.ts'
import { storeOf } from './plants.ts'

/** The process that is killed: one engine under full load, which says what was answered as soon as it was. */
const orders = JSON.parse(process.argv[2] ?? '') as Orders
/** So many events may wait for their deliveries; the load waits for room. */
const aheadMax = 1_500
const workers = 48
/** Long enough that a kill often finds some of them off. */
const enableAfterMs = 400

// A pipe is written to before the call returns.
const say = (word: Word) => process.stdout.write(`${JSON.stringify(word)}\n`)

/** Nothing runs after this, and no handle is closed. */
const die = (moment: Moment) => {
  say({ t: 'dying', moment })
  process.kill(process.pid, 'SIGKILL')
}

const began = performance.now()
const damage: string[] = []
const hookward = await createHookward({
  store: storeOf(orders.dir, orders.plant, new Fuse(orders.fuse, die)),
  // The first 4xx disables, at once.
  policy: sentry({ windowDays: 1, retriesMs: [20, 100, 1_000], deadlineMs: 5_000, inFlightMax: 8 }),
  network: { allow: ['127.0.0.0/8'] },
  mail: { url: orders.smtpUrl, from: 'hooks@example.com' },
  logger: {
    info: () => undefined,
    warn: ({ damage: found }) => found !== undefined && damage.push(String(found)),
    error: () => undefined,
  },
})
hookward.on('disabled', ({ integration }) => {
  say({ t: 'disabled', slug: integration })
  if (orders.mode === 'load') enableSoon(integration)
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
const disabled = await disabledNow(hookward)
say({ t: 'up', restartMs, disabled, damage })
if (orders.mode === 'load') await load()
else await drain()

async function load(): Promise<void> {
  for (const slug of disabled) enableSoon(slug)
  for (const organization of organizations)
    for (const slug of [...soundOf(organization), badOf(organization)]) {
      await hookward.integrations.put(input(slug, organization, orders.receiverUrl))
      await hookward.installations.install({ integration: slug, organization })
    }
  let next = orders.from
  let ahead = 0
  let room: (() => void)[] = []
  hookward.on('delivered', () => {
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
  if (slug === orders.left) return
  setTimeout(() => {
    say({ t: 'enabling', slug })
    void hookward.integrations.enable(slug, { by: 'torture', reason: 'again', replay: 'none' })
  }, enableAfterMs)
}

async function drain(): Promise<void> {
  do await hookward.idle({ timeoutMs: 120_000 })
  while (await isRetrying())
  for (const slug of bad) {
    const audit = await hookward.audit(slug)
    const letters = (await hookward.notices(slug)).flatMap((notice) =>
      notice.letters.map(({ id, status }) => ({ id, status })),
    )
    say({
      t: 'known',
      slug,
      disablements: audit.filter(({ action }) => action === 'integration.disabled').length,
      letters,
    })
  }
  await hookward.stop()
  say({ t: 'done' })
}

/** Whether a delivery waits for its next attempt, by what the files say; looked at now and then. */
async function isRetrying(): Promise<boolean> {
  const shown = await showStore(orders.dir)
  if (shown.every(({ pending, held }) => pending === held)) return false
  await new Promise((resolve) => setTimeout(resolve, 100))
  return true
}

async function disabledNow(engine: Hookward): Promise<readonly string[]> {
  const known = engine.integrations.list().map(({ id }) => id)
  const states = await Promise.all(known.map(async (slug) => ({ slug, state: (await engine.explain(slug)).state })))
  return states.filter(({ state }) => state === 'disabled').map(({ slug }) => slug)
}
