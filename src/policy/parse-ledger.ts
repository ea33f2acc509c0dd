import type { DeliveryId } from '../domain/delivery.ts'
import { parseSubscription, resourceOf, type Topic } from '../domain/topic.ts'
import { parseByHand, type ByHand } from './by-hand.ts'
import { checkFields, checkList, checkText, checkWord, refuse, type Field } from './check.ts'

/** Which part of a ledger. */
export interface LedgerOptions {
  /** 1 to 1,000. @default 100 */
  readonly limit?: number
  /** The `next` of the part before. @default from the beginning */
  readonly after?: string
}

/** The checked form of {@link LedgerOptions}. */
export interface LedgerSelection {
  readonly limit: number
  readonly after?: { readonly since: number; readonly id: DeliveryId }
}

/** Which deliveries of a ledger are sent once more, and how. Each of the first five narrows the choice. */
export interface ReplayOptions extends ByHand {
  /** Those that are held, dead letters, or both. */
  readonly which: 'held' | 'dead' | 'all'
  /** At most 10,000 ids of deliveries. @default all */
  readonly ids?: readonly DeliveryId[]
  /** Topics, or resources standing for all their topics, at most 100. @default all */
  readonly topics?: readonly string[]
  /** Accepted at this moment or later, milliseconds since 1970 or a Date. @default no bound */
  readonly from?: number | Date
  /** Accepted at this moment or earlier. @default no bound */
  readonly to?: number | Date
  /** The oldest so many of them, 1 to 10,000. @default 1_000 */
  readonly limit?: number
  /** So many are due each second, 1 to 1,000. @default 10 */
  readonly perSecond?: number
  /**
   * Under which id: `fresh` makes a new delivery of each, with the same event and body, so that a receiver takes it that
   * has taken its id and its `Idempotency-Key` before. @default 'same'
   */
  readonly as?: 'same' | 'fresh'
  /** Counts, and sends nothing. @default false */
  readonly dryRun?: boolean
}

/** The checked form of {@link ReplayOptions}. */
export interface Replay {
  readonly which: 'held' | 'dead' | 'all'
  readonly ids?: ReadonlySet<DeliveryId>
  readonly topics?: readonly Topic[]
  readonly from: number
  readonly to: number
  readonly limit: number
  readonly perSecond: number
  readonly as: 'same' | 'fresh'
  readonly dryRun: boolean
  readonly hand: { readonly by: string; readonly reason: string }
}

/** Checks which part is asked for; throws `LEDGER_QUERY_INVALID`. */
export function parseLedgerOptions(options: unknown): LedgerSelection {
  const { limit = 100, after } = checkFields(options, query('the query'), ['limit', 'after'])
  const bounded = wholeOf(limit, 'limit', 1_000)
  if (after === undefined) return { limit: bounded }
  const parts = /^(\d{1,16})_(.+)$/.exec(checkText(after, query('after'), 128))
  if (parts === null) return refuse(query('after'), 'must be the next of another part')
  return { limit: bounded, after: { since: Number(parts[1]), id: parts[2] ?? '' } }
}

/** Checks what is to be sent once more; throws `LEDGER_QUERY_INVALID`, or the code of a topic. */
export function parseReplay(options: unknown): Replay {
  const given = checkFields(options, query('the replay'), fields)
  const { ids, topics, from, to, limit = 1_000, perSecond = 10, as = 'same', dryRun = false } = given
  if (typeof dryRun !== 'boolean') return refuse(query('dryRun'), 'must be true or false')
  const span = { from: momentOf(from, 'from', -Infinity), to: momentOf(to, 'to', Infinity) }
  if (span.from > span.to) refuse(query('from'), 'is later than to')
  return {
    which: checkWord(given.which, query('which'), ['held', 'dead', 'all']),
    ...(ids === undefined ? {} : { ids: idsOf(ids) }),
    ...(topics === undefined ? {} : { topics: checkList(topics, query('topics'), 100).map(parseSubscription) }),
    ...span,
    limit: wholeOf(limit, 'limit', 10_000),
    perSecond: wholeOf(perSecond, 'perSecond', 1_000),
    as: checkWord(as, query('as'), ['same', 'fresh']),
    dryRun,
    hand: parseByHand(given, 'operator'),
  }
}

/** Whether a delivery is as a replay asks for. */
export function isAsked(
  { ids, topics, from, to }: Replay,
  { id, topic, acceptedAt }: { readonly id: DeliveryId; readonly topic: Topic; readonly acceptedAt: number },
): boolean {
  if (acceptedAt < from || acceptedAt > to || ids?.has(id) === false) return false
  return topics === undefined || topics.includes(topic) || topics.includes(resourceOf(topic))
}

const fields = ['which', 'ids', 'topics', 'from', 'to', 'limit', 'perSecond', 'as', 'dryRun', 'by', 'reason'] as const

function idsOf(ids: unknown): ReadonlySet<DeliveryId> {
  const list = checkList(ids, query('ids'), 10_000)
  return new Set(list.map((id, n) => checkText(id, query(`ids[${n}]`), 64)))
}

function momentOf(value: unknown, name: string, absent: number): number {
  if (value === undefined) return absent
  const ms = value instanceof Date ? value.getTime() : value
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : refuse(query(name), 'must be a moment')
}

function wholeOf(value: unknown, name: string, most: number): number {
  const isWhole = Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most
  return isWhole ? Number(value) : refuse(query(name), `must be a whole number from 1 to ${most}`)
}

function query(name: string): Field {
  return { code: 'LEDGER_QUERY_INVALID', name }
}
