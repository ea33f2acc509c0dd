import { HookwardError } from '../../domain/errors.ts'
import type { PendingDelivery } from '../../domain/delivery.ts'
import type { Integration } from '../../domain/integration.ts'
import type { Recovered, Store } from '../../ports.ts'
import type { RememberedKey } from '../../domain/event.ts'
import { storedHours } from '../attempt-hours.ts'
import { storeBody, type StoredDelivery } from '../store-document.ts'
import { countsOf } from './adoption.ts'
import type { Counted, Part } from './moving.ts'
import { keyMs } from './wire.ts'
import type { Slice } from './slice.ts'

/** How deliveries are brought at a time. */
const rowsMax = 32
const keysAtOnce = 32

/** What a migration came to. */
export interface Migration extends Counted {
  /** Integrations that moved in. */
  readonly moved: number
  /** Integrations that were there already, and were left as they are. */
  readonly known: number
  readonly installations: number
  /** Idempotency keys of the last 24 hours. */
  readonly keys: number
}

/** What a migration works with. */
export interface MigrationParts {
  /** Of an engine that was stopped. */
  readonly store: Store
  readonly adopt: (integrationId: string, part: Part) => Promise<Counted & { readonly isNew: boolean }>
  readonly adoptKey: (known: RememberedKey, leftMs: number) => Promise<void>
  readonly now: () => number
}

/**
 * Moves what a store holds to Restate, integration by integration, and checks that as much is there as was here. The
 * store is left as it is. Begun again, it goes on with those that are not there yet.
 */
export async function migrate({ store, adopt, adoptKey, now }: MigrationParts): Promise<Migration> {
  const recovered = await store.open()
  try {
    // First: an event that comes again is not to be sent again while the rest moves.
    let sum = { ...nothing, keys: await keysMoved(store, adoptKey, now) }
    for (const integration of recovered.integrations) {
      const moving = await movingOf(store, recovered, integration, now())
      const there = await moved(adopt, integration.id, moving)
      if (there.isNew) check(integration.id, countsOf(moving), there)
      sum = added(sum, there, moving)
    }
    return sum
  } finally {
    await store.close()
  }
}

const nothing: Migration = {
  ...{ moved: 0, known: 0, installations: 0, keys: 0 },
  ...{ waiting: 0, held: 0, dead: 0, notices: 0, letters: 0 },
}

/** Each resolves when it is there; those whose day is over stay behind. */
async function keysMoved(store: Store, adoptKey: MigrationParts['adoptKey'], now: () => number): Promise<number> {
  const left = (await store.keys?.()) ?? []
  const fresh = left.filter(({ at }) => at + keyMs > now())
  for (let n = 0; n < fresh.length; n += keysAtOnce)
    await Promise.all(fresh.slice(n, n + keysAtOnce).map((known) => adoptKey(known, known.at + keyMs - now())))
  return fresh.length
}

async function moved(adopt: MigrationParts['adopt'], id: string, { document, ...slice }: Slice) {
  const begun = await adopt(id, { kind: 'begin', slice: { ...slice, document: { ...document, pending: [] } } })
  if (!begun.isNew) return begun
  for (let n = 0; n < document.pending.length; n += rowsMax)
    await adopt(id, { kind: 'rows', rows: document.pending.slice(n, n + rowsMax) })
  return adopt(id, { kind: 'end' })
}

function check(id: string, here: Counted, there: Counted): void {
  for (const name of ['waiting', 'held', 'dead', 'notices', 'letters'] as const)
    if (here[name] !== there[name])
      throw new HookwardError('RESTATE_MIGRATION', `of ${id} ${there[name]} of ${here[name]} ${name} are there`)
}

function added(
  sum: Migration,
  { isNew, waiting, held, dead, notices, letters }: Counted & { isNew: boolean },
  { document }: Slice,
): Migration {
  return {
    ...sum,
    moved: sum.moved + (isNew ? 1 : 0),
    known: sum.known + (isNew ? 0 : 1),
    installations: sum.installations + document.installations.length,
    waiting: sum.waiting + waiting,
    held: sum.held + held,
    dead: sum.dead + dead,
    notices: sum.notices + notices,
    letters: sum.letters + letters,
  }
}

/** All that the store has of one integration. The time since it was stopped is no health time. */
async function movingOf(store: Store, recovered: Recovered, integration: Integration, now: number): Promise<Slice> {
  const { id } = integration
  const isIts = ({ integrationId }: { readonly integrationId: string }) => integrationId === id
  const [notices, letters, transitions, audit, log, hours] = await Promise.all([
    store.notices(id),
    store.letters(id),
    store.transitions(id),
    store.audit(id),
    store.log({ integrationId: id }),
    store.hours(id),
  ])
  const { pulse } = recovered
  const successes = recovered.successesAfter.get(id)
  return {
    document: {
      integrations: [integration],
      installations: recovered.installations.filter(isIts),
      records: recovered.records.filter(({ context }) => isIts(context)),
      folded: successes === undefined ? [] : [{ integrationId: id, successes }],
      pending: await rowsOf(store, [...recovered.pending, ...recovered.dead], id),
      notices: notices.map((notice) => ({ notice, closedAt: isOpen(notice.status) ? null : now })),
      letters,
      transitions: [...transitions].reverse(),
      audit: [...audit].reverse(),
      hours: storedHours(id, hours),
      keys: [],
    },
    log: [...log].reverse(),
    ...(pulse === null ? {} : { carried: { lostMs: pulse.lostMs + Math.max(0, now - pulse.at) } }),
  }
}

async function rowsOf(store: Store, all: readonly PendingDelivery[], id: string): Promise<readonly StoredDelivery[]> {
  const its = all.filter(({ delivery }) => delivery.integrationId === id)
  return Promise.all(its.map(async (pending) => ({ pending, body: storeBody(await store.body(pending.delivery.id)) })))
}

function isOpen(status: string): boolean {
  return status === 'pending' || status === 'expanded'
}
