import { HookwardError } from '../domain/errors.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { ProbeAnswer } from '../domain/probe.ts'

interface Flight {
  readonly answer: Promise<ProbeAnswer>
  readonly resolve: (answer: ProbeAnswer | Promise<ProbeAnswer>) => void
  readonly reject: (reason: HookwardError) => void
}

/** The probes that are under way, the chart's and those made by hand: of one integration never two at once. */
export class ProbesUnderWay {
  readonly #flights = new Map<IntegrationId, Flight>()

  has(id: IntegrationId): boolean {
    return this.#flights.has(id)
  }

  /** What the one that is under way will have come to, for whoever asks for another meanwhile. */
  answer(id: IntegrationId): Promise<ProbeAnswer> | undefined {
    return this.#flights.get(id)?.answer
  }

  begin(id: IntegrationId): void {
    const flight = newFlight()
    // Mostly nobody asks.
    flight.answer.catch(() => undefined)
    this.#flights.set(id, flight)
  }

  /** The next one may begin; the answer follows when what this one changed is durable. */
  ended(id: IntegrationId, answer: Promise<ProbeAnswer>): void {
    this.#flights.get(id)?.resolve(answer)
    this.#flights.delete(id)
  }

  /** None of them is heard of any more. */
  drop(): void {
    for (const { reject } of this.#flights.values())
      reject(new HookwardError('ENGINE_STOPPED', 'the engine stopped while a probe was under way'))
    this.#flights.clear()
  }
}

function newFlight(): Flight {
  let [resolve, reject]: [Flight['resolve'], Flight['reject']] = [() => undefined, () => undefined]
  const answer = new Promise<ProbeAnswer>((...settle) => ([resolve, reject] = settle))
  return { answer, resolve, reject }
}
