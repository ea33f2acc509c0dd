import type { Outcome, OutcomeFacts } from '../../domain/outcome.ts'
import { kindOfFailure, kindOfStatus } from '../../policy/outcome.ts'
import { fractionOf } from './random.ts'
import type { Answer, Spell, TracedEvent } from './trace.ts'

/** How an attempt ends, and how long it takes. */
export interface Answered {
  readonly outcome: OutcomeFacts & Pick<Outcome, 'headers'>
  readonly durationMs: number
}

const fine: Answer = { status: 200 }

/** Answers attempts as the spells have it. Moments never go back, so it looks only forward. */
export class Answers {
  readonly #spells: readonly Spell[]
  readonly #seed: number
  #index = -1

  constructor(spells: readonly Spell[], seed: number) {
    this.#spells = spells
    this.#seed = seed
  }

  /** Event and moment choose, by the seed, which attempts of a shared spell it is that get its answer. */
  at(at: number, { poison }: TracedEvent, event: number): Answer {
    while ((this.#spells[this.#index + 1]?.at ?? Infinity) <= at) this.#index += 1
    const { answer = fine, share = 1 } = this.#spells[this.#index] ?? {}
    const isChosen = share >= 1 || fractionOf(this.#seed, event, at) < share
    const given = isChosen ? answer : fine
    return poison !== undefined && isGood(given) ? poison : given
  }
}

/** What becomes of an answer under a deadline. */
export function answered({ status, code, afterMs = 0, retryAfter }: Answer, deadlineMs: number): Answered {
  if (afterMs > deadlineMs) return { outcome: timedOut, durationMs: deadlineMs }
  const headers = retryAfter === undefined ? noHeaders : { 'retry-after': String(retryAfter) }
  if (status === undefined) return { outcome: failedBy(code ?? 'ECONNREFUSED'), durationMs: afterMs }
  return {
    outcome: { kind: kindOfStatus(status, headers), status, code: `HTTP_${status}`, headers },
    durationMs: afterMs,
  }
}

const noHeaders: Readonly<Record<string, string>> = {}
const timedOut: Answered['outcome'] = { kind: 'timeout', status: 0, code: 'DEADLINE', headers: noHeaders }

function failedBy(code: string): Answered['outcome'] {
  return { kind: kindOfFailure(code), status: 0, code, headers: noHeaders }
}

function isGood({ status = 0 }: Answer): boolean {
  return status >= 200 && status < 300
}
