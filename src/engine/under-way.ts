import type { IntegrationId } from '../domain/integration.ts'

/** How many commits of each integration are under way. */
export class UnderWay {
  readonly #counts = new Map<IntegrationId, number>()

  has(id: IntegrationId): boolean {
    return this.#counts.has(id)
  }

  begin(id: IntegrationId): void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1)
  }

  end(id: IntegrationId): void {
    const left = (this.#counts.get(id) ?? 1) - 1
    if (left > 0) this.#counts.set(id, left)
    else this.#counts.delete(id)
  }
}
