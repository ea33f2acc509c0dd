import { HookwardError } from '../domain/errors.ts'
import type { AuditEntry } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { LedgerEntry, LedgerPage, ReplayResult } from '../domain/ledger.ts'
import type { View } from '../machines/record.ts'
import { isAsked, parseLedgerOptions, parseReplay, type LedgerSelection, type Replay } from '../policy/parse-ledger.ts'
import { inLedgerSince, type Backlog, type Waiting } from './backlog.ts'
import { FreshCopies, type CopyTerms, type FreshCopiesParts } from './fresh-copies.ts'
import { ledgerMsMax } from './ledger.ts'

/** What the desk works with. */
export type LedgerDeskParts = FreshCopiesParts

/** Where the ledger is looked at, and where what it holds is sent once more. */
export class LedgerDesk {
  readonly #parts: LedgerDeskParts
  readonly #copies: FreshCopies

  constructor(parts: LedgerDeskParts) {
    this.#parts = parts
    this.#copies = new FreshCopies(parts)
  }

  /** Oldest first. */
  held(id: IntegrationId, options: unknown): LedgerPage {
    return heldIn(this.#parts.backlog, id, options)
  }

  /** Newest first. */
  dead(id: IntegrationId, options: unknown): LedgerPage {
    return deadIn(this.#parts.backlog, id, options)
  }

  async replay(id: IntegrationId, options: unknown): Promise<ReplayResult> {
    const replay = parseReplay(options)
    const { registry } = this.#parts
    await registry.settled(id)
    checkOpen(id, registry.now(id))
    const { matched, chosen } = chosenIn(this.#parts, id, replay)
    const of = (replayed: number) => countsOf(matched, replayed)
    if (replay.dryRun || chosen.length === 0) return of(chosen.length)
    const at = this.#parts.clock.now()
    const terms: CopyTerms = {
      dueAt: (n) => at + Math.floor((n * 1_000) / replay.perSecond),
      audit: (replayed) => [auditOf(id, at, replay, { matched, replayed })],
    }
    if (replay.as === 'fresh') return of(await this.#copies.send(id, chosen, terms))
    await this.#send(id, chosen, terms)
    return of(chosen.length)
  }

  /** Each begins anew, with all its attempts, and no more of them in a second than was asked for. */
  async #send(id: IntegrationId, chosen: readonly Waiting[], { dueAt, audit }: CopyTerms): Promise<void> {
    const { clock, dispatcher, registry } = this.#parts
    const settled = chosen.map(({ delivery }, n) => {
      return { id: delivery.id, next: { attempts: 0, unspent: 0, dueAt: dueAt(n) } }
    })
    await registry.note(id, clock.now(), () => ({ settled, audit: audit(chosen.length) }))
    for (const { delivery } of chosen) dispatcher.schedule(delivery.id)
  }
}

/** What a replay would come to; throws what the replay itself would. */
export function previewIn(
  parts: Pick<LedgerDeskParts, 'backlog' | 'catalogue'>,
  id: IntegrationId,
  view: View,
  options: unknown,
): ReplayResult {
  const replay = parseReplay(options)
  checkOpen(id, view)
  const { matched, chosen } = chosenIn(parts, id, replay)
  return countsOf(matched, chosen.length)
}

function checkOpen(id: IntegrationId, { state, context }: View): void {
  if (context.gate === 'open') return
  throw new HookwardError('INTEGRATION_CLOSED', `nothing is sent while ${id} is ${state}`)
}

/** In the order in which they were accepted; those whose installation is gone are not sent. */
function chosenIn(
  { backlog, catalogue }: Pick<LedgerDeskParts, 'backlog' | 'catalogue'>,
  id: IntegrationId,
  replay: Replay,
) {
  const held = replay.which === 'dead' ? [] : backlog.held(id)
  const dead = replay.which === 'held' ? [] : backlog.dead(id)
  const asked = [...held, ...dead].filter(({ delivery }) => isAsked(replay, delivery))
  const all = asked.sort((a, b) => a.delivery.acceptedAt - b.delivery.acceptedAt)
  const known = all.filter(({ delivery }) => catalogue.installation(delivery.installationId) !== undefined)
  return { matched: all.length, chosen: known.slice(0, replay.limit) }
}

function countsOf(matched: number, replayed: number): ReplayResult {
  return { matched, replayed, skipped: matched - replayed }
}

/** A part of what is held, oldest first. */
export function heldIn(backlog: Backlog, id: IntegrationId, options: unknown): LedgerPage {
  return pageOf(backlog.held(id), 1, parseLedgerOptions(options))
}

/** A part of the dead letters, newest first. */
export function deadIn(backlog: Backlog, id: IntegrationId, options: unknown): LedgerPage {
  return pageOf(backlog.dead(id), -1, parseLedgerOptions(options))
}

function auditOf(
  integrationId: IntegrationId,
  at: number,
  { which, as, hand }: Replay,
  counts: Pick<ReplayResult, 'matched' | 'replayed'>,
): AuditEntry {
  const how = as === 'fresh' ? ', each as a delivery of its own' : ''
  const summary = `${counts.replayed} of ${counts.matched} deliveries are sent once more${how}`
  const evidence = { rule: 'replay', summary, facts: { which, as, ...counts } }
  return { at, integrationId, ...hand, action: 'ledger.replayed', evidence }
}

function pageOf(all: readonly Waiting[], direction: 1 | -1, { limit, after }: LedgerSelection): LedgerPage {
  const entries = all.map(entryOf).sort((a, b) => direction * compare(keyOf(a), keyOf(b)))
  const rest = after === undefined ? entries : entries.filter((one) => direction * compare(keyOf(one), after) > 0)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  const next = last === undefined || page.length === rest.length ? {} : { next: `${last.since}_${last.deliveryId}` }
  return { entries: page, ...next, count: all.length }
}

interface Key {
  readonly since: number
  readonly id: string
}

function keyOf({ since, deliveryId }: LedgerEntry): Key {
  return { since, id: deliveryId }
}

function compare(a: Key, b: Key): number {
  return a.since - b.since || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

function entryOf(waiting: Waiting): LedgerEntry {
  const { delivery, attempts, unspent, bytes, held, dead, last } = waiting
  const { id: deliveryId, eventId, topic, organization, subject, acceptedAt, replays } = delivery
  const since = inLedgerSince(waiting)
  return {
    ...{ deliveryId, eventId, topic, organization, acceptedAt, since, bytes },
    ...(subject === undefined ? {} : { subject }),
    ...(replays === undefined ? {} : { replays }),
    reason: held?.reason ?? dead?.reason ?? 'left',
    expiresAt: since + ledgerMsMax,
    attempts: attempts + unspent,
    ...(last === undefined ? {} : { last }),
  }
}
