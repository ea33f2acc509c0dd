/** So many groups keep their empty list: for the next id, making one anew would cost the most. */
const emptyMax = 1_000
/** So many ids of a group stand in a list, which is looked through. */
const listedMax = 32

/** Ids by group, each group in the order its ids came. Most have few at a time. */
export class GroupedIds {
  readonly #groups = new Map<string, string[] | Set<string>>()

  has(group: string, id: string): boolean {
    const ids = this.#groups.get(group)
    return Array.isArray(ids) ? ids.includes(id) : ids?.has(id) === true
  }

  add(group: string, id: string): void {
    const ids = this.#groups.get(group)
    if (ids === undefined) this.#groups.set(group, [id])
    else if (!Array.isArray(ids)) ids.add(id)
    else if (ids.includes(id)) return
    else if (ids.push(id) > listedMax) this.#groups.set(group, new Set(ids))
  }

  delete(group: string, id: string): void {
    const ids = this.#groups.get(group)
    if (ids === undefined) return
    if (!Array.isArray(ids)) ids.delete(id)
    else if (ids.includes(id)) ids.splice(ids.indexOf(id), 1)
    const left = Array.isArray(ids) ? ids.length : ids.size
    if (left > 0) return
    if (this.#groups.size > emptyMax) this.#groups.delete(group)
    else if (!Array.isArray(ids)) this.#groups.set(group, [])
  }

  /** Takes a whole group away. */
  clear(group: string): void {
    this.#groups.delete(group)
  }

  of(group: string): Iterable<string> {
    return this.#groups.get(group) ?? []
  }
}
