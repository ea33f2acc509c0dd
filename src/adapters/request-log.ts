import { isErrorEntry, type LogEntry } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Topic } from '../domain/topic.ts'
import type { LogQuery } from '../ports.ts'

const entriesMax = 100
const errorsMax = 100
const answerMax = 100
const dayMs = 86_400_000
const keptMs = 30 * dayMs

/** An entry with its place in the order of arrival, which breaks ties between entries of one moment. */
interface Line {
  readonly order: number
  readonly entry: LogEntry
}

/** The lines of one topic, and how many of them are errors: counted as they come, for each delivery adds one. */
interface Lines {
  readonly lines: Line[]
  errors: number
}

/**
 * What people read about recent requests. Keeps, for each integration and topic, the newest 100 entries and the
 * newest 100 errors, until 30 days after the last entry.
 */
export class RequestLog {
  readonly #lines = new Map<IntegrationId, Map<Topic, Lines>>()
  #order = 0
  #now = 0
  #prunedAt = 0

  /** Reads back what `toJSON` gave. */
  static fromJSON(entries: readonly LogEntry[]): RequestLog {
    const log = new RequestLog()
    for (const entry of entries) log.add([entry], entry.at)
    return log
  }

  /** Adds entries, oldest first; `now` is the moment by which lists age. */
  add(entries: readonly LogEntry[], now: number): void {
    this.#now = now
    for (const entry of entries) this.#add(entry)
    if (Math.abs(now - this.#prunedAt) >= dayMs) this.#prune()
  }

  /** The entries asked for, newest first, at most 100. */
  query(query: LogQuery): readonly LogEntry[] {
    const limit = Math.max(0, Math.min(query.limit ?? answerMax, answerMax))
    return this.#listsFor(query)
      .flat()
      .filter(({ entry }) => matches(entry, query))
      .sort((a, b) => b.entry.at - a.entry.at || b.order - a.order)
      .slice(0, limit)
      .map(({ entry }) => entry)
  }

  /** Every entry kept, in the order of arrival. */
  toJSON(): readonly LogEntry[] {
    const lines = [...this.#lines.values()].flatMap((topics) => [...topics.values()].flatMap(({ lines }) => lines))
    return lines.sort((a, b) => a.order - b.order).map(({ entry }) => entry)
  }

  #listsFor({ integrationId, topic, deliveryId, errorsOnly }: LogQuery): readonly (readonly Line[])[] {
    const topics = this.#lines.get(integrationId) ?? new Map<Topic, Lines>()
    const asked = topic === undefined ? [...topics.values()] : [topics.get(topic) ?? none]
    const fresh = asked.filter((list) => !this.#isExpired(list)).map(({ lines }) => lines)
    // Errors older than the newest 100 are kept for the error list, and for whoever asks about their delivery.
    return errorsOnly === true || deliveryId !== undefined ? fresh : fresh.map((lines) => lines.slice(-entriesMax))
  }

  #add(entry: LogEntry): void {
    const topics = this.#lines.get(entry.integrationId) ?? new Map<Topic, Lines>()
    this.#lines.set(entry.integrationId, topics)
    const known = topics.get(entry.topic)
    const list = known === undefined || this.#isExpired(known) ? { lines: [], errors: 0 } : known
    topics.set(entry.topic, list)
    put(list, { order: this.#order++, entry })
  }

  #isExpired({ lines }: Lines): boolean {
    const last = lines.at(-1)
    return last !== undefined && this.#now - last.entry.at >= keptMs
  }

  #prune(): void {
    this.#prunedAt = this.#now
    for (const [id, topics] of this.#lines) {
      for (const [topic, list] of topics) if (this.#isExpired(list)) topics.delete(topic)
      if (topics.size === 0) this.#lines.delete(id)
    }
  }
}

/** One line comes in: one may leave the newest 100 (and stays if it is an error), one error may be too many. */
function put(list: Lines, line: Line): void {
  const { lines } = list
  lines.push(line)
  if (isError(line)) list.errors += 1
  const leaving = lines.length - entriesMax - 1
  const left = lines[leaving]
  if (left !== undefined && !isError(left)) {
    if (leaving === 0) lines.shift()
    else lines.splice(leaving, 1)
  }
  if (list.errors <= errorsMax) return
  lines.splice(lines.findIndex(isError), 1)
  list.errors -= 1
}

function isError({ entry }: Line): boolean {
  return isErrorEntry(entry)
}

const none: Lines = { lines: [], errors: 0 }

function matches(entry: LogEntry, { deliveryId, errorsOnly, organization, from, to }: LogQuery): boolean {
  if (deliveryId !== undefined && entry.deliveryId !== deliveryId) return false
  if (errorsOnly === true && !isErrorEntry(entry)) return false
  if (organization !== undefined && entry.organization !== organization) return false
  return entry.at >= (from ?? -Infinity) && entry.at <= (to ?? Infinity)
}
