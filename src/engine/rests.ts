import type { IntegrationId } from '../domain/integration.ts'
import { localDelayMs } from '../policy/backoff.ts'

/** How long lanes rest after our own trouble: counted per lane, because per delivery it would be a storm. */
export class Rests {
  readonly #lanes = new Map<IntegrationId, { readonly inARow: number; readonly until: number }>()

  /** When the lane has rested, if an attempt that ended at `at` was our own trouble. */
  until(id: IntegrationId, at: number): number {
    const lane = this.#lanes.get(id)
    return lane !== undefined && at < lane.until ? lane.until : at + localDelayMs(lane?.inARow ?? 0)
  }

  /** Attempts that end during a rest do not lengthen it. */
  begin(id: IntegrationId, until: number): void {
    const lane = this.#lanes.get(id)
    if (lane?.until !== until) this.#lanes.set(id, { inARow: (lane?.inARow ?? 0) + 1, until })
  }

  /** The lane did its work: the next trouble is the first again. */
  forget(id: IntegrationId): void {
    this.#lanes.delete(id)
  }
}
