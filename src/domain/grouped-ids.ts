/** So many groups keep the set of their ids when it is empty: for the next id, making one anew would cost the most. */
const emptyMax = 1_000

/** Ids by group, each group in the order its ids came. */
export class GroupedIds {
  readonly #groups = new Map<string, Set<string>>()

  has(group: string, id: string): boolean {
    return this.#groups.get(group)?.has(id) === true
  }

  add(group: string, id: string): void {
    const ids = this.#groups.get(group)
    if (ids === undefined) this.#groups.set(group, new Set([id]))
    else ids.add(id)
  }

  delete(group: string, id: string): void {
    const ids = this.#groups.get(group)
    ids?.delete(id)
    if (ids?.size === 0 && this.#groups.size > emptyMax) this.#groups.delete(group)
  }

  /** Takes a whole group away. */
  clear(group: string): void {
    this.#groups.delete(group)
  }

  of(group: string): Iterable<string> {
    return this.#groups.get(group) ?? []
  }
}
