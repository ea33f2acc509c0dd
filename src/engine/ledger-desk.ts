import { HookwardError } from '../domain/errors.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { LedgerEntry, LedgerPage, ReplayResult } from '../domain/ledger.ts'
import { isAsked, parseLedgerOptions, parseReplay, type LedgerSelection, type Replay } from '../policy/parse-ledger.ts'
import type { Clock } from '../ports.ts'
import { inLedgerSince, type Backlog, type Waiting } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Dispatcher } from './dispatcher.ts'
import { ledgerMsMax } from './ledger.ts'
import type { Registry } from './registry.ts'

/** What the desk works with. */
export interface LedgerDeskParts {
  readonly clock: Clock
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly registry: Registry
  readonly dispatcher: Dispatcher
}

/** Where the ledger is looked at, and where what it holds is sent once more. */
export class LedgerDesk {
  readonly #parts: LedgerDeskParts

  constructor(parts: LedgerDeskParts) {
    this.#parts = parts
  }

  /** Oldest first. */
  held(id: IntegrationId, options: unknown): LedgerPage {
    return pageOf(this.#parts.backlog.held(id), 1, parseLedgerOptions(options))
  }

  /** Newest first. */
  dead(id: IntegrationId, options: unknown): LedgerPage {
    return pageOf(this.#parts.backlog.dead(id), -1, parseLedgerOptions(options))
  }

  async replay(id: IntegrationId, options: unknown): Promise<ReplayResult> {
    const replay = parseReplay(options)
    const { registry, catalogue, dispatcher } = this.#parts
    await registry.settled(id)
    const { state, context } = registry.now(id)
    if (context.gate !== 'open')
      throw new HookwardError('INTEGRATION_CLOSED', `nothing is sent while ${id} is ${state}`)
    const matched = this.#matched(id, replay)
    const known = matched.filter(({ delivery }) => catalogue.installation(delivery.installationId) !== undefined)
    const chosen = known.slice(0, replay.limit)
    const result = { matched: matched.length, replayed: chosen.length, skipped: matched.length - chosen.length }
    if (replay.dryRun || chosen.length === 0) return result
    await this.#send(id, chosen, replay, result)
    for (const { delivery } of chosen) dispatcher.schedule(delivery.id)
    return result
  }

  /** In the order in which they were accepted. */
  #matched(id: IntegrationId, replay: Replay): readonly Waiting[] {
    const { backlog } = this.#parts
    const held = replay.which === 'dead' ? [] : backlog.held(id)
    const dead = replay.which === 'held' ? [] : backlog.dead(id)
    const asked = [...held, ...dead].filter(({ delivery }) => isAsked(replay, delivery))
    return asked.sort((a, b) => a.delivery.acceptedAt - b.delivery.acceptedAt)
  }

  /** Each begins anew, with all its attempts, and no more of them in a second than was asked for. */
  #send(id: IntegrationId, chosen: readonly Waiting[], { perSecond, which, hand }: Replay, counts: ReplayResult) {
    const at = this.#parts.clock.now()
    const settled = chosen.map(({ delivery }, n) => {
      const dueAt = at + Math.floor((n * 1_000) / perSecond)
      return { id: delivery.id, next: { attempts: 0, unspent: 0, dueAt } }
    })
    const facts = { which, ...counts }
    const summary = `${counts.replayed} of ${counts.matched} deliveries are sent once more`
    const evidence = { rule: 'replay', summary, facts }
    const audit = [{ at, integrationId: id, ...hand, action: 'ledger.replayed', evidence }]
    return this.#parts.registry.note(id, at, () => ({ settled, audit }))
  }
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
  const { id: deliveryId, eventId, topic, organization, subject, acceptedAt } = delivery
  const since = inLedgerSince(waiting)
  return {
    ...{ deliveryId, eventId, topic, organization, acceptedAt, since, bytes },
    ...(subject === undefined ? {} : { subject }),
    reason: held?.reason ?? dead?.reason ?? 'left',
    expiresAt: since + ledgerMsMax,
    attempts: attempts + unspent,
    ...(last === undefined ? {} : { last }),
  }
}
