import type { IntegrationId } from '../domain/integration.ts'

const historyMax = 1_000
const dayMs = 86_400_000
/** Of an integration that is gone, after its last entry. */
const keptMs = 30 * dayMs

/** Transitions older than this go: 400 days. */
export const transitionMsMax = 400 * dayMs

/** What happened to each integration: the newest 1,000 entries of one kind, up to an age where one is given. */
export class Histories<Entry extends { readonly integrationId: IntegrationId; readonly at: number }> {
  readonly #lists = new Map<IntegrationId, Entry[]>()
  readonly #ageMsMax: number

  constructor(entries: readonly Entry[], ageMsMax = Infinity) {
    this.#ageMsMax = ageMsMax
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

  /** Takes away what is too old, and all of an integration that is gone for long enough. Whether anything went. */
  prune(known: ReadonlyMap<IntegrationId, unknown>, at: number): boolean {
    let went = false
    for (const [id, list] of this.#lists) {
      const isGone = !known.has(id) && at - (list.at(-1)?.at ?? 0) >= keptMs
      const young = isGone ? -1 : list.findIndex((entry) => at - entry.at < this.#ageMsMax)
      if (young === -1) this.#lists.delete(id)
      else list.splice(0, young)
      went ||= young !== 0
    }
    return went
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
