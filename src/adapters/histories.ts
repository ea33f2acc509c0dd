import type { IntegrationId } from '../domain/integration.ts'

const historyMax = 1_000
const keptMs = 30 * 86_400_000

/** What happened to each integration: the newest 1,000 entries of one kind. */
export class Histories<Entry extends { readonly integrationId: IntegrationId; readonly at: number }> {
  readonly #lists = new Map<IntegrationId, Entry[]>()

  constructor(entries: readonly Entry[]) {
    this.add(entries)
  }

  /** Adds entries, oldest first. */
  add(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const list = this.#lists.get(entry.integrationId) ?? []
      this.#lists.set(entry.integrationId, list)
      list.push(entry)
      if (list.length > historyMax) list.shift()
    }
  }

  /** Newest first. */
  of(id: IntegrationId): readonly Entry[] {
    return [...(this.#lists.get(id) ?? [])].reverse()
  }

  /** An integration that is gone keeps its history for 30 days after the last entry. Whether anything went. */
  prune(known: ReadonlyMap<IntegrationId, unknown>, at: number): boolean {
    const before = this.#lists.size
    for (const [id, list] of this.#lists)
      if (!known.has(id) && at - (list.at(-1)?.at ?? 0) >= keptMs) this.#lists.delete(id)
    return this.#lists.size < before
  }

  /** Those of these integrations, oldest first. */
  among(ids: Iterable<IntegrationId>): readonly Entry[] {
    return [...ids].flatMap((id) => this.#lists.get(id) ?? [])
  }

  /** By integration, oldest first. */
  toJSON(): readonly Entry[] {
    return [...this.#lists.values()].flat()
  }
}
