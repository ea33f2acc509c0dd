import type { Lane } from './lane.ts'

/** Lanes in line, by the organisation that their next delivery comes from: one of each, then the next one of each. */
export class Turns {
  readonly #byOrganization = new Map<string, Set<Lane>>()

  /** To the end of its organisation's line, unless it stands there. */
  add(lane: Lane): void {
    const organization = lane.queue.first?.delivery.organization
    if (lane.isInLine || organization === undefined) return
    lane.isInLine = true
    const line = this.#byOrganization.get(organization)
    if (line === undefined) this.#byOrganization.set(organization, new Set([lane]))
    else line.add(lane)
  }

  /** The lane whose turn it is; it leaves the line. */
  next(): Lane | undefined {
    for (const [organization, line] of this.#byOrganization) {
      const [lane] = line
      this.#byOrganization.delete(organization)
      if (lane === undefined) continue
      line.delete(lane)
      lane.isInLine = false
      if (line.size > 0) this.#byOrganization.set(organization, line)
      return lane
    }
    return undefined
  }
}
