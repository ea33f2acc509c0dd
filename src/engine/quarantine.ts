import type { Evidence } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'

/** So many failures of one actor within this time, and it is not started again by itself. */
const failuresMax = 5
const withinMs = 60_000

/**
 * Integrations whose own actor or record is faulty. An actor that fails restarts from its last record; one that fails
 * again and again is left alone until somebody enables it or the engine is made anew. Others are untouched.
 */
export class Quarantine {
  readonly #failures = new Map<IntegrationId, readonly number[]>()
  readonly #since = new Map<IntegrationId, number>()

  has(id: IntegrationId): boolean {
    return this.#since.has(id)
  }

  /** Counts one failure; `true` when it is the one too many. */
  count(id: IntegrationId, at: number): boolean {
    const recent = [...(this.#failures.get(id) ?? []), at].filter((failedAt) => failedAt > at - withinMs)
    this.#failures.set(id, recent)
    if (recent.length < failuresMax || this.has(id)) return false
    this.#since.set(id, at)
    return true
  }

  /** Puts an integration in at once: its record cannot be read. */
  put(id: IntegrationId, at: number): void {
    this.#since.set(id, at)
  }

  /** Lets an integration out, its failures forgotten; `false` when it was not in. */
  release(id: IntegrationId): boolean {
    this.#failures.delete(id)
    return this.#since.delete(id)
  }

  /** Why it is in, and since when. */
  evidenceOf(id: IntegrationId): { readonly since: number; readonly evidence: Evidence } | undefined {
    const since = this.#since.get(id)
    if (since === undefined) return undefined
    const failures = this.#failures.get(id)?.length ?? 0
    const often = `its policy failed over it ${failures} times within ${withinMs / 1_000} s`
    const summary = failures === 0 ? 'its record is not one this version can go on from' : often
    return { since, evidence: { rule: 'quarantined', summary, facts: { failures, withinMs } } }
  }
}
