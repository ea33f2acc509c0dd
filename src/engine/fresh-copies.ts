import type { Delivery } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { View } from '../machines/index.ts'
import type { Clock, Random, Store } from '../ports.ts'
import type { Backlog, Waiting } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Dispatcher } from './dispatcher.ts'
import { holdReason } from './holding.ts'
import { newId } from './ids.ts'
import type { Registry } from './registry.ts'
import { unsentEntryOf } from './settle.ts'
import type { Effects } from './step.ts'
import type { Writes } from './writes.ts'

/** What fresh copies are made with. */
export interface FreshCopiesParts {
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly clock: Clock
  readonly dispatcher: Dispatcher
  readonly random: Random
  readonly registry: Registry
  readonly store: Pick<Store, 'body'>
  readonly writes: Writes
}

/** A delivery made anew, and the one of the ledger that it is made from. */
interface Copy {
  readonly old: Waiting
  readonly delivery: Delivery
  readonly body: Uint8Array
}

/** The part of the commit that the caller writes about so many copies; `dueAt` tells when the nth of them is sent. */
export interface CopyTerms {
  readonly dueAt: (n: number) => number
  readonly audit: (count: number) => NonNullable<Effects['audit']>
}

/**
 * Makes deliveries of a ledger anew, under ids of their own. A copy is durable before the one it is made from leaves the
 * ledger: a crash in between leaves both, and `replays` says so.
 */
export class FreshCopies {
  readonly #parts: FreshCopiesParts

  constructor(parts: FreshCopiesParts) {
    this.#parts = parts
  }

  /** Gives how many are sent. Rejects when the store has no room for all of them: some may be on their way by then. */
  async send(id: IntegrationId, chosen: readonly Waiting[], terms: CopyTerms): Promise<number> {
    let sent = 0
    for (const part of partsOf(chosen)) {
      const copies = await this.#copiesOf(part)
      const stored = await Promise.allSettled(copies.map((copy) => this.#append(copy)))
      const durable = copies.filter((_, n) => stored[n]?.status === 'fulfilled')
      const placed = durable.filter((copy) => this.#isWanted(copy))
      const already = sent
      if (durable.length > 0)
        await this.#place(id, durable, placed, { ...terms, dueAt: (n) => terms.dueAt(already + n) })
      for (const { delivery } of placed) this.#parts.dispatcher.schedule(delivery.id)
      for (const one of stored) if (one.status === 'rejected') throw one.reason
      sent += placed.length
    }
    return sent
  }

  async #copiesOf(part: readonly Waiting[]): Promise<readonly Copy[]> {
    const read = await Promise.all(part.map(async (old) => ({ old, body: await this.#body(old) })))
    const { clock, random } = this.#parts
    return read.flatMap(({ old, body }) => {
      const { id: replays } = old.delivery
      const delivery = { ...old.delivery, id: newId('dlv', random), acceptedAt: clock.now(), replays }
      const copy = body === undefined ? undefined : { old, body, delivery }
      return copy === undefined || !this.#isWanted(copy) ? [] : [copy]
    })
  }

  /** One that has left the ledger meanwhile has none any more. */
  async #body(old: Waiting): Promise<Uint8Array | undefined> {
    try {
      return await this.#parts.store.body(old.delivery.id)
    } catch (error) {
      if (this.#isInLedger(old)) throw error
      return undefined
    }
  }

  /** One by one, because each belongs to an event of its own. */
  #append({ delivery, body }: Copy): Promise<unknown> {
    const { eventId, acceptedAt: at } = delivery
    return this.#parts.writes.append({ eventId, at, deliveries: [{ delivery, body }] }, (appended) => appended)
  }

  /** In one commit the copies go in line and the others leave; a copy whose other one went another way is given up. */
  #place(id: IntegrationId, durable: readonly Copy[], placed: readonly Copy[], terms: CopyTerms): Promise<void> {
    const { backlog, catalogue, clock, registry } = this.#parts
    for (const { delivery, body } of durable) backlog.add(delivery, body.byteLength)
    const at = clock.now()
    const url = catalogue.integration(id)?.url ?? ''
    const givenUp = durable.filter((copy) => !placed.includes(copy)).map(({ delivery }) => ({ delivery, attempts: 0 }))
    const left = placed.map(({ old }) => old)
    const lines = (those: readonly Pick<Waiting, 'delivery' | 'attempts'>[], code: string) =>
      those.map((one) => unsentEntryOf(one, code, 'skipped', url, at))
    return registry.note(id, at, (view) => ({
      settled: [
        ...[...left, ...givenUp].map(({ delivery }) => ({ id: delivery.id, next: 'skipped' as const })),
        ...placed.map(({ delivery }, n) => ({ id: delivery.id, next: nextOf(view, terms.dueAt(n)) })),
      ],
      log: [...lines(left, 'REPLAYED'), ...lines(givenUp, 'NOT_REPLAYED')],
      audit: placed.length === 0 ? [] : terms.audit(placed.length),
    }))
  }

  #isWanted({ old }: Copy): boolean {
    return this.#isInLedger(old) && this.#parts.catalogue.installation(old.delivery.installationId) !== undefined
  }

  #isInLedger({ delivery }: Waiting): boolean {
    const state = this.#parts.backlog.get(delivery.id)?.state
    return state === 'held' || state === 'dead'
  }
}

/** The lane may have closed meanwhile. */
function nextOf(view: View, dueAt: number) {
  return view.context.gate === 'open' ? { attempts: 0, dueAt } : { hold: holdReason(view) }
}

/** Bodies that are in memory at a time, and how many. */
const [partBytesMax, partMax] = [16 * 2 ** 20, 1_000]

function partsOf(chosen: readonly Waiting[]): readonly (readonly Waiting[])[] {
  const parts: Waiting[][] = []
  let bytes = 0
  for (const one of chosen) {
    const last = parts.at(-1)
    bytes += one.bytes
    if (last !== undefined && bytes <= partBytesMax && last.length < partMax) last.push(one)
    else {
      parts.push([one])
      bytes = one.bytes
    }
  }
  return parts
}
