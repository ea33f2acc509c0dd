import { HookwardError } from '../../domain/errors.ts'
import { msOf, type Span } from '../span.ts'
import { checkAnswer, type WorldAnswer } from './answers.ts'

/** A part of a script: it lasts for ever, unless it is told how long. */
export interface ScriptPhase {
  /** It lasts for so long, counted from its beginning. */
  for(span: Span): ScriptStep
  /** It lasts for so many requests. */
  times(count: number): ScriptStep
}

/** What follows a part that ends; nothing said, that is 200. */
export interface ScriptStep {
  /** The part after it. */
  then(answer: WorldAnswer): ScriptPhase
  /** From the first part again, for ever. */
  repeat(): void
}

interface Part {
  readonly answer: WorldAnswer
  readonly ms?: number
  readonly times?: number
}

/** What a receiver answers and for how long, part by part; an empty one answers 200. */
export class Script {
  readonly #elapsedMs: () => number
  #parts: Part[] = []
  #repeats = false
  #place = 0
  #beganMs = 0
  #asked = 0

  /** @param elapsedMs how long the world has been */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs
  }

  /** Begins anew from this moment. */
  begin(answer: WorldAnswer): ScriptPhase {
    this.#parts = []
    this.#repeats = false
    this.#place = 0
    this.#asked = 0
    this.#beganMs = this.#elapsedMs()
    return this.#phase(answer)
  }

  /** The answer to one more request, now. */
  next(): WorldAnswer {
    let part = this.#current
    while (part?.ms !== undefined && this.#elapsedMs() >= this.#beganMs + part.ms) {
      this.#goOn(this.#beganMs + part.ms)
      part = this.#current
    }
    if (part === undefined) return 200
    this.#asked += 1
    if (this.#asked === part.times) this.#goOn(this.#elapsedMs())
    return part.answer
  }

  get #current(): Part | undefined {
    return this.#parts[this.#repeats ? this.#place % this.#parts.length : this.#place]
  }

  #goOn(atMs: number): void {
    this.#place += 1
    this.#asked = 0
    this.#beganMs = atMs
  }

  #phase(answer: WorldAnswer): ScriptPhase {
    checkAnswer(answer)
    const place = this.#parts.push({ answer }) - 1
    const last = (limit: Omit<Part, 'answer'>): ScriptStep => {
      this.#parts[place] = { answer, ...limit }
      return {
        then: (next, ...others: readonly unknown[]) => {
          if (others.length > 0) return refuse('a script cannot be awaited: await world.run() instead')
          return this.#phase(next)
        },
        repeat: () => void (this.#repeats = true),
      }
    }
    return {
      for: (span) => last({ ms: atLeastOne(msOf(span), 'the span of a part') }),
      times: (count) => last({ times: atLeastOne(count, 'the count of a part') }),
    }
  }
}

function atLeastOne(value: number, name: string): number {
  return Number.isSafeInteger(value) && value >= 1 ? value : refuse(`${name} must be a whole number from 1 on`)
}

function refuse(fact: string): never {
  throw new HookwardError('OPTION_INVALID', fact)
}
