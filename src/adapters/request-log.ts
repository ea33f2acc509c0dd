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

/**
 * What people read about recent requests. Keeps, for each integration and topic, the newest 100 entries and the
 * newest 100 errors, until 30 days after the last entry.
 */
export class RequestLog {
  readonly #lines = new Map<IntegrationId, Map<Topic, Line[]>>()
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
    const lines = [...this.#lines.values()].flatMap((topics) => [...topics.values()].flat())
    return lines.sort((a, b) => a.order - b.order).map(({ entry }) => entry)
  }

  #listsFor({ integrationId, topic, errorsOnly }: LogQuery): readonly (readonly Line[])[] {
    const topics = this.#lines.get(integrationId) ?? new Map<Topic, Line[]>()
    const lists = topic === undefined ? [...topics.values()] : [topics.get(topic) ?? []]
    const fresh = lists.filter((lines) => !this.#isExpired(lines))
    // Errors older than the newest 100 are kept for the error list alone.
    return errorsOnly === true ? fresh : fresh.map((lines) => lines.slice(-entriesMax))
  }

  #add(entry: LogEntry): void {
    const topics = this.#lines.get(entry.integrationId) ?? new Map<Topic, Line[]>()
    this.#lines.set(entry.integrationId, topics)
    const known = topics.get(entry.topic) ?? []
    const lines = this.#isExpired(known) ? [] : known
    topics.set(entry.topic, lines)
    lines.push({ order: this.#order++, entry })
    trim(lines)
  }

  #isExpired(lines: readonly Line[]): boolean {
    const last = lines.at(-1)
    return last !== undefined && this.#now - last.entry.at >= keptMs
  }

  #prune(): void {
    this.#prunedAt = this.#now
    for (const [id, topics] of this.#lines) {
      for (const [topic, lines] of topics) if (this.#isExpired(lines)) topics.delete(topic)
      if (topics.size === 0) this.#lines.delete(id)
    }
  }
}

/** One line came in: one may leave the newest 100 (and stays if it is an error), one error may be too many. */
function trim(lines: Line[]): void {
  const leaving = lines.length - entriesMax - 1
  const line = lines[leaving]
  if (line !== undefined && !isErrorEntry(line.entry)) lines.splice(leaving, 1)
  if (errorsIn(lines) > errorsMax)
    lines.splice(
      lines.findIndex(({ entry }) => isErrorEntry(entry)),
      1,
    )
}

function errorsIn(lines: readonly Line[]): number {
  return lines.filter(({ entry }) => isErrorEntry(entry)).length
}

function matches(entry: LogEntry, { errorsOnly, organization, from, to }: LogQuery): boolean {
  if (errorsOnly === true && !isErrorEntry(entry)) return false
  if (organization !== undefined && entry.organization !== organization) return false
  return entry.at >= (from ?? -Infinity) && entry.at <= (to ?? Infinity)
}
