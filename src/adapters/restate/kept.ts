import type { LogEntry } from '../../domain/delivery.ts'
import { HookwardError } from '../../domain/errors.ts'
import { emptyDocument, type StoreDocument, type StoredDelivery } from '../store-document.ts'
import type { Carried, Slice, Turned } from './slice.ts'

/** The form of what is kept; raised with a step that reads the form before it. */
const form = 1
/** How many deliveries, and how many entries of the log, share one value; how many values of the log are kept; histories. */
const [rowsMax, entriesMax, archivesMax, historyMax] = [64, 16, 31, 200] as const

/** What is read at the beginning of every turn. */
export interface Life {
  readonly v: number
  readonly document: Omit<StoreDocument, 'pending' | 'transitions' | 'audit'>
  /** The latest entries of its log, until they fill a value of their own. */
  readonly log: readonly LogEntry[]
  /** The values that hold its deliveries, in their order. */
  readonly pages: readonly number[]
  /** How many values of its log were filled so far. */
  readonly archives: number
  readonly carried?: Carried
  /** When the last turn began. */
  readonly at?: number
  /** The turn that was asked for last. */
  readonly wake?: Wake
  /** The tries of letters with which somebody else was asked to send them. */
  readonly handed: Readonly<Record<string, number>>
}

/** A turn at a moment, known by its token: another one is stale. */
export interface Wake {
  readonly at: number
  readonly token: string
}

/** The values of an object, by name; a value never set is null. */
export type Read = <T>(key: string) => Promise<T | null>
/** A value that is to be set, or cleared where it is null. */
export type Write = readonly [key: string, value: unknown]

/** What is kept of an integration, as it was read. */
export interface Kept {
  readonly life: Life
  readonly history: History
  readonly pages: ReadonlyMap<number, readonly StoredDelivery[]>
}

type History = Pick<StoreDocument, 'transitions' | 'audit'>
const emptyHistory: History = { transitions: [], audit: [] }
const emptyLife: Life = { v: form, document: emptyDocument, log: [], pages: [], archives: 0, handed: {} }

/** Reads all that a turn needs. */
export async function readKept(read: Read): Promise<Kept> {
  const first = [read<Life>('life'), read<History>('history')] as const
  // One after the other: a context takes no `Promise.all`.
  const [found, history] = [await first[0], await first[1]]
  const life = found ?? emptyLife
  if (life.v !== form)
    throw new HookwardError('RESTATE_VERSION', `what is kept has form ${life.v}, and this worker knows form ${form}`)
  const rows = await inOrder(life.pages.map((page) => read<StoredDelivery[]>(`page/${page}`)))
  const pages = new Map(life.pages.map((page, n) => [page, rows[n] ?? []] as const))
  return { life, history: history ?? emptyHistory, pages }
}

async function inOrder<T>(asked: readonly Promise<T>[]): Promise<readonly T[]> {
  const answers: T[] = []
  for (const one of asked) answers.push(await one)
  return answers
}

/** The older part of its log, oldest first. */
export async function readArchives({ life: { archives } }: Kept, read: Read): Promise<readonly LogEntry[]> {
  const first = Math.max(0, archives - archivesMax)
  const keys = Array.from({ length: archives - first }, (_, n) => archiveKey(first + n))
  const found = await inOrder(keys.map((key) => read<LogEntry[]>(key)))
  return found.flatMap((entries) => entries ?? [])
}

export function sliceOf({ life, history, pages }: Kept): Slice {
  const document = { ...life.document, ...history, pending: [...pages.values()].flat() }
  return { document, log: life.log, ...(life.carried && { carried: life.carried }), ...(life.at && { at: life.at }) }
}

/** Every value that is not as it was, after a turn. */
export function writesOf(kept: Kept, turned: Turned<unknown>, wake: Wake | undefined): readonly Write[] {
  const { pending, transitions, audit, ...document } = turned.document
  const pages = paged(kept.pages, pending)
  const history = { transitions: transitions.slice(-historyMax), audit: audit.slice(-historyMax) }
  const { archived, log } = logOf(kept.life, turned.logged)
  const life: Life = {
    v: form,
    document,
    log,
    pages: [...pages.keys()],
    archives: kept.life.archives + archived.length,
    ...(turned.carried === undefined ? {} : { carried: turned.carried }),
    ...(wake === undefined ? {} : { wake }),
    at: turned.beganAt,
    handed: Object.fromEntries(turned.letters.map(({ id, tries }) => [id, tries])),
  }
  return [
    ...changed('life', kept.life, life),
    ...changed('history', kept.history, history),
    ...archived.map((entries, n): Write => [archiveKey(kept.life.archives + n), entries]),
    ...[...pages].flatMap(([page, rows]) => changed(`page/${page}`, kept.pages.get(page), rows)),
    ...[...kept.pages.keys()].filter((page) => !pages.has(page)).map((page): Write => [`page/${page}`, null]),
  ]
}

/** Each delivery stays in its page; new ones go to the last, or to the next when that is full. */
function paged(known: Kept['pages'], pending: readonly StoredDelivery[]): Map<number, StoredDelivery[]> {
  const pageOf = new Map(
    [...known].flatMap(([page, rows]) => rows.map((row) => [row.pending.delivery.id, page] as const)),
  )
  const pages = new Map<number, StoredDelivery[]>()
  let last = Math.max(0, ...known.keys())
  for (const row of pending) {
    const page = pageOf.get(row.pending.delivery.id) ?? ((pages.get(last)?.length ?? 0) < rowsMax ? last : ++last)
    pages.set(page, [...(pages.get(page) ?? []), row])
  }
  return pages
}

function logOf({ log }: Life, logged: readonly LogEntry[]) {
  const entries = [...log, ...logged]
  const full = Math.max(0, Math.ceil(entries.length / entriesMax) - 1)
  const archived = Array.from({ length: full }, (_, n) => entries.slice(n * entriesMax, (n + 1) * entriesMax))
  return { archived, log: entries.slice(full * entriesMax) }
}

/** Oldest values are written over. */
function archiveKey(n: number): string {
  return `log/${n % archivesMax}`
}

function changed(key: string, before: unknown, after: unknown): readonly Write[] {
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [[key, after]]
}
