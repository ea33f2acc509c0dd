import { Fifo } from '../domain/fifo.ts'
import type { Lane } from './lane.ts'

/** So many organisations keep their empty line: for the next lane, making one anew would cost the most. */
const emptyMax = 1_000

/** Lanes in line, by the organisation that their next delivery comes from: one of each, then the next one of each. */
export class Turns {
  readonly #byOrganization = new Map<string, Fifo<Lane>>()
  /** Those with somebody in them, the one whose turn it is first. */
  readonly #lines = new Fifo<Fifo<Lane>>()

  /** To the end of its organisation's line, unless it stands there. */
  add(lane: Lane): void {
    const organization = lane.queue.first?.delivery.organization
    if (lane.isInLine || organization === undefined) return
    lane.isInLine = true
    const line = this.#lineOf(organization)
    line.push(lane)
    if (line.length === 1) this.#lines.push(line)
  }

  /** The lane whose turn it is; it leaves the line. */
  next(): Lane | undefined {
    const line = this.#lines.shift()
    const lane = line?.shift()
    if (line === undefined || lane === undefined) return undefined
    lane.isInLine = false
    if (line.length > 0) this.#lines.push(line)
    return lane
  }

  #lineOf(organization: string): Fifo<Lane> {
    const known = this.#byOrganization.get(organization)
    if (known !== undefined) return known
    if (this.#byOrganization.size >= emptyMax) this.#dropEmpty()
    const line = new Fifo<Lane>()
    this.#byOrganization.set(organization, line)
    return line
  }

  #dropEmpty(): void {
    for (const [organization, line] of this.#byOrganization)
      if (line.length === 0) this.#byOrganization.delete(organization)
  }
}
